/**
 * Many calls in one request (`protocol.md` 1.5). A batch is itself a request, made of requests.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as CentrifugoError from "../errors/CentrifugoError.js"
import type { Effort, Repeat, Request } from "../method/ApiMethod.js"
import * as Reply from "../wire/Reply.js"

/**
 * @since 0.1.0
 */
export interface Options {
  /**
   * Lets the server carry the members out at the same time, in no particular order. Default `false`:
   * one after the other, in order; a failing member stops none after it.
   */
  readonly parallel?: boolean
}

/**
 * The members of a batch: a list, or a record, whose keys the outcomes will have.
 *
 * @since 0.1.0
 */
export type Members = ReadonlyArray<Request.Any> | { readonly [key: string]: Request.Any }

/**
 * What became of each member, at the place or under the key that it had. A member that can't be
 * encoded fails alone: the others are sent.
 *
 * @since 0.1.0
 */
export type Outcomes<Rs> = { readonly [K in keyof Rs]: Request.Outcome<Rs[K]> }

type Outcome = Either.Either<unknown, unknown>

/** Either the wire text of a member, or why it is not sent. */
type Encoded = Either.Either<string, CentrifugoError.EncodeError>

const method = "batch"

/**
 * Joins requests into one. The call itself fails only with what concerns all members.
 *
 * @since 0.1.0
 */
export const batch = <const Rs extends Members>(
  members: Rs,
  options: Options = {}
): Request<"batch", Rs, Outcomes<Rs>, CentrifugoError.CallError> => new BatchRequest(members, options)

class BatchRequest<Rs extends Members> implements Request<
  "batch",
  Rs,
  Outcomes<Rs>,
  CentrifugoError.CallError
> {
  readonly method = method
  readonly batchable = false
  #encoded: ReadonlyArray<Encoded> | undefined
  constructor(
    readonly payload: Rs,
    readonly options: Options
  ) {}

  get #members(): ReadonlyArray<Request.Any> {
    return Array.isArray(this.payload) ? this.payload : Object.values(this.payload)
  }

  /** Encoded once, also when it is sent again, so that the reply meets the same members. */
  get #texts(): ReadonlyArray<Encoded> {
    return (this.#encoded ??= this.#members.map(encodeMember))
  }

  /** As unsafe as its most unsafe member. */
  get repeat(): Repeat {
    return this.#members.reduce<Repeat>(
      (worst, member) => (rank[member.repeat] > rank[worst] ? member.repeat : worst),
      "read"
    )
  }

  get channels(): ReadonlyArray<string> {
    return [...new Set(this.#members.flatMap((member) => member.channels))]
  }

  encode(): Either.Either<string | undefined, never> {
    const members = this.#members
    let commands = ""
    this.#texts.forEach((text, i) => {
      if (Either.isRight(text))
        commands += `${commands === "" ? "" : ","}{"${members[i]!.method}":${text.right}}`
    })
    if (commands === "") return Either.right(undefined)
    return Either.right(
      `{"commands":[${commands}]${this.options.parallel === true ? `,"parallel":true` : ""}}`
    )
  }

  decode(reply: Reply.Reply, effort: Effort): Either.Either<Outcomes<Rs>, CentrifugoError.CallError> {
    if (reply._tag === "Failure")
      return Either.left(CentrifugoError.fromServer([], reply.error, { ...effort, method }))
    const texts = this.#texts
    const expected = texts.filter(Either.isRight).length
    const replies = repliesOf(reply.result)
    if (replies === undefined) return Either.left(broken(effort, ["replies"], "expected a list"))
    if (replies.length > expected) {
      return Either.left(broken(effort, ["replies"], `${replies.length} replies to ${expected} commands`))
    }
    let next = 0
    const outcomes = this.#members.map((member, i): Outcome => {
      const text = texts[i]!
      if (Either.isLeft(text)) return text
      const place = next++
      return readMember(member, place, replies[place], effort)
    })
    return Either.right(this.#shaped(outcomes))
  }

  /** As the members were given; the types say the same member by member. */
  #shaped(outcomes: ReadonlyArray<Outcome>): Outcomes<Rs> {
    const shaped: unknown = Array.isArray(this.payload)
      ? outcomes
      : Object.fromEntries(Object.keys(this.payload).map((key, i) => [key, outcomes[i]]))
    return shaped as Outcomes<Rs>
  }
}

const rank: Record<Repeat, number> = { read: 0, natural: 1, keyed: 2, unsafe: 3 }

const encodeMember = (member: Request.Any, i: number): Encoded => {
  const refuse = (detail: string) =>
    Either.left(new CentrifugoError.EncodeError({ method, path: [i], detail }))
  // Callers without types may pass anything.
  if (typeof member !== "object" || member === null || typeof member.encode !== "function") {
    return refuse("expected a request, such as Publishing.publish(payload) makes")
  }
  if (!member.batchable) return refuse(`a batch can't carry ${member.method}`)
  return Either.map(member.encode(), (text) => text ?? "{}")
}

const repliesOf = (result: unknown): ReadonlyArray<unknown> | undefined => {
  if (typeof result !== "object" || result === null) return undefined
  // The server leaves the list out when it is empty.
  const replies = "replies" in result ? (result.replies ?? []) : []
  return Array.isArray(replies) ? replies : undefined
}

const broken = (effort: Effort, path: ReadonlyArray<string | number>, detail: string) =>
  new CentrifugoError.DecodeError({ ...effort, method, path, detail })

const readMember = (member: Request.Any, place: number, reply: unknown, effort: Effort): Outcome => {
  const path = ["replies", place]
  if (typeof reply !== "object" || reply === null) {
    const detail = reply === undefined ? "there is no reply to this command" : "the reply is no object"
    return Either.left(broken(effort, path, detail))
  }
  if ("error" in reply && reply.error !== null) {
    const failure = Reply.readFailure(reply.error)
    return failure === undefined
      ? Either.left(broken(effort, path, "an error without a code"))
      : member.decode(Reply.failure(failure), effort)
  }
  const result: unknown = Object.getOwnPropertyDescriptor(reply, member.method)?.value
  return result === undefined
    ? Either.left(broken(effort, path, `expected a reply to ${member.method}`))
    : member.decode(Reply.result(result), effort)
}
