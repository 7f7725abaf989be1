import { AsyncLocalStorage } from "node:async_hooks"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Runtime, TestClock } from "effect"
import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoTest } from "../src/index.js"

const withServer = <A, E>(
  test: (centrifugo: Centrifugo.Service) => Effect.Effect<A, E, CentrifugoTest.CentrifugoTest>,
  options?: CentrifugoTest.Options
) => Effect.flatMap(Centrifugo.Centrifugo, test).pipe(Effect.provide(CentrifugoTest.layer(options)))

const seconds = (millis: number) => Math.floor(millis / 1000)
const year = 365 * 24 * 3600

const tags = (events: ReadonlyArray<CentrifugoTest.Event>) => events.map(({ _tag }) => _tag)

describe("connections", () => {
  it.effect("receive publications of their channels, also before the test takes them", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ channels: ["a", "b"] })
        const waiting = yield* Effect.fork(alice.take(3))
        yield* centrifugo.publish({ channel: "a", data: 1, tags: { t: "x" } })
        yield* centrifugo.publish({ channel: "other", data: 2 })
        yield* centrifugo.publish({ channel: "b", data: 3 })
        yield* centrifugo.publish({ channel: "a", data: 4 })
        assert.deepStrictEqual(
          (yield* Fiber.join(waiting)).map(({ channel, data, tags }) => ({ channel, data, tags })),
          [
            { channel: "a", data: 1, tags: { t: "x" } },
            { channel: "b", data: 3, tags: {} },
            { channel: "a", data: 4, tags: {} }
          ]
        )
        yield* centrifugo.publish({ channel: "a", data: 5 })
        assert.deepStrictEqual(
          (yield* alice.take(1)).map(({ data }) => data),
          [5]
        )
      })
    )
  )

  it.effect("wait concurrently, for changes and for time", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const [alice, bob] = yield* Effect.all([
          CentrifugoTest.connect({ user: "alice", channels: ["a"] }),
          CentrifugoTest.connect({ user: "bob", channels: ["a"] })
        ])
        const together = { concurrency: "unbounded" } as const
        const waiting = yield* Effect.fork(Effect.all([alice.take(2), bob.take(1)], together))
        const leaving = yield* Effect.fork(Effect.all([alice.disconnected, bob.disconnected], together))
        yield* centrifugo.publish({ channel: "a", data: 1 })
        yield* centrifugo.publish({ channel: "a", data: 2 })
        assert.deepStrictEqual(
          (yield* Fiber.join(waiting)).map((taken) => taken.length),
          [2, 1]
        )
        for (const user of ["alice", "bob"]) yield* centrifugo.refresh({ user, expireAt: 60 })
        yield* TestClock.adjust("85 seconds")
        assert.deepStrictEqual(
          (yield* Fiber.join(leaving)).map(({ code }) => code),
          [3005, 3005]
        )
      })
    )
  )

  it.live("wait on the live clock too, for any distant expiry", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ channels: ["a"] })
        // This history keeps its position for 30 days, which is longer than a timer's limit.
        yield* centrifugo.history({ channel: "a" })
        const waiting = yield* Effect.fork(alice.take(1))
        yield* Effect.sleep("5 millis")
        yield* centrifugo.publish({ channel: "a", data: 1 })
        assert.strictEqual((yield* Fiber.join(waiting)).length, 1)
        const idle = yield* Effect.fork(alice.take(1))
        yield* Effect.sleep("5 millis")
        yield* Fiber.interrupt(idle)
      })
    )
  )

  it.effect("have a client ID that no other open connection has", () =>
    withServer(() =>
      Effect.gen(function* () {
        const first = yield* CentrifugoTest.connect({ client: "c1" })
        const again = yield* Effect.flip(CentrifugoTest.connect({ client: "c1" }))
        assert.strictEqual(again._tag, "CentrifugoTestUsageError")
        assert.include(again.message, "client ID c1")
        yield* first.close
        yield* CentrifugoTest.connect({ client: "c1" })
      })
    )
  )

  it.effect("are in presence with their info, until they close", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice", client: "c1", info: { name: "Alice" } })
        yield* alice.subscribe("a", { info: "admin" })
        yield* CentrifugoTest.connect({ client: "c2", channels: ["a"] })
        assert.deepStrictEqual((yield* centrifugo.presence({ channel: "a" })).presence, {
          c1: { user: "alice", client: "c1", connInfo: { name: "Alice" }, chanInfo: "admin" },
          c2: { user: "", client: "c2" }
        })
        assert.deepStrictEqual((yield* centrifugo.channels({ pattern: "a" })).channels, {
          a: { numClients: 2 }
        })
        yield* alice.close
        assert.deepStrictEqual(yield* centrifugo.presenceStats({ channel: "a" }), {
          numClients: 1,
          numUsers: 1
        })
        const { nodes } = yield* centrifugo.info()
        assert.deepInclude(nodes[0], { numClients: 1, numUsers: 1, numChannels: 1, numSubs: 1 })
        assert.deepStrictEqual(yield* alice.channels, [])
        for (const act of [alice.subscribe("a"), alice.unsubscribe("a"), alice.publish("a", 1)]) {
          const error = yield* Effect.flip<void, { readonly _tag: string }, never>(act)
          assert.strictEqual(error._tag, "CentrifugoConnectionClosedError")
        }
      })
    )
  )

  it.effect("publish as their client, and history and deliveries show it", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice", client: "c1", info: 7, channels: ["a"] })
        yield* alice.publish("a", { hi: 1 })
        const info = { user: "alice", client: "c1", connInfo: 7 }
        const { publications } = yield* centrifugo.history({ channel: "a", limit: -1 })
        assert.deepStrictEqual(publications, [{ data: { hi: 1 }, info, offset: 1, tags: {} }])
        assert.deepInclude((yield* alice.take(1))[0], { info })
        const refused = yield* Effect.flip(alice.publish("a", undefined))
        assert.strictEqual(refused._tag, "CentrifugoBadRequestError")
      })
    )
  )

  it.effect("can't subscribe to a channel whose namespace is not configured", () =>
    withServer(
      () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(CentrifugoTest.connect({ channels: ["zz:a"] }))
          assert.strictEqual(error._tag, "CentrifugoUnknownChannelError")
          const alice = yield* CentrifugoTest.connect()
          assert.strictEqual((yield* Effect.flip(alice.publish("zz:a", 1))).code, 102)
        }),
      { channel: {} }
    )
  )
})

describe("take", () => {
  it.live("continues in the context of its caller, not of the publisher", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const storage = new AsyncLocalStorage<string>()
        const runtime = yield* Effect.runtime<CentrifugoTest.CentrifugoTest>()
        const inContext = <A, E>(name: string, effect: Effect.Effect<A, E>) =>
          Effect.promise(() => storage.run(name, () => Runtime.runPromise(runtime)(effect)))
        const alice = yield* CentrifugoTest.connect({ channels: ["a"] })
        const context = Effect.sync(() => storage.getStore())
        const taking = yield* Effect.fork(inContext("alice", Effect.zipRight(alice.take(1), context)))
        yield* Effect.sleep(1)
        yield* inContext("publisher", centrifugo.publish({ channel: "a", data: 1 }))
        assert.strictEqual(yield* Fiber.join(taking), "alice")
      })
    )
  )

  const disconnecting = (centrifugo: Centrifugo.Service) =>
    centrifugo.disconnect({ user: "alice", disconnect: { code: 4501, reason: "signed out" } })

  it.effect("fails when the connection closes, with the reason and the number of missing publications", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice", client: "c1", channels: ["a"] })
        yield* centrifugo.publish({ channel: "a", data: 1 })
        const waiting = yield* Effect.fork(Effect.flip(alice.take(3)))
        yield* Effect.yieldNow()
        yield* disconnecting(centrifugo)
        const error = yield* Fiber.join(waiting)
        assert(error._tag === "CentrifugoConnectionClosedError")
        assert.deepInclude(error, { operation: "take", client: "c1", user: "alice", code: 4501 })
        assert.strictEqual(
          error.message,
          'CentrifugoTest, take: the connection c1 of the user "alice" is closed (4501 signed out). ' +
            "It waited for 3 publications, but 1 arrived."
        )
      })
    )
  )

  it.effect("returns publications from before the end, and fails after them", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice", channels: ["a"] })
        for (const data of [1, 2, 3]) yield* centrifugo.publish({ channel: "a", data })
        yield* disconnecting(centrifugo)
        const data = Effect.map(alice.take(2), (taken) => taken.map(({ data }) => data))
        assert.deepStrictEqual(yield* data, [1, 2])
        assert.strictEqual((yield* Effect.flip(data))._tag, "CentrifugoConnectionClosedError")
        assert.strictEqual((yield* alice.take(1))[0]?.data, 3)
      })
    )
  )

  for (const [what, end] of [
    ["close", (alice: CentrifugoTest.Connection) => alice.close],
    ["a restart", () => CentrifugoTest.restart],
    ["its end by time", () => TestClock.adjust("1 hour")]
  ] satisfies ReadonlyArray<
    [string, (alice: CentrifugoTest.Connection) => Effect.Effect<void, never, CentrifugoTest.CentrifugoTest>]
  >) {
    it.effect(`fails after ${what}`, () =>
      withServer((centrifugo) =>
        Effect.gen(function* () {
          const alice = yield* CentrifugoTest.connect({ user: "alice", channels: ["a"] })
          const waiting = yield* Effect.fork(Effect.flip(alice.take(1)))
          yield* Effect.yieldNow()
          yield* centrifugo.refresh({ user: "alice", expireAt: 60 })
          yield* end(alice)
          assert.strictEqual((yield* Fiber.join(waiting))._tag, "CentrifugoConnectionClosedError")
        })
      )
    )
  }

  it.effect("refuses an impossible count", () =>
    withServer(() =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ channels: ["a"] })
        for (const count of [NaN, -1, 0.5, Infinity]) {
          const error = yield* Effect.flip(alice.take(count))
          assert.strictEqual(error._tag, "CentrifugoTestUsageError")
        }
        assert.deepStrictEqual(yield* alice.take(0), [])
      })
    )
  )

  it.effect("is not woken by events of another connection", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const [alice, bob] = yield* Effect.all([
          CentrifugoTest.connect({ channels: ["a"] }),
          CentrifugoTest.connect({ channels: ["b"] })
        ])
        const [first, second] = yield* Effect.all([Effect.fork(alice.take(1)), Effect.fork(bob.take(1))])
        yield* Effect.yieldNow()
        yield* centrifugo.publish({ channel: "b", data: 1 })
        assert.strictEqual((yield* Fiber.join(second)).length, 1)
        assert.isNull(first.unsafePoll())
        yield* Fiber.interrupt(first)
        yield* centrifugo.publish({ channel: "a", data: 2 })
        assert.strictEqual((yield* alice.take(1))[0]?.data, 2)
      })
    )
  )
})

describe("disconnect", () => {
  it.effect("disconnects connections of the user, filtered by client, session and whitelist", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const [one, two, three, other] = yield* Effect.all([
          CentrifugoTest.connect({ user: "u", client: "1", session: "s1" }),
          CentrifugoTest.connect({ user: "u", client: "2", session: "s2" }),
          CentrifugoTest.connect({ user: "u", client: "3" }),
          CentrifugoTest.connect({ user: "v", client: "4", session: "s1" })
        ])
        const counts = Effect.map(centrifugo.info(), ({ nodes }) => nodes[0]!.numClients)
        yield* centrifugo.disconnect({ user: "u", client: "4" })
        yield* centrifugo.disconnect({ user: "", client: "1" })
        assert.strictEqual(yield* counts, 4)
        yield* centrifugo.disconnect({ user: "u", session: "s1" })
        assert.deepStrictEqual(yield* one.disconnected, {
          code: 3503,
          reason: "force disconnect",
          reconnects: false
        })
        yield* centrifugo.disconnect({
          user: "u",
          whitelist: ["3"],
          disconnect: { code: 4400, reason: "later" }
        })
        assert.deepStrictEqual(yield* two.disconnected, { code: 4400, reason: "later", reconnects: true })
        assert.strictEqual(yield* counts, 2)
        assert.deepStrictEqual(yield* three.events, [])
        assert.deepStrictEqual(yield* other.events, [])
      })
    )
  )
})

describe("subscribe and unsubscribe", () => {
  it.effect("act on the user's open connections, which receive the events", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice", client: "c1" })
        yield* centrifugo.subscribe({ user: "nobody", channel: "a" })
        yield* centrifugo.subscribe({
          user: "alice",
          channel: "a",
          info: { admin: true },
          data: { hello: 1 }
        })
        const hidden = { presence: false }
        yield* centrifugo.subscribe({ user: "alice", channel: "b", override: hidden })
        assert.deepStrictEqual((yield* centrifugo.presence({ channel: "a" })).presence, {
          c1: { user: "alice", client: "c1", chanInfo: { admin: true } }
        })
        assert.deepStrictEqual((yield* centrifugo.presence({ channel: "b" })).presence, {})
        yield* centrifugo.unsubscribe({ user: "alice", channel: "a" })
        yield* alice.unsubscribe("b")
        assert.deepStrictEqual(yield* alice.events, [
          { _tag: "Subscribed", channel: "a", data: { hello: 1 } },
          { _tag: "Subscribed", channel: "b", data: undefined },
          { _tag: "Unsubscribed", channel: "a", code: 2000, reason: "server unsubscribe" },
          { _tag: "Unsubscribed", channel: "b", code: 0, reason: "unsubscribe called" }
        ])
        assert.deepStrictEqual((yield* centrifugo.channels()).channels, {})
      })
    )
  )

  it.effect("an expired server-side subscription fails, if a connection would get it", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        yield* TestClock.adjust("1 hour")
        const past = { channel: "a", expireAt: 1800 }
        yield* centrifugo.subscribe({ user: "alice", ...past })
        yield* CentrifugoTest.connect({ user: "alice", channels: ["a"] })
        const error = yield* Effect.flip(centrifugo.subscribe({ user: "alice", ...past }))
        assert.strictEqual(error._tag, "CentrifugoInternalError")
        // As on the real server, the attempt ends the subscription, but not its presence.
        assert.deepStrictEqual((yield* centrifugo.channels()).channels, {})
        assert.strictEqual((yield* centrifugo.presenceStats({ channel: "a" })).numClients, 1)
      })
    )
  )

  it.effect("a client-side subscription ends alone, 25 seconds after it has expired", () =>
    withServer(() =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect()
        yield* alice.subscribe("a", { expireAt: 60 })
        yield* TestClock.adjust("84 seconds")
        assert.deepStrictEqual(yield* alice.channels, ["a"])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual((yield* alice.events).slice(1), [
          { _tag: "Unsubscribed", channel: "a", code: 2501, reason: "subscription expired" }
        ])
      })
    )
  )

  it.effect("a server-side subscription that ends also ends the connection, 25 seconds later", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice" })
        yield* centrifugo.subscribe({ user: "alice", channel: "a", expireAt: 60 })
        const bob = yield* CentrifugoTest.connect({ user: "bob" })
        yield* centrifugo.subscribe({ user: "bob", channel: "a", expireAt: 60 })
        yield* centrifugo.unsubscribe({ user: "bob", channel: "a" })
        const ended = yield* Effect.fork(alice.disconnected)
        yield* TestClock.adjust("84 seconds")
        assert.isNull(ended.unsafePoll())
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(ended)).code, 3006)
        assert.deepStrictEqual(tags(yield* bob.events), ["Subscribed", "Unsubscribed"])
      })
    )
  )

  it.effect("beyond the channel limit the connection ends, and the call succeeds", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const channels = Array.from({ length: 128 }, (_, i) => `c${i}`)
        const alice = yield* CentrifugoTest.connect({ user: "alice", channels })
        yield* centrifugo.subscribe({ user: "alice", channel: "one more" })
        assert.strictEqual((yield* alice.disconnected).code, 3505)
      })
    )
  )
})

describe("refresh", () => {
  it.effect("sets or removes the end of a connection, or ends it", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        yield* TestClock.adjust("1 hour")
        const connect = (user: string) => CentrifugoTest.connect({ user, client: user, channels: ["a"] })
        const [timed, lifted, past, expired] = yield* Effect.all([
          connect("timed"),
          connect("lifted"),
          connect("past"),
          connect("expired")
        ])
        yield* centrifugo.refresh({ user: "timed", expireAt: 3600 + 60, info: "new" })
        assert.deepInclude((yield* centrifugo.presence({ channel: "a" })).presence["timed"], {
          connInfo: "new"
        })
        yield* centrifugo.refresh({ user: "lifted", expireAt: 3600 + 60 })
        yield* centrifugo.refresh({ user: "lifted", expireAt: "never" })
        yield* centrifugo.refresh({ user: "past", expireAt: 3600 })
        assert.strictEqual((yield* past.disconnected).code, 3005)
        yield* centrifugo.refresh({ user: "expired", expired: true })
        assert.strictEqual((yield* expired.disconnected).code, 3005)
        yield* TestClock.adjust("84 seconds")
        assert.deepStrictEqual(tags(yield* timed.events), ["Subscribed", "Refreshed"])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(tags(yield* timed.events), ["Subscribed", "Refreshed", "Disconnected"])
        assert.deepStrictEqual((yield* lifted.events).slice(1), [
          { _tag: "Refreshed", expireAt: 3_660_000 },
          { _tag: "Refreshed", expireAt: undefined }
        ])
      })
    )
  )

  it.effect("limits the end to one year", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice" })
        yield* centrifugo.refresh({ user: "alice", expireAt: 99 * year })
        const [event] = yield* alice.events
        assert(event?._tag === "Refreshed")
        assert.strictEqual(seconds(event.expireAt!), year)
      })
    )
  )
})
