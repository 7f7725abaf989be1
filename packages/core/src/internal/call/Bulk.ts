/**
 * Sending many requests without a fiber for each: an iterable or a stream of requests becomes a stream of
 * what became of each.
 *
 * - Requests go in batches, of which so many are under way at a time. Outcomes come in the order of the
 *   requests, and each exactly once.
 * - The stream does not fail when calls fail, so that it is known what was acknowledged when the network
 *   dies half-way. Where the stream of requests fails itself, that comes last.
 * - Memory is bounded, whatever the length: one batch more is held than are under way, and nothing is asked
 *   for while nobody takes what comes out.
 * - Requests that touch the same channel are carried out in order, as with `Batcher`, also where they have
 *   to be sent again; so a channel has one batch under way at a time. There is no order between these
 *   requests and other calls of the client.
 * - `CallOptions` are those in force where the stream is run: `timeout` for an attempt of a batch, `deadline`
 *   from the moment at which a request is taken in.
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
 * How requests are joined; each is that of the layer's `batching`, and then the default, where it isn't
 * given.
 *
 * @since 0.1.0
 */
export interface Options extends Pick<Batcher.Options, "maxSize" | "maxBytes" | "concurrency"> {}

/**
 * A request, or a pair of any value of yours and a request.
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
 * A request with its outcome, or the value that was paired with the request, and the outcome.
 *
 * @since 0.1.0
 */
export type Sent<I> = I extends readonly [infer V, infer Q extends Request.Any]
  ? readonly [value: V, outcome: Outcome<Q>]
  : I extends Request.Any
    ? { readonly request: I; readonly outcome: Outcome<I> }
    : never

/**
 * A stream, or anything that can be iterated over.
 *
 * @since 0.1.0
 */
export type Source<I, E, R> = Stream.Stream<I, E, R> | Iterable<I>

/**
 * Called with requests, or, as a step of a pipe, with options or nothing. Options that make no sense are
 * a defect.
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
