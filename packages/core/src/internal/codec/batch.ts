/**
 * How calls travel in a batch (`protocol.md` 1.5): a list of commands there, a list of replies back,
 * which belong to them by their places alone.
 */
import * as Reply from "./Reply.js"

/** How many commands are joined at a time. */
const joinedAtOnce = 64

/**
 * The body of a batch, one command after the other. A text that only grows is a tree of all its parts until
 * it is read: joined a few at a time, the parts can go, which halves the time for a large batch.
 */
export class Commands {
  #text = ""
  /** Bodies of one method. */
  #recent: Array<string> = []
  #method = ""

  add(method: string, body: string): void {
    if (method !== this.#method || this.#recent.length === joinedAtOnce) this.#join()
    this.#method = method
    this.#recent.push(body)
  }

  /** The body, or nothing where there is no command. */
  body(parallel = false): string | undefined {
    this.#join()
    return this.#text === "" ? undefined : bodyOf(this.#text, parallel)
  }

  #join(): void {
    if (this.#recent.length === 0) return
    const begin = `{"${this.#method}":`
    this.#text += (this.#text === "" ? begin : `,${begin}`) + this.#recent.join(`},${begin}`) + "}"
    this.#recent = []
  }
}

const bodyOf = (commands: string, parallel: boolean): string =>
  `{"commands":[${commands}]${parallel ? ',"parallel":true' : ""}}`

/** The bytes of a body without commands. */
export const emptySize = bodyOf("", false).length

/** What a call's body stands in, a comma included. */
const frameSize = (method: string): number => method.length + '{"":},'.length

/** The bytes that a call adds to a batch. */
export const commandSize = (method: string, body: string): number => frameSize(method) + utf8Length(body)

/** A limit of the same that costs nothing: no character takes more than three bytes for each of its units. */
export const commandSizeAtMost = (method: string, body: string): number => frameSize(method) + 3 * body.length

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)

const utf8Length = (text: string): number => {
  let bytes = text.length
  if (isAscii(text)) return bytes
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // Half of a surrogate pair is two of the pair's four bytes.
    if (unit > 0x7f) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return bytes
}

/** The replies to so many commands, or what is wrong with them. Those at the end may be missing. */
export const repliesOf = (result: unknown, commands: number): ReadonlyArray<unknown> | string => {
  // The server leaves the list out when it is empty.
  const found = typeof result === "object" && result !== null && "replies" in result ? result.replies : []
  const replies: unknown = found ?? []
  if (typeof result !== "object" || result === null || !Array.isArray(replies)) return "expected a list"
  return replies.length > commands ? `${replies.length} replies to ${commands} commands` : replies
}

/** The reply to one command, or what is wrong with it. */
export const readReply = (reply: unknown, method: string): Reply.Reply | string => {
  if (typeof reply !== "object" || reply === null) {
    return reply === undefined ? "there is no reply to this command" : "the reply is no object"
  }
  if ("error" in reply && reply.error !== null) {
    const failure = Reply.readFailure(reply.error)
    return failure === undefined ? "an error without a code" : Reply.failure(failure)
  }
  const result = Object.hasOwn(reply, method)
    ? (reply as { readonly [key: string]: unknown })[method]
    : undefined
  return result === undefined ? `expected a reply to ${method}` : Reply.result(result)
}
