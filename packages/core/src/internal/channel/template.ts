/** Parses channel name templates: `chat:{room}` has the literal `chat:` and the parameter `room`. */
import { isNamespace, type Limits, lengthOf, misplaced } from "./rules.js"

/** The parameter names of a template. A template that is not known at compile time can have any names. */
export type Names<T extends string> = string extends T
  ? string
  : T extends `${string}{${infer Name}}${infer Rest}`
    ? Name | Names<Rest>
    : never

/** The first repeated parameter name. */
type Repeated<
  T extends string,
  Seen extends string = never
> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name extends Seen
    ? Name
    : Repeated<Rest, Seen | Name>
  : never

/** The template itself, or a compile error message. */
export type Checked<T extends string> = T extends ""
  ? "a template can't be empty"
  : T extends `${string}{}${string}`
    ? "a parameter needs a name"
    : T extends `${string}}{${string}`
      ? "two parameters need text between them"
      : [Repeated<T>] extends [never]
        ? T
        : `two parameters have the name ${Repeated<T>}`

export interface Template {
  /** The text before, between and after the parameters: one element more than `names`. */
  readonly literals: readonly [string, ...Array<string>]
  readonly names: ReadonlyArray<string>
}

/** Parses a template, or returns a problem for the programmer to fix. */
export const read = (template: string, limits: Limits): Template | string => {
  if (typeof template !== "string" || template === "") return "expected a non-empty name"
  const pieces = template.split(/\{([^{}]*)\}/)
  const [first = "", ...rest] = pieces.filter((_, i) => i % 2 === 0)
  const literals = [first, ...rest] as const
  const names = pieces.filter((_, i) => i % 2 === 1)
  const problem =
    problemOfNames(names) ??
    problemOfLiterals(literals, limits) ??
    problemOfNamespace(first, names.length > 0)
  return problem ?? { literals: [...literals], names }
}

const problemOfNames = (names: ReadonlyArray<string>): string | undefined => {
  const unfit = names.find((name) => !/^[A-Za-z]\w*$/.test(name))
  if (unfit !== undefined) {
    return `{${unfit}} is not a parameter: its name must be a letter, followed by letters, digits or underscores`
  }
  const twice = names.find((name, i) => names.indexOf(name) < i)
  return twice === undefined ? undefined : `two parameters have the name ${twice}`
}

const problemOfLiterals = (literals: ReadonlyArray<string>, limits: Limits): string | undefined => {
  const text = literals.join("")
  if (/[{}]/.test(text)) return "a brace is not part of a {parameter}"
  if (literals.slice(1, -1).includes("")) return "two parameters need text between them"
  const bad = misplaced(text, limits)
  if (bad !== undefined) return bad
  // Each parameter has at least one byte.
  const length = lengthOf(text) + literals.length - 1
  return length > limits.maxLength
    ? `its names have at least ${length} bytes, but clients can use at most ${limits.maxLength} (channel.max_length of the server)`
    : undefined
}

/** If the namespace contains parameters, it is checked when a name is made instead. */
const problemOfNamespace = (first: string, hasParameters: boolean): string | undefined =>
  (hasParameters && !first.includes(":")) || isNamespace(first)
    ? undefined
    : "the text before the first colon is not a namespace: two or more of the characters A-Z a-z 0-9 - _ ."
