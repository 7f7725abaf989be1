/** Many requests of any source, as a stream of outcomes. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ConfigError } from "../../../CentrifugoError.js"
import type { Request } from "../../../ApiMethod.js"
import * as Batcher from "../../../Batcher.js"
import { CallOptions } from "../../../CallOptions.js"
import type * as Settings from "../Settings.js"
import type { Service as Transport } from "../../../CentrifugoTransport.js"
import type { Options, SendAll, Sent, Source } from "../Bulk.js"
import { ofCall, ofLayer } from "../inForce.js"
import { run } from "./run.js"

/** Sends through a transport, under the policies of a layer. */
export const make = (transport: Transport, settings: Settings.Settings): SendAll => {
  const layer = ofLayer(settings)
  const sendAll = <Q extends Request.Any, E, R>(
    requests: Source<Q, E, R>,
    options: Options = {}
  ): Stream.Stream<Sent<Q>, E, R> => {
    const outcomes = Effect.gen(function* () {
      const limits = yield* Effect.orDie(limitsOf(options, settings))
      const pull = yield* Stream.toPull(streamOf(requests, limits.maxSize))
      return yield* run(transport, limits, ofCall(yield* CallOptions, layer), pull)
    })
    // Each outcome is that of its own request; the run does not know their types.
    return Stream.fromPull(outcomes) as Stream.Stream<unknown, E, R> as Stream.Stream<Sent<Q>, E, R>
  }
  return ((first?: Source<Request.Any, unknown, unknown> | Options, options?: Options) =>
    isSource(first)
      ? sendAll(first, options)
      : (requests: Source<Request.Any, unknown, unknown>) => sendAll(requests, first)) as SendAll
}

const limitsOf = (
  options: Options,
  { batching }: Settings.Settings
): Effect.Effect<Batcher.Checked, ConfigError> => {
  if (batching === undefined) return Batcher.check(options)
  const { concurrency, maxBytes, maxSize } = batching
  return Batcher.check({ concurrency, maxBytes, maxSize, ...options })
}

const isStream = <Q, E, R>(source: Source<Q, E, R>): source is Stream.Stream<Q, E, R> =>
  Stream.StreamTypeId in source

const isSource = <Q, E, R>(value: Source<Q, E, R> | Options | undefined): value is Source<Q, E, R> =>
  value !== undefined && (Symbol.iterator in value || Stream.StreamTypeId in value)

const streamOf = <Q, E, R>(source: Source<Q, E, R>, chunkSize: number): Stream.Stream<Q, E, R> => {
  if (isStream(source)) return source
  const requests = Effect.acquireRelease(
    Effect.sync(() => iterate(source)),
    // It may hold something open, and needs to be told where it is not asked to its end.
    (iterator) => Effect.sync(() => iterator.return())
  )
  return Stream.unwrapScoped(
    Effect.map(requests, (iterator) => Stream.fromIteratorSucceed(iterator, chunkSize))
  )
}

function* iterate<A>(source: Iterable<A>): Generator<A, void> {
  yield* source
}
