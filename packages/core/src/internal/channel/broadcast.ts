/** A broadcast to many channels of one template. Parameters without a valid name get their own error. */
import * as Either from "effect/Either"
import { describe, Issue } from "../codec/Issue.js"
import type { EncodeError } from "../../CentrifugoError.js"
import { type Effort, type Request, RequestTypeId } from "../../ApiMethod.js"
import * as Publishing from "../api/Publishing.js"
import { encodeError } from "../api/schemas.js"
import type { Reply } from "../codec/Reply.js"
import { noChannel, unless } from "../api/refused.js"

type Plain = ReturnType<typeof Publishing.broadcast>
type Payload = Request.Payload<Plain>
type Failure = Request.Error<Plain>

/**
 * The outcome for one channel of a typed broadcast.
 *
 * @since 0.1.0
 */
export interface ChannelOutcome<P> {
  /** The channel's parameters, as passed. */
  readonly params: P
  /** The channel's name; `""` if the parameters have no valid name. */
  readonly channel: string
  /**
   * The result or error of this channel. `EncodeError`: the parameters have no valid name, so nothing was sent
   * for them.
   */
  readonly outcome: Either.Either<Publishing.PublishResult, Publishing.BroadcastChannelError | EncodeError>
}

/**
 * A broadcast to channels with parameters `P`.
 *
 * @since 0.1.0
 */
export type BroadcastRequest<P> = Request<"broadcast", Payload, ReadonlyArray<ChannelOutcome<P>>, Failure>

/** Identifies typed broadcasts, of any copy of the package. */
const TypeId = "~@effect-centrifugo/core/TypedChannel/Broadcast"

/** Parameters with their channel's name, or with the error if they have no valid name. */
interface Member<P> {
  readonly params: P
  readonly name: Either.Either<string, EncodeError>
}

class Broadcast<P> implements BroadcastRequest<P> {
  readonly method = "broadcast"
  readonly batchable = true
  readonly #members: ReadonlyArray<Member<P>>
  readonly #sent: Plain

  /** `sent` broadcasts to the members that have a name. */
  constructor(members: ReadonlyArray<Member<P>>, sent: Plain) {
    this.#members = members
    this.#sent = sent
  }

  get [RequestTypeId](): RequestTypeId {
    return RequestTypeId
  }
  get [TypeId](): typeof TypeId {
    return TypeId
  }

  /** Contains `""` for each member without a name. A broadcast made from this payload is rejected. */
  get payload(): Payload {
    return { ...this.#sent.payload, channels: this.#members.map(channelOf) }
  }
  get repeat() {
    return this.#sent.repeat
  }
  get repeatable() {
    return this.#sent.repeatable
  }
  get operation() {
    return this.#sent.operation
  }
  get consumers() {
    return this.#sent.consumers === true
  }
  get channels(): ReadonlyArray<string> {
    return this.#sent.channels
  }
  /** The error of the first member without a name; `undefined` if all have names. */
  get refusal(): EncodeError | undefined {
    return this.#members.map(({ name }) => name).find(Either.isLeft)?.left
  }
  withKey(makeKey: () => string): Broadcast<P> {
    return new Broadcast(this.#members, this.#sent.withKey(makeKey))
  }
  /** Returns the same broadcast to some of the channels. */
  only(channels: ReadonlySet<string>): Broadcast<P> {
    const members = this.#members.filter((member) => channels.has(channelOf(member)))
    return new Broadcast(members, Publishing.broadcast({ ...this.#sent.payload, channels: named(members) }))
  }
  /** Whether no member has a name, so that there is nothing to send. */
  get #isAllRefused(): boolean {
    return this.#members.length > 0 && this.#sent.payload.channels.length === 0
  }
  encode(): Either.Either<string | undefined, EncodeError> {
    if (!this.#isAllRefused) return this.#sent.encode()
    // There is nothing to send, but invalid data must still fail: encode it for a placeholder channel.
    const text = Publishing.broadcast({ ...this.#sent.payload, channels: [anyChannel] }).encode()
    return Either.map(text, () => undefined)
  }
  decode(reply: Reply, effort: Effort): Either.Either<ReadonlyArray<ChannelOutcome<P>>, Failure> {
    return Either.map(this.#sent.decode(reply, effort), (outcomes) => {
      let next = 0
      return this.#members.map((member) => ({
        params: member.params,
        channel: channelOf(member),
        outcome: Either.isLeft(member.name) ? Either.left(member.name.left) : outcomes[next++]!.outcome
      }))
    })
  }
}

/** Makes a broadcast to every member that has a name. */
export const make = <P>(
  params: ReadonlyArray<P>,
  nameOf: (params: P) => Either.Either<string, Issue>,
  data: { readonly value: {} | null; readonly issue: Issue | undefined },
  options: Omit<Payload, "channels" | "data">
): BroadcastRequest<P> => {
  // Untyped callers can pass anything.
  const issue = Array.isArray(params) ? undefined : new Issue(`expected an array, got ${describe(params)}`)
  const members = (issue === undefined ? params : []).map((params, i): Member<P> => ({
    params,
    name: Either.mapLeft(nameOf(params), (issue) => encodeError("broadcast", issue, ["params", i]))
  }))
  const sent = Publishing.broadcast({ ...options, channels: named(members), data: data.value })
  return new Broadcast(members, unless(issue, ["params"], unless(data.issue, ["data"], sent)))
}

const isTyped = (request: object): request is Broadcast<unknown> => TypeId in request

/** Returns the error of a broadcast's first member that would not be sent, or `undefined`. Accepts any request. */
export const refusalOf = (request: object): EncodeError | undefined =>
  isTyped(request) ? request.refusal : undefined

/** Makes a broadcast to some of the channels of another broadcast. */
export const part = (
  broadcast: Request<"broadcast", Payload, unknown, unknown>,
  channels: ReadonlyArray<string>
): Request<"broadcast", Payload, unknown, unknown> =>
  isTyped(broadcast)
    ? broadcast.only(new Set(channels))
    : Publishing.broadcast({ ...broadcast.payload, channels })

const anyChannel = "any"

const channelOf = ({ name }: Member<unknown>): string => Either.getOrElse(name, () => noChannel)

const named = (members: ReadonlyArray<Member<unknown>>): ReadonlyArray<string> =>
  members.flatMap(({ name }) => (Either.isRight(name) ? [name.right] : []))
