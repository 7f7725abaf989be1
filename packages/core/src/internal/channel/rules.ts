/**
 * What the server's rules say about the names of channels (`protocol.md` 8.1). Its API takes any name, but
 * clients can't subscribe to one that breaks them, so that what is published to it reaches nobody.
 */
import { namespaceOf } from "../../Wire.js"

export interface Limits {
  readonly maxLength: number
  readonly unicode: boolean
}

export const defaults: Limits = { maxLength: 255, unicode: false }

/**
 * What the server, a broker or a consumer gives a meaning to: the boundaries of namespace (`:`) and users
 * (`#`), what separates users and channels (`,`), the private prefix (`$`), the parts of a channel pattern
 * (`/`, in PRO), and the wildcards of NATS (`*`, `>`).
 */
const reserved = /[:#,$/*>]/

/** In bytes, as the server counts. */
export const lengthOf = (name: string): number => new TextEncoder().encode(name).length

/** They break subjects of NATS, headers of queues and lines of logs. */
const unprintable = /[\s\p{Cc}\p{Cs}]/u

/** Says which character no name may have. */
export const misplaced = (text: string, { unicode }: Limits): string | undefined => {
  const found = (unicode ? unprintable : /[^!-~]/u).exec(text)?.[0]
  if (found === undefined) return undefined
  const hint = unprintable.test(found)
    ? ""
    : " unless its namespace has a channel_regex (then pass unicode: true), since clients can use ASCII only"
  return `${JSON.stringify(found)} can't stand in a channel's name${hint}`
}

/** Says why a text can't be the value of a parameter. */
export const problemOfValue = (value: string, limits: Limits): string | undefined => {
  if (value === "") return "expected a value that is not empty"
  const found = reserved.exec(value)?.[0]
  const problem =
    found === undefined
      ? misplaced(value, limits)
      : `${JSON.stringify(found)} has a meaning in channels' names`
  return (
    problem &&
    `${problem}; let the parameter's schema be TypedChannel.EscapedText, or another one that escapes it`
  )
}

/** Whether what stands before the first colon can be a namespace. A name without one has none. */
export const isNamespace = (name: string): boolean => {
  const namespace = namespaceOf(name)
  return namespace === undefined || /^[-a-zA-Z0-9_.]{2,}$/.test(namespace)
}

/** Says why a name, made of good parts, is none that the server's clients can use. */
export const problemOfName = (name: string, { maxLength }: Limits): string | undefined => {
  if (!isNamespace(name)) {
    return "the namespace, before the first colon, has to have two or more of A-Z a-z 0-9 - _ ."
  }
  // A character has three bytes at most for each of its units.
  const length = name.length > maxLength / 3 ? lengthOf(name) : 0
  return length > maxLength
    ? `the name would have ${length} bytes, and clients may use ${maxLength} (channel.max_length of the server)`
    : undefined
}
