/**
 * Many calls in one request (`protocol.md` 1.5). A batch is itself a request, made of requests.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as CentrifugoError from "../errors/CentrifugoError.js"
import type { Effort, Repeat, Request } from "../method/ApiMethod.js"
import { bodyOf, command, readReply, repliesOf } from "../wire/batch.js"
import type * as Reply from "../wire/Reply.js"

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

interface Part {
  readonly key: string | number
  readonly member: Request.Any
  readonly text: Encoded
}

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
  #taken: ReadonlyArray<Part> | undefined
  constructor(
    readonly payload: Rs,
    readonly options: Options
  ) {}

  /** Encoded once, also when it is sent again, so that the reply meets the same members. */
  get #parts(): ReadonlyArray<Part> {
    return (this.#taken ??= entriesOf(this.payload).map(([key, member]) => ({
      key,
      member,
      text: encodeMember(member, key)
    })))
  }

  /** As unsafe as the most unsafe member that is sent. */
  get repeat(): Repeat {
    return this.#parts.reduce<Repeat>(
      (worst, { member, text }) =>
        Either.isRight(text) && rank[member.repeat] > rank[worst] ? member.repeat : worst,
      "read"
    )
  }

  get repeatable(): boolean {
    return this.#parts.every(({ member, text }) => Either.isLeft(text) || member.repeatable)
  }

  withKey(makeKey: () => string): BatchRequest<Rs> {
    const members = entriesOf(this.payload).map(([key, member]) => [key, keyed(member, makeKey)] as const)
    const payload: unknown = Array.isArray(this.payload)
      ? members.map(([, member]) => member)
      : Object.fromEntries(members)
    return new BatchRequest(payload as Rs, this.options)
  }

  get channels(): ReadonlyArray<string> {
    return [
      ...new Set(this.#parts.flatMap(({ member, text }) => (Either.isRight(text) ? member.channels : [])))
    ]
  }

  encode(): Either.Either<string | undefined, never> {
    let commands = ""
    for (const { member, text } of this.#parts) {
      if (Either.isRight(text)) commands += (commands === "" ? "" : ",") + command(member.method, text.right)
    }
    return Either.right(commands === "" ? undefined : bodyOf(commands, this.options.parallel))
  }

  decode(reply: Reply.Reply, effort: Effort): Either.Either<Outcomes<Rs>, CentrifugoError.CallError> {
    if (reply._tag === "Failure")
      return Either.left(CentrifugoError.fromServer([], reply.error, { ...effort, method }))
    const parts = this.#parts
    const expected = parts.filter(({ text }) => Either.isRight(text)).length
    const replies = repliesOf(reply.result, expected)
    if (typeof replies === "string") return Either.left(broken(effort, ["replies"], replies))
    let next = 0
    const outcomes = parts.map(({ member, text }): Outcome => {
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
      : Object.fromEntries(this.#parts.map(({ key }, i) => [key, outcomes[i]]))
    return shaped as Outcomes<Rs>
  }
}

const rank: Record<Repeat, number> = { read: 0, natural: 1, keyed: 2, unsafe: 3 }

const entriesOf = (members: Members): ReadonlyArray<readonly [string | number, Request.Any]> =>
  Array.isArray(members) ? Array.from(members, (member, i) => [i, member]) : Object.entries(members)

/** Callers without types may pass anything; encoding says so. */
const isRequest = (member: unknown): member is Request.Any =>
  typeof member === "object" && member !== null && "encode" in member && typeof member.encode === "function"

const keyed = (member: Request.Any, makeKey: () => string): Request.Any =>
  isRequest(member) ? member.withKey(makeKey) : member

const encodeMember = (member: Request.Any, key: string | number): Encoded => {
  const refuse = (detail: string) =>
    Either.left(new CentrifugoError.EncodeError({ method, path: [key], detail }))
  if (!isRequest(member)) {
    return refuse("expected a request, such as Publishing.publish(payload) makes")
  }
  if (!member.batchable) return refuse(`a batch can't carry ${member.method}`)
  return Either.map(member.encode(), (text) => text ?? "{}")
}

const broken = (effort: Effort, path: ReadonlyArray<string | number>, detail: string) =>
  new CentrifugoError.DecodeError({ ...effort, method, path, detail })

const readMember = (member: Request.Any, place: number, reply: unknown, effort: Effort): Outcome => {
  const own = readReply(reply, member.method)
  return typeof own === "string"
    ? Either.left(broken(effort, ["replies", place], own))
    : member.decode(own, effort)
}
