/**
 * How calls travel in a batch (`protocol.md` 1.5): a list of commands there, a list of replies back,
 * which belong to them by their places alone.
 */
import * as Reply from "./Reply.js"

/** One call among the commands. */
export const command = (method: string, body: string): string => `{"${method}":${body}}`

/** The body of a batch of commands that are already joined by commas. */
export const bodyOf = (commands: string, parallel = false): string =>
  `{"commands":[${commands}]${parallel ? ',"parallel":true' : ""}}`

/** The bytes of a body without commands. */
export const emptySize = bodyOf("").length

/** The bytes that a call adds to a batch, a comma included. */
export const commandSize = (method: string, body: string): number =>
  method.length + '{"":},'.length + utf8Length(body)

const utf8Length = (text: string): number => {
  let bytes = text.length
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
