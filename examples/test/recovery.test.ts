import { CallOptions, Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import { assert, describe, expectTypeOf, it, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Ref, Schedule, TestClock } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { catchUp, Snapshots } from "../src/recovery/catchUp.js"
import * as Check from "../src/recovery/deadLetters.js"
import { DeadLetters, deliver, type Message } from "../src/recovery/deliver.js"
import * as Outbox from "./outbox.js"

const order: Message = { channel: "chat:1", data: { order: 1 }, idempotencyKey: "order-1" }
const lost: Message = { ...order, channel: "nowhere:1" }

const letters = Effect.runSync(Ref.make<ReadonlyArray<Message>>([]))
const queue = Effect.runSync(Ref.make<ReadonlyArray<unknown>>([]))

const deadLetters = Layer.succeed(DeadLetters, {
  add: (message) => Ref.update(letters, (all) => [...all, message])
})

/** An outbox in memory. */
const outbox = Layer.succeed(OutboxSql.OutboxSql, {
  insert: (requests) => Ref.update(queue, (all) => [...all, requests])
})

const snapshots = Layer.succeed(Snapshots, {
  load: (channel) => Effect.succeed(`the state of ${channel}`)
})

const channel: CentrifugoTest.ChannelConfig = {
  namespaces: [{ name: "chat", history_size: 3, history_ttl: "5m" }]
}

const embedded = Layer.mergeAll(CentrifugoTest.layer({ channel }), deadLetters, outbox, snapshots)

const publish = (data: number) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) => centrifugo.publish({ channel: "chat:1", data }))

const top = Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
  Effect.map(centrifugo.history({ channel: "chat:1" }), ({ epoch, offset }) => ({ epoch, offset }))
)

describe("dead letters", () => {
  it.effect("finds namespaces that the server does not have", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Check.missingNamespaces(["chat", "nowhere", "prices", "plain"]), [
        "nowhere"
      ])
    }).pipe(
      Effect.provide(
        CentrifugoTest.layer({
          channel: {
            namespaces: [
              ...(channel.namespaces ?? []),
              { name: "prices", subscription_type: "map", map: { mode: "recoverable", key_ttl: "1m" } },
              { name: "plain" }
            ]
          }
        })
      )
    )
  )

  it.effect("finds events that were not published", () =>
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      yield* centrifugo.publish({ channel: "chat:1", data: 1, tags: { event: "a" } })
      yield* centrifugo.publish({ channel: "chat:1", data: 2 })
      const sent = ["a", "b"].map((eventId) => ({ channel: "chat:1", eventId }))
      assert.deepStrictEqual(yield* Check.deadLetters("chat:1", sent), [sent[1]!])
    }).pipe(Effect.provide(CentrifugoTest.layer({ channel })))
  )
})

describe("deliver", () => {
  it("has only the remaining errors in its error channel", () => {
    type Left = Effect.Effect.Error<ReturnType<typeof deliver>>["_tag"]
    type Handled = "CentrifugoUnknownChannelError" | "CentrifugoTimeoutError"
    type Publish = Effect.Effect.Error<ReturnType<Centrifugo.Service["publish"]>>["_tag"]
    expectTypeOf<Left>().toEqualTypeOf<Exclude<Publish, Handled> | "SqlError">()
    expectTypeOf<Extract<Left, Handled>>().toBeNever()
  })

  it.effect("publishes", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* deliver(order), "published")
      assert.deepStrictEqual(yield* CentrifugoTest.published("chat:1"), [{ order: 1 }])
    }).pipe(Effect.provide(embedded))
  )

  it.effect("a publication that no server accepts is a dead letter", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* deliver(lost), "dead")
      assert.deepStrictEqual(yield* Ref.getAndSet(letters, []), [lost])
    }).pipe(Effect.provide(embedded))
  )

  it.effect("an unacknowledged publication is queued, and all other errors fail", () =>
    Effect.gen(function* () {
      yield* CentrifugoTest.failNext("publish", { stall: true })
      const delivery = yield* Effect.fork(deliver(order))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(delivery), "queued")
      assert.lengthOf(yield* Ref.getAndSet(queue, []), 1)
      yield* CentrifugoTest.failNext("publish", { code: 100 })
      assert.strictEqual((yield* Effect.flip(deliver(order)))._tag, "CentrifugoInternalError")
    }).pipe(Effect.provide(embedded))
  )
})

describe("catchUp", () => {
  it("cannot fail for a lost position", () => {
    type Left = Effect.Effect.Error<ReturnType<typeof catchUp>>["_tag"]
    type Handled = "CentrifugoUnrecoverablePositionError"
    type History = Effect.Effect.Error<ReturnType<Centrifugo.Service["history"]>>["_tag"]
    expectTypeOf<Left>().toEqualTypeOf<Exclude<History, Handled>>()
  })

  it.effect("returns the changes, or the state if they are no longer known", () =>
    Effect.gen(function* () {
      yield* publish(1)
      const saved = yield* top
      yield* publish(2)
      const missed = yield* catchUp("chat:1", saved)
      assert.deepStrictEqual(missed, { _tag: "Missed", changes: [2], position: yield* top })

      yield* CentrifugoTest.failNext("history", { code: 112 })
      const state = "the state of chat:1"
      assert.deepStrictEqual(yield* catchUp("chat:1", saved), {
        _tag: "Reloaded",
        state,
        position: missed.position
      })

      // The history holds three publications, so one is gone.
      yield* Effect.forEach([3, 4, 5], publish)
      assert.deepStrictEqual(yield* catchUp("chat:1", saved), {
        _tag: "Reloaded",
        state,
        position: yield* top
      })
    }).pipe(Effect.provide(embedded))
  )
})

const live = Layer.mergeAll(OutboxSql.layer(), deadLetters, snapshots).pipe(
  Layer.provideMerge(Outbox.live(["chat"], OutboxSql.migration()))
)

const signal = (name: NodeJS.Signals) =>
  Effect.map(CentrifugoServer.CentrifugoServer, (server) => {
    process.kill(server.pid()!, name)
    return server.pid()!
  })

/** Whether the process has stopped: "PID (NAME) T ..." if the system has /proc. */
const isStopped = (pid: number) =>
  !existsSync("/proc/self/stat") || /\) T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))

/** The signal only requests the stop. Until a thread has handled it, the server continues to answer. */
const stopped = (pid: number) =>
  Effect.sync(() => isStopped(pid)).pipe(
    Effect.repeat({ until: (stopped) => stopped, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("10 seconds")
  )

describe.skipIf(!Outbox.isAvailable())("on a real server", () => {
  layer(live, { excludeTestServices: true, timeout: 90_000 })((it) => {
    it.scoped("a stopped server that continues publishes once; a new server has another stream", () =>
      Effect.gen(function* () {
        const centrifugo = yield* Centrifugo.Centrifugo
        assert.strictEqual(yield* deliver(lost), "dead")
        assert.strictEqual(yield* deliver(order), "published")
        const saved = yield* top

        // The first request is in the socket and will be carried out, and the outbox has it too.
        const next: Message = { ...order, data: { order: 2 }, idempotencyKey: "order-2" }
        const delivery = yield* Effect.acquireUseRelease(
          signal("SIGSTOP"),
          (pid) => Effect.zipRight(stopped(pid), CallOptions.with(deliver(next), { timeout: "200 millis" })),
          () => signal("SIGCONT")
        )
        assert.strictEqual(delivery, "queued")
        // The outbox's rows are consumed in order, so a later event shows that it is done.
        const outbox = yield* OutboxSql.OutboxSql
        yield* outbox.insert(CentrifugoApi.publish({ channel: "chat:1", data: "end" }))
        const news = yield* catchUp("chat:1", saved).pipe(
          Effect.delay("20 millis"),
          Effect.repeat({ until: (news) => news._tag === "Missed" && news.changes.includes("end") }),
          Effect.timeout("30 seconds")
        )
        assert(news._tag === "Missed")
        assert.deepStrictEqual(news.changes, [{ order: 2 }, "end"])

        const server = yield* CentrifugoServer.CentrifugoServer
        yield* server.kill
        yield* server.start
        yield* centrifugo.publish({ channel: "chat:1", data: 1 })
        const reloaded = yield* catchUp("chat:1", news.position)
        assert.strictEqual(reloaded._tag, "Reloaded")
        assert.deepStrictEqual(reloaded.position, yield* top)
      })
    )
  })
})
