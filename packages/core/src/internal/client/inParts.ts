/** Splits a broadcast of any size into requests of bounded size. */
import * as Arrays from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Publishing from "../api/Publishing.js"
import { EncodeError } from "../../CentrifugoError.js"

/**
 * Options of a broadcast in parts.
 *
 * @since 0.1.0
 */
export interface PartsOptions {
  /** The maximum number of channels in one request. Default 1,000. */
  readonly size?: number | undefined
  /** The maximum number of requests in flight. Default 4. */
  readonly concurrency?: number | undefined
}

/**
 * The outcome for one channel of a broadcast in parts.
 *
 * @since 0.1.0
 */
export interface PartsOutcome {
  /** The channel, as passed. */
  readonly channel: string
  /** The position of the publication, why it failed, or why the request of its part failed. */
  readonly outcome: Either.Either<
    Publishing.PublishResult,
    Publishing.BroadcastChannelError | Publishing.BroadcastError
  >
}

type Broadcast = (
  payload: Publishing.BroadcastPayload
) => Effect.Effect<Publishing.BroadcastResult, Publishing.BroadcastError>

export const inParts = (
  broadcast: Broadcast,
  payload: Publishing.BroadcastPayload,
  { concurrency = 4, size = 1000 }: PartsOptions = {}
): Effect.Effect<Array<PartsOutcome>, EncodeError> => {
  const wrong = Object.entries({ size, concurrency }).find(([, n]) => !Number.isSafeInteger(n) || n < 1)
  if (wrong !== undefined) {
    const detail = "expected a whole number above zero"
    return Effect.fail(new EncodeError({ method: "broadcast", path: [wrong[0]], detail }))
  }
  const { channels } = payload
  const first = Array.isArray(channels) ? { ...payload, channels: channels.slice(0, 1) } : payload
  // A problem that all parts share fails the call before anything is sent.
  const problem = Publishing.broadcast(first).encode()
  if (Either.isLeft(problem)) return Effect.fail(problem.left)
  const sendPart = (part: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<PartsOutcome>> =>
    Effect.match(broadcast({ ...payload, channels: part }), {
      onSuccess: (outcomes) => outcomes,
      onFailure: (error) => part.map((channel) => ({ channel, outcome: Either.left(error) }))
    })
  const parts = Arrays.chunksOf(channels, size)
  return Effect.map(Effect.forEach(parts, sendPart, { concurrency }), (outcomes) => outcomes.flat())
}
