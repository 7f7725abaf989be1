/**
 * Reads JSON text value by value, as Go's `encoding/json` does (`protocol.md` 1.2). `JSON.parse` does not fit:
 * it rounds numbers past 2^53, and payloads must keep their original text.
 */

/** The text does not match the field's type: the server answers 400 with no body. */
export class Mismatch extends Error {
  override readonly name = "Mismatch"
}

/** Go's decoder fails at the next deeper level. */
const maxDepth = 10_000

/** Whether Go accepts the text as one complete JSON value. */
export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
  } catch {
    return false
  }
  return text.length <= 2 * maxDepth || depthOf(text) <= maxDepth
}

const quote = 34
const backslash = 92
const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9
const opens = (code: number) => code === 123 || code === 91
const closes = (code: number) => code === 125 || code === 93

const depthOf = (text: string): number => {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) i = endOfString(text, i) - 1
    else if (opens(code)) deepest = Math.max(deepest, ++depth)
    else if (closes(code)) depth--
  }
  return deepest
}

/** The index after the string literal that begins at `start`. */
const endOfString = (text: string, start: number): number => {
  for (let i = start + 1; ; i++) {
    const code = text.charCodeAt(i)
    if (code === backslash) i++
    else if (code === quote) return i + 1
  }
}

/** Walks text that `isJson` has accepted. */
export class Reader {
  #at = 0
  constructor(readonly text: string) {}

  /** The first character of the next value. */
  peek(): string {
    while (isSpace(this.text.charCodeAt(this.#at))) this.#at++
    return this.text.charAt(this.#at)
  }

  /** The next value as original text. */
  raw(): string {
    this.peek()
    const start = this.#at
    const first = this.text.charCodeAt(start)
    if (first === quote) this.#at = endOfString(this.text, start)
    else if (opens(first)) this.#skipNested()
    else while (!this.#isAfterLiteral(this.text.charCodeAt(this.#at))) this.#at++
    return this.#cut(start, this.#at)
  }

  /**
   * Copies part of the text. A JavaScript engine keeps the whole text alive for each slice, so a name of a few
   * bytes would hold a body of megabytes in memory.
   */
  #cut(start: number, end: number): string {
    const part = this.text.slice(start, end)
    const isSmall = this.text.length > 1_000 && 2 * part.length < this.text.length
    return isSmall ? (JSON.parse(JSON.stringify(part)) as string) : part
  }

  /** Reads the next value, which must be a string. An unpaired surrogate becomes U+FFFD. */
  string(): string {
    if (this.peek() !== '"') throw new Mismatch()
    const literal = this.raw()
    return (literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1)).toWellFormed()
  }

  /** Visits the next value, which must be an object. The visitor must read each value. */
  object(visit: (key: string) => void): void {
    if (this.peek() !== "{") throw new Mismatch()
    this.#at++
    while (this.peek() !== "}") {
      const key = this.string()
      this.#pass(":")
      visit(key)
      if (this.peek() === ",") this.#at++
    }
    this.#at++
  }

  /** Visits the next value, which must be an array. The visitor must read each item. */
  array(visit: (index: number) => void): void {
    if (this.peek() !== "[") throw new Mismatch()
    this.#at++
    for (let index = 0; this.peek() !== "]"; index++) {
      visit(index)
      if (this.peek() === ",") this.#at++
    }
    this.#at++
  }

  #pass(mark: string): void {
    if (this.peek() === mark) this.#at++
  }

  #isAfterLiteral(code: number): boolean {
    return Number.isNaN(code) || code === 44 || closes(code) || isSpace(code)
  }

  #skipNested(): void {
    let depth = 0
    do {
      const code = this.text.charCodeAt(this.#at)
      if (code === quote) this.#at = endOfString(this.text, this.#at)
      else {
        if (opens(code)) depth++
        else if (closes(code)) depth--
        this.#at++
      }
    } while (depth > 0)
  }
}
