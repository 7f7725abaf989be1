/**
 * Many calls in one HTTP request (`protocol.md` 1.5). A batch is a request made of requests.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as CentrifugoError from "./CentrifugoError.js"
import { type Effort, isRequest, type Repeat, type Request, RequestTypeId } from "./ApiMethod.js"
import { Commands, readReply, repliesOf } from "./internal/codec/batch.js"
import * as Reply from "./internal/codec/Reply.js"

export { type AnyOutcomes, PartialFailureError, requireAll, type Results } from "./internal/api/Outcome.js"

/**
 * Options of one batch.
 *
 * @since 0.1.0
 */
export interface Options {
  /**
   * Whether the server carries out the members concurrently, in any order. Default `false`: one after the other, in
   * order. In both modes a member that fails does not stop the others.
   */
  readonly parallel?: boolean
}

/**
 * The members of a batch: a list, or a record. The outcomes have the same indexes or keys.
 *
 * @since 0.1.0
 */
export type Members = ReadonlyArray<Request.Any> | { readonly [key: string]: Request.Any }

/**
 * The outcome of each member, at the member's index or key. A member that cannot be encoded fails alone; the others are
 * sent.
 *
 * @since 0.1.0
 */
export type Outcomes<Rs> = { readonly [K in keyof Rs]: Request.Outcome<Rs[K]> }

type Outcome = Either.Either<unknown, unknown>

interface Taken {
  /** The keys, if the members are a record. */
  readonly keys: ReadonlyArray<string> | undefined
  readonly members: ReadonlyArray<Request.Any>
}

/** Why a member cannot be sent; `undefined` if its outcome is known without sending. */
type Unsent = CentrifugoError.EncodeError | undefined

interface Written {
  readonly body: string | undefined
  /** The channels of each member. */
  readonly channels: ReadonlyArray<ReadonlyArray<string>>
  /** The members that are not sent, by index. */
  readonly unsent: ReadonlyMap<number, Unsent>
}

const method = "batch"

/**
 * Joins requests into one. The call fails only for reasons that affect all members, such as a lost connection; otherwise
 * it succeeds with the outcome of each member.
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
  readonly operation = "send"
  readonly batchable = false
  #taken: Taken | undefined
  #written: Written | undefined
  constructor(
    readonly payload: Rs,
    readonly options: Options
  ) {}

  get [RequestTypeId](): RequestTypeId {
    return RequestTypeId
  }

  get #all(): Taken {
    return (this.#taken ??= take(this.payload))
  }

  /** Encoded once, even if it is sent again, so that the reply always matches the same members. */
  get #encoded(): Written {
    return (this.#written ??= write(this.#all, this.options))
  }

  /** The members that are sent. */
  get #sent(): ReadonlyArray<Request.Any> {
    const { unsent } = this.#encoded
    return this.#all.members.filter((_, index) => !unsent.has(index))
  }

  /** The `repeat` of the least repeatable member that is sent. */
  get repeat(): Repeat {
    return this.#sent.reduce<Repeat>(
      (worst, { repeat }) => (rank[repeat] > rank[worst] ? repeat : worst),
      "read"
    )
  }

  get repeatable(): boolean {
    return this.#sent.every(({ repeatable }) => repeatable)
  }

  withKey(makeKey: () => string): BatchRequest<Rs> {
    const members = this.#all.members.map((member) => keyed(member, makeKey))
    return new BatchRequest(shaped(this.#all, members) as Rs, this.options)
  }

  get channels(): ReadonlyArray<string> {
    const { channels, unsent } = this.#encoded
    const sent = new Set<string>()
    channels.forEach((own, index) => {
      if (!unsent.has(index)) for (const channel of own) sent.add(channel)
    })
    return [...sent]
  }

  encode(): Either.Either<string | undefined, CentrifugoError.EncodeError> {
    const problem = problemOf(this.payload, this.options)
    return problem === undefined ? Either.right(this.#encoded.body) : Either.left(problem)
  }

  decode(
    reply: Reply.Reply,
    { channels: _, ...effort }: Effort
  ): Either.Either<Outcomes<Rs>, CentrifugoError.CallError> {
    if (reply._tag === "Failure")
      return Either.left(CentrifugoError.fromServer([], reply.error, { ...effort, method }))
    const { members } = this.#all
    const { channels, unsent } = this.#encoded
    const replies = repliesOf(reply.result, members.length - unsent.size)
    if (typeof replies === "string") return Either.left(broken(effort, ["replies"], replies))
    let next = 0
    const outcomes = members.map((member, index): Outcome => {
      if (unsent.has(index)) return outcomeOf(member, unsent.get(index))
      const own = next++
      // V8 gives an object with a field after a spread its own hidden class.
      return readMember(member, own, replies[own], { channels: channels[index] ?? [], ...effort })
    })
    return Either.right(shaped(this.#all, outcomes) as Outcomes<Rs>)
  }
}

const rank: Record<Repeat, number> = { read: 0, natural: 1, keyed: 2, unsafe: 3 }

const take = (members: Members): Taken => {
  if (!isMembers(members)) return { keys: undefined, members: [] }
  return Array.isArray(members)
    ? { keys: undefined, members: Array.from(members) }
    : { keys: Object.keys(members), members: Object.values(members) }
}

/** Untyped callers can pass anything. Encoding reports it. */
const isMembers = (members: unknown): members is Members =>
  typeof members === "object" && members !== null && !isRequest(members)

const problemOf = (members: unknown, options: unknown): CentrifugoError.EncodeError | undefined => {
  const refuse = (path: ReadonlyArray<string>, detail: string) =>
    new CentrifugoError.EncodeError({ method, path, detail })
  if (!isMembers(members)) return refuse([], "expected a list or a record of requests")
  if (typeof options !== "object" || options === null) return refuse(["options"], "expected an object")
  const unknown = Object.keys(options).find((name) => name !== "parallel")
  return unknown === undefined ? undefined : refuse([unknown], "unknown option; a batch has only parallel")
}

/** The values in the form of the members: a list or a record. */
const shaped = ({ keys }: Taken, values: ReadonlyArray<unknown>): unknown =>
  keys === undefined ? values : Object.fromEntries(keys.map((key, index) => [key, values[index]]))

const keyed = (member: Request.Any, makeKey: () => string): Request.Any =>
  isRequest(member) ? member.withKey(makeKey) : member

const write = ({ keys, members }: Taken, { parallel }: Options): Written => {
  const commands = new Commands()
  const unsent = new Map<number, Unsent>()
  members.forEach((member, index) => {
    const text = encodeMember(member, keys?.[index] ?? index)
    if (Either.isLeft(text)) unsent.set(index, text.left)
    else if (text.right === undefined) unsent.set(index, undefined)
    else commands.add(member.method, text.right)
  })
  const channels = members.map((member) => (isRequest(member) ? member.channels : []))
  return { body: commands.body(parallel), channels, unsent }
}

const outcomeOf = (member: Request.Any, refusal: Unsent): Outcome =>
  refusal === undefined ? member.decode(Reply.result({}), { attempts: 0 }) : Either.left(refusal)

const encodeMember = (member: Request.Any, key: string | number): ReturnType<Request.Any["encode"]> => {
  const refuse = (detail: string) =>
    Either.left(new CentrifugoError.EncodeError({ method, path: [key], detail }))
  if (!isRequest(member)) {
    return refuse("expected a request, such as CentrifugoApi.publish(payload)")
  }
  return member.batchable ? member.encode() : refuse(`a batch can't carry ${member.method}`)
}

const broken = (effort: Effort, path: ReadonlyArray<string | number>, detail: string) =>
  new CentrifugoError.DecodeError({ ...effort, method, path, detail })

const readMember = (member: Request.Any, index: number, reply: unknown, effort: Effort): Outcome => {
  const own = readReply(reply, member.method)
  return typeof own === "string"
    ? Either.left(broken(effort, ["replies", index], own))
    : member.decode(own, effort)
}
