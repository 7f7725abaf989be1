/**
 * Encodes a batch as a list of commands, and decodes the list of replies, which match the commands by index
 * (`protocol.md` 1.5).
 */
import * as Reply from "./Reply.js"

/** How many commands are joined at a time. */
const joinedAtOnce = 64

/**
 * Builds the body of a batch, command by command. V8 represents repeated concatenation as a rope that keeps all
 * parts in memory. Joining a few parts at a time releases them, which halves the time for a large batch.
 */
export class Commands {
  #text = ""
  /** The bodies that are not joined yet, all of the same method. */
  #recent: Array<string> = []
  #method = ""

  add(method: string, body: string): void {
    if (method !== this.#method || this.#recent.length === joinedAtOnce) this.#join()
    this.#method = method
    this.#recent.push(body)
  }

  /** The body, or `undefined` if there are no commands. */
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

/**
 * Makes V8 store a text in one piece. Otherwise a concatenation stays a tree of its parts, which the garbage collector
 * copies one by one while the call waits: 10 % of the CPU time of `sendAll`.
 */
export const flat = (text: string): string => {
  text.charCodeAt(0)
  return text
}

/** The size in bytes of a body without commands. */
export const emptySize = bodyOf("", false).length

/** The bytes around a call's body, including a comma. */
const frameSize = (method: string): number => method.length + '{"":},'.length

/** The bytes that a call adds to a batch. */
export const commandSize = (method: string, body: string): number => frameSize(method) + utf8Length(body)

/** An upper bound of `commandSize` that needs no scan: a UTF-16 code unit has at most three UTF-8 bytes. */
export const commandSizeAtMost = (method: string, body: string): number => frameSize(method) + 3 * body.length

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)

const utf8Length = (text: string): number => {
  let bytes = text.length
  if (isAscii(text)) return bytes
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // A surrogate pair has four bytes in UTF-8, so each half counts two.
    if (unit > 0x7f) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return bytes
}

/**
 * Returns the replies to the commands, or a problem. Rejects a list of the wrong length, unless it is empty: a
 * missing reply could belong to any command.
 */
export const repliesOf = (result: unknown, commands: number): ReadonlyArray<unknown> | string => {
  // The server leaves out an empty list.
  const found = typeof result === "object" && result !== null && "replies" in result ? result.replies : []
  const replies: unknown = found ?? []
  if (typeof result !== "object" || result === null || !Array.isArray(replies)) return "expected a list"
  return replies.length !== commands && replies.length > 0
    ? `${replies.length} replies to ${commands} commands`
    : replies
}

/** Returns the reply to one command, or a problem. */
export const readReply = (reply: unknown, method: string): Reply.Reply | string => {
  if (typeof reply !== "object" || reply === null) {
    return reply === undefined ? "there is no reply to this command" : "the reply is not an object"
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
