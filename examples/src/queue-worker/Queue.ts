/** A Redis stream as a queue: a worker takes entries, and each stays in the stream until it is settled. */
import { Config, Context, Data, Duration, Effect, Layer, Redacted } from "effect"
import { Redis } from "ioredis"
import { randomUUID } from "node:crypto"

export interface Entry {
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

export class QueueError extends Data.TaggedError("QueueError")<{ readonly cause: unknown }> {
  override get message() {
    return `Redis: ${String(this.cause)}`
  }
}

export class Queue extends Context.Tag("examples/queue-worker/Queue")<
  Queue,
  {
    /**
     * Takes up to 1000 entries, and waits up to a second for the first. Entries that a worker has taken but not
     * settled within `CLAIM_AFTER` are delivered again.
     */
    readonly take: Effect.Effect<ReadonlyArray<Entry>, QueueError>
    /** Removes entries from the queue. */
    readonly settle: (entries: ReadonlyArray<Entry>) => Effect.Effect<void, QueueError>
    /** Moves an entry to the dead letters, the stream `notifications:dead`. */
    readonly bury: (entry: Entry, reason: string) => Effect.Effect<void, QueueError>
  }
>() {}

const stream = "notifications"
const group = "workers"
const count = 1000

type Row = readonly [id: string, fields: ReadonlyArray<string> | null]

const toEntry = ([id, fields]: Row): Entry => {
  const pairs = (fields ?? []).flatMap((name, i, all) => (i % 2 === 0 ? [[name, all[i + 1]!]] : []))
  return { id, fields: Object.fromEntries(pairs) as Record<string, string> }
}

const command = <A>(run: () => Promise<A>) =>
  Effect.tryPromise({ try: run, catch: (cause) => new QueueError({ cause }) })

const connect = (url: string) =>
  Effect.acquireRelease(
    Effect.sync(() => new Redis(url, { maxRetriesPerRequest: 1 }).on("error", () => {})),
    (redis) => Effect.sync(() => redis.disconnect())
  )

const make = Effect.gen(function* () {
  const url = yield* Config.redacted("REDIS_URL")
  const claimAfter = yield* Config.withDefault(Config.duration("CLAIM_AFTER"), Duration.seconds(30))
  const redis = yield* connect(Redacted.value(url))
  const worker = randomUUID()

  yield* command(() => redis.xgroup("CREATE", stream, group, "0", "MKSTREAM")).pipe(
    Effect.catchIf(
      ({ cause }) => String(cause).includes("BUSYGROUP"),
      () => Effect.void
    )
  )

  const claim = command(() =>
    redis.xautoclaim(stream, group, worker, Duration.toMillis(claimAfter), "0-0", "COUNT", count)
  ).pipe(Effect.map((reply) => (reply[1] as ReadonlyArray<Row>).map(toEntry)))

  const read = command(() =>
    redis.xreadgroup("GROUP", group, worker, "COUNT", count, "BLOCK", 1000, "STREAMS", stream, ">")
  ).pipe(
    Effect.map((reply) => {
      const [first] = (reply ?? []) as ReadonlyArray<readonly [stream: string, rows: ReadonlyArray<Row>]>
      return (first?.[1] ?? []).map(toEntry)
    })
  )

  const settle = (entries: ReadonlyArray<Entry>) => {
    const ids = entries.map(({ id }) => id)
    return ids.length === 0
      ? Effect.void
      : Effect.asVoid(
          command(() =>
            redis
              .multi()
              .xack(stream, group, ...ids)
              .xdel(stream, ...ids)
              .exec()
          )
        )
  }

  return {
    take: Effect.flatMap(claim, (claimed) => (claimed.length > 0 ? Effect.succeed(claimed) : read)),
    settle,
    bury: (entry: Entry, reason: string) => {
      const fields = Object.entries({ ...entry.fields, reason }).flat()
      return Effect.zipRight(
        command(() => redis.xadd(`${stream}:dead`, "*", ...fields)),
        settle([entry])
      )
    }
  }
})

/** The queue at `REDIS_URL`. Creates the stream and its consumer group if they are missing. */
export const QueueLive = Layer.scoped(Queue, make)
