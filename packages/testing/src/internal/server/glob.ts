/**
 * Patterns of channels, as gobwas/glob reads them without separators: `*` and `**` for any text, `?`
 * for one character, `[abc]`, `[!abc]`, `[a-z]` and `[!a-z]` for one of some, `{one,two}` for one of
 * several patterns, and `\` before a character that stands for itself (`protocol.md` 1.5).
 */

/** The pattern can't be read: the server answers 100. */
class Unreadable extends Error {}

/** What the pattern matches, or `undefined` where it is none. */
export const compile = (pattern: string): ((channel: string) => boolean) | undefined => {
  try {
    const expression = new RegExp(`^(?:${translate([...pattern])})$`, "su")
    return (channel) => expression.test(channel)
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

const literal = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`

const translate = (pattern: ReadonlyArray<string>): string => {
  if (pattern.includes("\ufffd")) throw new Unreadable()
  let out = ""
  let depth = 0
  let isAfterText = false
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!
    let isText = false
    if (character === "*") out += ".*"
    else if (character === "?") out += "."
    else if (character === "[") {
      const range = readRange(pattern, i + 1)
      out += range.expression
      i = range.end
    } else if (character === "{") {
      depth++
      out += "(?:"
    } else if (character === "," && depth > 0) out += "|"
    else if (character === "}" && depth > 0) {
      depth--
      out += ")"
    } else if (character === "\0") {
      // Taken for the end, except where it only ends a text.
      if (!isAfterText) break
    } else {
      isText = true
      const text = character === "\\" ? pattern[++i] : character
      if (text !== undefined) out += literal(text)
    }
    isAfterText = isText
  }
  // What stays open is closed by the end.
  return out + ")".repeat(depth)
}

/** From behind the bracket on: either `lo-hi` or characters, and nothing else before the next bracket. */
const readRange = (pattern: ReadonlyArray<string>, start: number) => {
  const not = pattern[start] === "!" ? "^" : ""
  const from = start + not.length
  if (pattern[from + 1] === "-") {
    const [low, high] = [pattern[from]!, pattern[from + 2]]
    const isRange = high !== undefined && high.codePointAt(0)! >= low.codePointAt(0)!
    if (!isRange || pattern[from + 3] !== "]") throw new Unreadable()
    return { expression: `[${not}${literal(low)}-${literal(high)}]`, end: from + 3 }
  }
  let characters = ""
  let end = from
  for (; pattern[end] !== "]"; end++) {
    const character = pattern[end] === "\\" ? pattern[++end] : pattern[end]
    if (character === undefined || character === "\0") throw new Unreadable()
    characters += literal(character)
  }
  if (characters === "") throw new Unreadable()
  return { expression: `[${not}${characters}]`, end }
}
