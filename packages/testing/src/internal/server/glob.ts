/**
 * Channel patterns as gobwas/glob matches them without separators: `*` and `**` for any text, `?` for one
 * character, `[abc]`, `[!abc]`, `[a-z]` and `[!a-z]` for character classes, `{one,two}` for alternatives, and
 * `\` to escape a character (`protocol.md` 1.5).
 *
 * A pattern compiles to a non-deterministic automaton that follows all alternatives at once. Matching takes
 * time proportional to pattern length times channel length. A backtracking regular expression would take
 * exponential time for a hostile pattern.
 */

/** The pattern is invalid: the server answers error 100. */
class Unreadable extends Error {}

type Test = (character: string) => boolean

type Instruction =
  /** Consumes a character that passes the test; `undefined` accepts any character. */
  | { readonly _tag: "One"; readonly test: Test | undefined }
  /** Consumes any text. */
  | { readonly _tag: "Any" }
  /** Continues at the next instruction and at `other`. */
  | { readonly _tag: "Split"; other: number }
  | { readonly _tag: "Jump"; to: number }

/** Compiles a pattern into a matcher; `undefined` if the pattern is invalid. */
export const compile = (pattern: string): ((channel: string) => boolean) | undefined => {
  try {
    const program = translate([...pattern])
    return (channel) => run(program, channel)
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

/** An open brace: its current alternative, and the jumps at the ends of the earlier ones. */
interface Group {
  split: Instruction & { readonly _tag: "Split" }
  /** The index after the split instruction. */
  start: number
  readonly jumps: Array<Instruction & { readonly _tag: "Jump" }>
}

const translate = (pattern: ReadonlyArray<string>): ReadonlyArray<Instruction> => {
  if (pattern.includes("\ufffd")) throw new Unreadable()
  const program: Array<Instruction> = []
  const groups: Array<Group> = []
  const alternative = () => {
    const split = { _tag: "Split" as const, other: 0 }
    return { split, start: program.push(split) }
  }
  const close = ({ jumps, split, start }: Group) => {
    // The last alternative has no successor, so both branches of its split enter it.
    split.other = start
    for (const jump of jumps) jump.to = program.length
  }
  let isAfterText = false
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!
    const group = groups.at(-1)
    let isText = false
    if (character === "*") {
      if (pattern[i - 1] !== "*" || isAfterText) program.push({ _tag: "Any" })
    } else if (character === "?") program.push({ _tag: "One", test: undefined })
    else if (character === "[") {
      const range = readRange(pattern, i + 1)
      program.push({ _tag: "One", test: range.test })
      i = range.end
    } else if (character === "{") groups.push({ ...alternative(), jumps: [] })
    else if (character === "," && group !== undefined) {
      const jump = { _tag: "Jump" as const, to: 0 }
      program.push(jump)
      group.jumps.push(jump)
      group.split.other = program.length
      Object.assign(group, alternative())
    } else if (character === "}" && group !== undefined) close(groups.pop()!)
    else if (character === "\0") {
      // Read as the end of the pattern, except after text.
      if (!isAfterText) break
    } else {
      isText = true
      const text = character === "\\" ? pattern[++i] : character
      if (text !== undefined) program.push({ _tag: "One", test: (given) => given === text })
    }
    isAfterText = isText
  }
  // The end of the pattern closes all open groups.
  while (groups.length > 0) close(groups.pop()!)
  return program
}

/** Reads what follows the opening bracket: either `lo-hi` or single characters, up to the next bracket. */
const readRange = (pattern: ReadonlyArray<string>, start: number): { test: Test; end: number } => {
  const isNegated = pattern[start] === "!"
  const from = start + Number(isNegated)
  if (pattern[from + 1] === "-") {
    const [low, high] = [pattern[from]!.codePointAt(0)!, pattern[from + 2]?.codePointAt(0)]
    if (high === undefined || high < low || pattern[from + 3] !== "]") throw new Unreadable()
    const isIn = (code: number) => code >= low && code <= high
    return { test: (character) => isIn(character.codePointAt(0)!) !== isNegated, end: from + 3 }
  }
  const characters = new Set<string>()
  let end = from
  for (; pattern[end] !== "]"; end++) {
    const character = pattern[end] === "\\" ? pattern[++end] : pattern[end]
    if (character === undefined || character === "\0") throw new Unreadable()
    characters.add(character)
  }
  if (characters.size === 0) throw new Unreadable()
  return { test: (character) => characters.has(character) !== isNegated, end }
}

/** The set of active instructions of the automaton. */
class ActiveSet {
  readonly list: Array<number> = []
  readonly #seen: Uint32Array
  #step = 0
  constructor(readonly program: ReadonlyArray<Instruction>) {
    this.#seen = new Uint32Array(program.length + 1)
  }

  clear(): void {
    this.list.length = 0
    this.#step++
  }

  /** Adds an instruction and every instruction reachable without consuming a character. */
  add(index: number): void {
    const open = [index]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.#seen[at] === this.#step) continue
      this.#seen[at] = this.#step
      const instruction = this.program[at]
      if (instruction?._tag === "Jump") open.push(instruction.to)
      else if (instruction?._tag === "Split") open.push(at + 1, instruction.other)
      else {
        this.list.push(at)
        if (instruction?._tag === "Any") open.push(at + 1)
      }
    }
  }
}

const run = (program: ReadonlyArray<Instruction>, text: string): boolean => {
  let now = new ActiveSet(program)
  let next = new ActiveSet(program)
  now.clear()
  now.add(0)
  for (const character of text) {
    if (now.list.length === 0) return false
    next.clear()
    for (const index of now.list) {
      const instruction = program[index]
      if (instruction?._tag === "Any") next.add(index)
      else if (instruction?._tag === "One" && (instruction.test?.(character) ?? true)) next.add(index + 1)
    }
    ;[now, next] = [next, now]
  }
  return now.list.includes(program.length)
}
