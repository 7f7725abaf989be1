/**
 * Sends many requests without a fiber per request: turns an iterable or a stream of requests into a stream of their
 * outcomes.
 *
 * - Requests are sent in batches, with up to `concurrency` in flight. The stream emits one outcome per request, in the
 *   order of the requests.
 * - A failed call does not fail the stream, so you always know what was acknowledged. If the stream of requests fails,
 *   the result fails with the same error, after the outcomes of all earlier requests.
 * - Memory is bounded for any number of requests: at most `concurrency + 1` batches are held. If you do not consume
 *   outcomes, no further requests are read.
 * - Requests on the same channel are carried out in order, as with `Batcher`, even if they are repeated. So a channel has
 *   at most one batch in flight. These requests are not ordered with other calls of the client.
 * - `CallOptions` apply where you run the stream: `timeout` to each attempt of a batch, `deadline` from the moment at
 *   which a request is read from the source.
 *
 * @example
 * ```ts
 * import { Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
 * import { Effect, Either, Stream } from "effect"
 *
 * const notify = (users: Stream.Stream<string>) =>
 *   Effect.gen(function* () {
 *     const centrifugo = yield* Centrifugo.Centrifugo
 *     return yield* users.pipe(
 *       Stream.map((user) => CentrifugoApi.publish({ channel: `user:${user}`, data: { hello: user } })),
 *       centrifugo.sendAll({ concurrency: 4 }),
 *       Stream.filter(({ outcome }) => Either.isLeft(outcome)),
 *       Stream.runForEach(({ outcome, request }) => Effect.logWarning(request.payload.channel, outcome))
 *     )
 *   })
 * ```
 * @since 0.1.0
 */
import type * as Either from "effect/Either"
import type * as Stream from "effect/Stream"
import type { CallError } from "../../CentrifugoError.js"
import type { Request } from "../../ApiMethod.js"
import type * as Batcher from "../../Batcher.js"

/**
 * Limits of the batches. An option that you do not set is that of the layer's `batching`, or else its default.
 *
 * @since 0.1.0
 */
export interface Options extends Pick<Batcher.Options, "maxSize" | "maxBytes" | "concurrency"> {}

/**
 * A request, or a pair of your own value and a request.
 *
 * @since 0.1.0
 */
export type Item = Request.Any | readonly [value: unknown, request: Request.Any]

/**
 * The outcome of a request.
 *
 * @since 0.1.0
 */
export type Outcome<Q> = Either.Either<Request.Success<Q>, Request.Error<Q> | CallError>

/**
 * A request with its outcome, or for a pair, its value with the outcome.
 *
 * @since 0.1.0
 */
export type Sent<I> = I extends readonly [infer V, infer Q extends Request.Any]
  ? readonly [value: V, outcome: Outcome<Q>]
  : I extends Request.Any
    ? { readonly request: I; readonly outcome: Outcome<I> }
    : never

/**
 * A stream or an iterable.
 *
 * @since 0.1.0
 */
export type Source<I, E, R> = Stream.Stream<I, E, R> | Iterable<I>

/**
 * Takes requests and options, or only options as a step of a pipe. Invalid options are a defect.
 *
 * @since 0.1.0
 */
export interface SendAll {
  <I extends Item, E = never, R = never>(
    requests: Source<I, E, R>,
    options?: Options
  ): Stream.Stream<Sent<I>, E, R>
  (
    options?: Options
  ): <I extends Item, E = never, R = never>(requests: Source<I, E, R>) => Stream.Stream<Sent<I>, E, R>
}
