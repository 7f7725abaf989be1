/** Publishes notifications from the queue in batches. A repeated publication reaches subscribers only once. */
import { Centrifugo, CentrifugoError, TypedChannel } from "@effect-centrifugo/core"
import { Array, Chunk, Effect, Either, Schedule, Schema, Stream } from "effect"
import { type Entry, Queue } from "./Queue.js"

/** The channel that a user's devices subscribe to. */
export const Inbox = TypedChannel.make("inbox:{user}", { data: Schema.Struct({ text: Schema.String }) })

const Notification = Schema.Struct({ user: Schema.NonEmptyString, text: Schema.String })

const decode = Schema.decodeUnknownEither(Notification)

const toRequest = (entry: Entry) =>
  Either.mapBoth(decode(entry.fields), {
    onLeft: (error) => [entry, error.message] as const,
    // An entry can be delivered twice. The server then recognizes its key.
    onRight: ({ text, user }) =>
      [entry, Inbox.publish({ user }, { text }, { idempotencyKey: entry.id })] as const
  })

/** Whether another attempt would fail too. A server that is down or refuses the API key can recover. */
const isFinal = (error: CentrifugoError.CentrifugoError) =>
  error._tag === "CentrifugoEncodeError" ||
  (CentrifugoError.isServerError(error) && !CentrifugoError.isRetryable(error))

/** Publishes entries. Entries that were not published stay in the queue, and are delivered again. */
const deliver = (entries: ReadonlyArray<Entry>) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const centrifugo = yield* Centrifugo.Centrifugo
    const [unreadable, requests] = Array.separate(entries.map(toRequest))
    yield* Effect.forEach(unreadable, ([entry, reason]) => queue.bury(entry, reason))

    const sent = yield* centrifugo.sendAll(requests, { concurrency: 4 }).pipe(Stream.runCollect)
    const [failed, published] = Array.separate(
      Chunk.toReadonlyArray(sent).map(([entry, outcome]) =>
        Either.mapBoth(outcome, { onLeft: (error) => ({ entry, error }), onRight: () => entry })
      )
    )
    yield* queue.settle(published)
    const [temporary, final] = Array.partition(failed, ({ error }) => isFinal(error))
    yield* Effect.forEach(final, ({ entry, error }) => queue.bury(entry, error.message))
    if (Array.isNonEmptyArray(temporary)) {
      yield* Effect.logWarning(`${temporary.length} notifications stay in the queue`, temporary[0].error)
    }
    return published.length
  })

/** Works until it is interrupted. An interruption first finishes the entries already taken. */
export const work = Effect.gen(function* () {
  const queue = yield* Queue
  const turn = Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(queue.take), deliver))
  return yield* turn.pipe(
    Effect.tapError(Effect.logError),
    Effect.retry(Schedule.spaced("1 second")),
    Effect.forever
  )
})
