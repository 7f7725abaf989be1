/**
 * The server's rules for channel names (`protocol.md` 8.1). The server API accepts any name, but clients cannot
 * subscribe to a name that breaks the rules, so no client receives publications to it.
 */
import { namespaceOf } from "../../Wire.js"

export interface Limits {
  readonly maxLength: number
  readonly unicode: boolean
}

export const defaults: Limits = { maxLength: 255, unicode: false }

/**
 * Characters with a meaning for the server, a broker or a consumer: the boundaries of namespace (`:`) and user
 * (`#`), the separator of users and channels (`,`), the private prefix (`$`), the separator in channel patterns
 * (`/`, PRO), and the wildcards of NATS (`*`, `>`).
 */
const reserved = /[:#,$/*>]/

/** The length in UTF-8 bytes, which the server counts. */
export const lengthOf = (name: string): number => new TextEncoder().encode(name).length

/** Characters that break NATS subjects, queue headers and log lines. */
const unprintable = /[\s\p{Cc}\p{Cs}]/u

/** Returns the problem of the first character that no name may contain. */
export const misplaced = (text: string, { unicode }: Limits): string | undefined => {
  const found = (unicode ? unprintable : /[^!-~]/u).exec(text)?.[0]
  if (found === undefined) return undefined
  const hint = unprintable.test(found)
    ? ""
    : " unless its namespace has a channel_regex (then pass unicode: true), since clients can use ASCII only"
  return `${JSON.stringify(found)} is not allowed in a channel name${hint}`
}

/** Returns why a text cannot be a parameter value. */
export const problemOfValue = (value: string, limits: Limits): string | undefined => {
  if (value === "") return "expected a non-empty value"
  const found = reserved.exec(value)?.[0]
  const problem =
    found === undefined
      ? misplaced(value, limits)
      : `${JSON.stringify(found)} has a special meaning in channel names`
  return (
    problem &&
    `${problem}; use TypedChannel.EscapedText as the parameter's schema, or another schema that escapes it`
  )
}

/** Whether the text before the first colon is a valid namespace. A name without a colon has none. */
export const isNamespace = (name: string): boolean => {
  const namespace = namespaceOf(name)
  return namespace === undefined || /^[-a-zA-Z0-9_.]{2,}$/.test(namespace)
}

/** Returns why clients cannot use a name, though each of its parts is valid. */
export const problemOfName = (name: string, { maxLength }: Limits): string | undefined => {
  if (!isNamespace(name)) {
    return "the namespace, before the first colon, must have two or more of the characters A-Z a-z 0-9 - _ ."
  }
  // A UTF-16 code unit has at most three UTF-8 bytes, so short names need no encoding.
  const length = name.length > maxLength / 3 ? lengthOf(name) : 0
  return length > maxLength
    ? `the name would have ${length} bytes, but clients can use at most ${maxLength} (channel.max_length of the server)`
    : undefined
}
