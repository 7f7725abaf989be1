/**
 * Tests each method: its effect on the server and on connections, and that refusals before sending match the
 * server. Like `suite.ts`, it runs against every server that behaves as Centrifugo.
 */
import { ApiMethod, CentrifugoApi, Wire } from "@effect-centrifugo/core"
import { assert, layer } from "@effect/vitest"
import { Effect, Either, type Layer, Schedule, Schema } from "effect"
import { failsWith, fresh } from "./suite.js"
import { Target, Watching } from "./Target.js"

const inAMinute = () => Math.floor(Date.now() / 1000) + 60

/** The same methods without our checks, to see the server's reaction. */
const unchecked = {
  history: ApiMethod.make("history", {
    payload: { channel: Schema.String, since: Wire.StreamPosition, reverse: Schema.Boolean },
    result: {},
    codes: [100],
    repeat: "read"
  }),
  unsubscribe: ApiMethod.make("unsubscribe", {
    payload: { user: Schema.String, channel: Schema.String },
    result: {},
    codes: [],
    repeat: "natural"
  }),
  refresh: ApiMethod.make("refresh", {
    payload: { user: Schema.String },
    result: {},
    codes: [],
    repeat: "natural"
  }),
  mapReadState: ApiMethod.make("map_read_state", {
    payload: { channel: Schema.String, revisionOffset: Wire.Uint64 },
    result: {},
    codes: [112],
    repeat: "read"
  }),
  sharedPollPublish: ApiMethod.make("shared_poll_publish", {
    payload: { channel: Schema.String, key: Schema.String, version: Wire.Uint64 },
    result: {},
    codes: [107],
    repeat: "natural"
  })
}

/** A request of each open-source method, in an order in which all but rpc succeed. */
const everything = (user: string, channel: string, map: string) => {
  const given = fresh()
  return {
    publish: CentrifugoApi.methods.publish({ channel, data: "batch" }),
    broadcast: CentrifugoApi.methods.broadcast({ channels: [fresh()], data: 1 }),
    subscribe: CentrifugoApi.methods.subscribe({ user, channel: given }),
    unsubscribe: CentrifugoApi.methods.unsubscribe({ user, channel: given }),
    refresh: CentrifugoApi.methods.refresh({ user, expireAt: inAMinute() }),
    presence: CentrifugoApi.methods.presence({ channel }),
    presenceStats: CentrifugoApi.methods.presenceStats({ channel }),
    history: CentrifugoApi.methods.history({ channel }),
    historyRemove: CentrifugoApi.methods.historyRemove({ channel }),
    info: CentrifugoApi.methods.info(),
    rpc: CentrifugoApi.methods.rpc({ method: "m" }),
    channels: CentrifugoApi.methods.channels(),
    mapPublish: CentrifugoApi.methods.mapPublish({ channel: map, key: "k", data: 1 }),
    mapRemove: CentrifugoApi.methods.mapRemove({ channel: map, key: "k" }),
    mapReadState: CentrifugoApi.methods.mapReadState({ channel: map }),
    mapReadStream: CentrifugoApi.methods.mapReadStream({ channel: map }),
    mapStats: CentrifugoApi.methods.mapStats({ channel: map }),
    mapClear: CentrifugoApi.methods.mapClear({ channel: map }),
    sharedPollPublish: CentrifugoApi.methods.sharedPollPublish({
      channel: fresh("poll"),
      key: "k",
      version: 1,
      data: 1
    }),
    disconnect: CentrifugoApi.methods.disconnect({ user })
  } satisfies { readonly [K in keyof typeof CentrifugoApi.methods]: ApiMethod.Request.Any }
}

export const methods = <E>(name: string, target: Layer.Layer<Target | Watching, E>) => {
  layer(target, { excludeTestServices: true, timeout: 60_000 })(name, (it) => {
    it.scoped("subscribe: all connections of the user, or one of them, and no other user's", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const [user, other, channel] = [fresh(), fresh(), fresh()]
        const one = yield* watch({ user })
        const two = yield* watch({ user })
        const stranger = yield* watch({ user: other })
        const result = yield* centrifugo.subscribe({ user, channel, data: { hello: "wörld" } })
        assert.deepStrictEqual(result, {})
        for (const watcher of [one, two]) {
          assert.deepStrictEqual(yield* watcher.subscribed, { channel, data: { hello: "wörld" } })
        }
        yield* centrifugo.publish({ channel, data: "to both" })
        assert.deepStrictEqual(yield* one.take(1), ["to both"])
        assert.deepStrictEqual(yield* two.take(1), ["to both"])

        const single = fresh()
        yield* centrifugo.subscribe({ user, channel: single, client: two.client })
        assert.strictEqual((yield* two.subscribed).channel, single)
        // A client ID of another user matches nothing, which is a success.
        yield* centrifugo.subscribe({ user: fresh(), channel: single, client: one.client })
        assert.deepStrictEqual(Object.keys((yield* centrifugo.presence({ channel: single })).presence), [
          two.client
        ])

        // The other user first receives this one.
        const last = fresh()
        yield* centrifugo.subscribe({ user: other, channel: last })
        assert.strictEqual((yield* stranger.subscribed).channel, last)
      })
    )

    it.scoped("subscribe: info appears in presence, and override turns presence off", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const [user, shown, hidden] = [fresh(), fresh("chat"), fresh("chat")]
        const watcher = yield* watch({ user })
        yield* centrifugo.subscribe({ user, channel: shown, info: { name: "Ж" } })
        yield* centrifugo.subscribe({ user, channel: hidden, override: { presence: false } })
        yield* Effect.zipRight(watcher.subscribed, watcher.subscribed)
        assert.deepStrictEqual((yield* centrifugo.presence({ channel: shown })).presence, {
          [watcher.client]: { user, client: watcher.client, chanInfo: { name: "Ж" } }
        })
        assert.deepStrictEqual(yield* centrifugo.presenceStats({ channel: hidden }), {
          numClients: 0,
          numUsers: 0
        })
        yield* centrifugo.publish({ channel: hidden, data: "still there" })
        assert.deepStrictEqual(yield* watcher.take(1), ["still there"])
      })
    )

    it.scoped("subscribe with bytes", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const [user, channel] = [fresh(), fresh()]
        const watcher = yield* watch({ user })
        const bytes = (text: string) => new TextEncoder().encode(text)
        yield* centrifugo.subscribe({ user, channel, data: bytes('{"d":"ö"}'), info: bytes('{"i":"?>"}') })
        assert.deepStrictEqual(yield* watcher.subscribed, { channel, data: { d: "ö" } })
        const { presence } = yield* centrifugo.presence({ channel })
        assert.deepStrictEqual(presence[watcher.client]?.chanInfo, { i: "?>" })
      })
    )

    it.scoped("subscribe: recoverSince is accepted, but missed publications are not delivered", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const [user, channel] = [fresh(), fresh("rec")]
        const watcher = yield* watch({ user })
        const first = yield* centrifugo.publish({ channel, data: 1 })
        yield* centrifugo.publish({ channel, data: 2 })
        yield* centrifugo.subscribe({
          user,
          channel,
          recoverSince: { offset: first.offset ?? 0, epoch: first.epoch }
        })
        yield* watcher.subscribed
        yield* centrifugo.publish({ channel, data: 3 })
        assert.deepStrictEqual(yield* watcher.take(1), [3])
      })
    )

    it.scoped("subscribe: an expireAt in the past is an InternalError with a hint", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const user = fresh()
        yield* watch({ user })
        const error = yield* failsWith(
          centrifugo.subscribe({ user, channel: fresh(), expireAt: 1_000_000_000 }),
          "CentrifugoInternalError"
        )
        assert.include(error.message, "expireAt that is not in the future")
        yield* centrifugo.subscribe({ user, channel: fresh(), expireAt: inAMinute() })
        yield* failsWith(centrifugo.subscribe({ user, channel: "zz:a" }), "CentrifugoUnknownChannelError")
      })
    )

    it.scoped("unsubscribe: a client's own subscription and a server-side one", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const [user, own, given] = [fresh(), fresh(), fresh()]
        const watcher = yield* watch({ user, channel: own })
        const kept = yield* watch({ user, channel: own })
        yield* centrifugo.unsubscribe({ user, channel: own, client: watcher.client })
        assert.deepStrictEqual(yield* watcher.unsubscribed, { channel: own, code: 2000 })
        assert.strictEqual((yield* centrifugo.presenceStats({ channel: own })).numClients, 1)

        yield* centrifugo.subscribe({ user, channel: given, client: watcher.client })
        yield* watcher.subscribed
        yield* centrifugo.unsubscribe({ user, channel: given })
        assert.strictEqual((yield* watcher.unsubscribed).channel, given)

        yield* centrifugo.publish({ channel: own, data: "to one" })
        assert.deepStrictEqual(yield* kept.take(1), ["to one"])
        // A user without connections is a success; an unknown namespace is an error.
        assert.deepStrictEqual(yield* centrifugo.unsubscribe({ user: fresh(), channel: own }), {})
        yield* failsWith(centrifugo.unsubscribe({ user, channel: "zz:a" }), "CentrifugoUnknownChannelError")
      })
    )

    it.scoped("refresh: an immediate end is 3005, after which the client reconnects", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const user = fresh()
        const watcher = yield* watch({ user })
        const kept = yield* watch({ user })
        yield* centrifugo.refresh({ user, client: watcher.client, expired: true })
        const { code, reconnects } = yield* watcher.disconnected
        assert.deepStrictEqual({ code, reconnects }, { code: 3005, reconnects: true })
        yield* centrifugo.refresh({ user, client: kept.client, expireAt: 1_000_000_000 })
        assert.strictEqual((yield* kept.disconnected).code, 3005)
      })
    )

    it.scoped('refresh: a later end sets new info; "never" removes the end', () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const [user, channel] = [fresh(), fresh()]
        const watcher = yield* watch({ user })
        yield* centrifugo.refresh({ user, expireAt: inAMinute(), info: { level: 2 } })
        yield* centrifugo.refresh({ user, expireAt: "never" })
        yield* centrifugo.subscribe({ user, channel })
        yield* watcher.subscribed
        const { presence } = yield* centrifugo.presence({ channel })
        assert.deepStrictEqual(presence[watcher.client]?.connInfo, { level: 2 })
        assert.deepStrictEqual(yield* centrifugo.refresh({ user: fresh(), expireAt: "never" }), {})
      })
    )

    it.scoped("channels with a subscriber, by pattern", () =>
      Effect.gen(function* () {
        const { centrifugo, listen } = yield* Target
        const name = fresh()
        const listened = [`${name}_a`, `chat:${name}_b`]
        for (const channel of listened) yield* listen(channel)
        yield* listen(`${name}_a`)
        yield* centrifugo.publish({ channel: `${name}_unheard`, data: 1 })
        assert.deepStrictEqual((yield* centrifugo.channels({ pattern: `*${name}*` })).channels, {
          [`${name}_a`]: { numClients: 2 },
          [`chat:${name}_b`]: { numClients: 1 }
        })
        assert.deepStrictEqual((yield* centrifugo.channels({ pattern: `chat:${name}*` })).channels, {
          [`chat:${name}_b`]: { numClients: 1 }
        })
        assert.containsAllKeys((yield* centrifugo.channels()).channels, listened)
        const error = yield* failsWith(centrifugo.channels({ pattern: "[" }), "CentrifugoInternalError")
        assert.include(error.message, "invalid glob")
      })
    )

    it.effect("rpc is NotFound on the open-source server", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const error = yield* failsWith(
          centrifugo.rpc({ method: "my_method", params: { a: 1 } }),
          "CentrifugoNotFoundError"
        )
        assert.include(error.message, "no RPC methods")
      })
    )

    it.effect("history_remove: removes the publications and keeps the position", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh()
        yield* centrifugo.publish({ channel, data: 1 })
        const { epoch, offset } = yield* centrifugo.history({ channel, limit: -1 })
        assert.deepStrictEqual(yield* centrifugo.historyRemove({ channel }), {})
        assert.deepStrictEqual(yield* centrifugo.history({ channel, limit: -1 }), {
          publications: [],
          epoch,
          offset
        })
        const error = yield* failsWith(
          centrifugo.historyRemove({ channel: fresh("nohist") }),
          "CentrifugoNotAvailableError"
        )
        assert.include(error.message, "history_size")
        yield* failsWith(centrifugo.historyRemove({ channel: "zz:a" }), "CentrifugoUnknownChannelError")
      })
    )

    it.scoped("map_publish and map_remove: subscribers of the map receive the changes", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const channel = fresh("map")
        const watcher = yield* watch({ user: fresh(), channel, as: "map" })
        const set = yield* centrifugo.mapPublish({ channel, key: "k", data: { n: 1 }, tags: { a: "b" } })
        assert.strictEqual(set.offset, 1)
        assert.isFalse(set.suppressed)
        const removed = yield* centrifugo.mapRemove({ channel, key: "k" })
        assert.strictEqual(removed.offset, 2)
        const [added, gone] = yield* watcher.updates(2)
        assert.deepStrictEqual(added, { key: "k", data: { n: 1 }, removed: false })
        assert.isTrue(gone?.key === "k" && gone.removed)
      })
    )

    it.effect("map_publish: a suppressed change is a success with a reason", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh("map")
        const key = "k"
        const reason = (effect: ReturnType<typeof centrifugo.mapPublish>) =>
          Effect.map(effect, ({ suppressReason, suppressed }) =>
            suppressed ? (suppressReason ?? "none") : "set"
          )
        const publish = (payload: Omit<Parameters<typeof centrifugo.mapPublish>[0], "channel" | "key">) =>
          reason(centrifugo.mapPublish({ channel, key, ...payload }))
        assert.strictEqual(yield* publish({ data: 0, keyMode: "if_exists" }), "key_not_found")
        assert.strictEqual(yield* publish({ data: 1, keyMode: "if_new" }), "set")
        assert.strictEqual(yield* publish({ data: 2, keyMode: "if_new" }), "key_exists")
        assert.strictEqual(yield* publish({ data: 3, keyMode: "if_exists" }), "set")
        assert.strictEqual(yield* publish({ data: 4, idempotencyKey: "once" }), "set")
        assert.strictEqual(yield* publish({ data: 5, idempotencyKey: "once" }), "idempotency")
        const version = 9007199254740993n
        assert.strictEqual(yield* publish({ data: 6, version, versionEpoch: "e" }), "set")
        assert.strictEqual(yield* publish({ data: 7, version: version - 1n, versionEpoch: "e" }), "version")
        assert.strictEqual(yield* publish({ data: 8, version: 1, versionEpoch: "f" }), "set")
        const { entries } = yield* centrifugo.mapReadState({ channel, key })
        assert.deepStrictEqual(
          entries.map(({ data }) => data),
          [8]
        )
        const remove = centrifugo.mapRemove({ channel, key, idempotencyKey: "gone" })
        assert.strictEqual(yield* reason(remove), "set")
        assert.strictEqual(yield* reason(remove), "idempotency")
        assert.strictEqual(yield* reason(centrifugo.mapRemove({ channel, key })), "key_not_found")
      })
    )

    it.effect("map_read_state: position only, page by page, one key, at one revision", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh("map")
        const empty = yield* centrifugo.mapReadState({ channel, limit: -1 })
        assert.deepStrictEqual(empty.entries, [])
        assert.strictEqual(empty.offset, 0)
        assert.isNotEmpty(empty.epoch)
        const keys = ["a", "b", "c", "d", "e"]
        for (const key of keys) yield* centrifugo.mapPublish({ channel, key, data: key, tags: { key } })
        const top = yield* centrifugo.mapReadState({ channel })
        assert.deepStrictEqual(top, { entries: [], offset: 5, epoch: empty.epoch })

        const revision = { revisionOffset: top.offset, revisionEpoch: top.epoch }
        const read: Array<string> = []
        let cursor: string | undefined
        do {
          const page = yield* centrifugo.mapReadState({ channel, limit: 2, cursor, ...revision })
          for (const { data, key, offset, removed, score, tags, time } of page.entries) {
            assert.deepStrictEqual([data, tags, removed, score], [key, { key }, false, 0])
            assert.isAbove(offset, 0)
            assert.isAbove(time ?? 0, 1_600_000_000_000)
            read.push(key)
          }
          cursor = page.cursor
        } while (cursor !== undefined)
        assert.deepStrictEqual(read.sort(), keys)

        const { entries } = yield* centrifugo.mapReadState({ channel, key: "c" })
        assert.deepStrictEqual(
          entries.map(({ key }) => key),
          ["c"]
        )
        yield* failsWith(
          centrifugo.mapReadState({ channel, limit: 1, revisionOffset: 5, revisionEpoch: "other" }),
          "CentrifugoUnrecoverablePositionError"
        )
      })
    )

    it.effect("map_read_stream: the changes, from a position, in reverse, and a gap", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh("map")
        yield* centrifugo.mapPublish({ channel, key: "a", data: 1 })
        yield* centrifugo.mapPublish({ channel, key: "a", data: new Uint8Array() })
        yield* centrifugo.mapRemove({ channel, key: "a" })
        const { entries, epoch, offset } = yield* centrifugo.mapReadStream({ channel, limit: -1 })
        assert.strictEqual(offset, 3)
        assert.deepStrictEqual(
          entries.map(({ data, offset, removed }) => [offset, data, removed]),
          [
            [1, 1, false],
            [2, undefined, false],
            [3, undefined, true]
          ]
        )
        const offsets = (payload: Omit<Parameters<typeof centrifugo.mapReadStream>[0], "channel">) =>
          Effect.map(centrifugo.mapReadStream({ channel, ...payload }), ({ entries }) =>
            entries.map(({ offset }) => offset)
          )
        assert.deepStrictEqual(yield* offsets({}), [])
        assert.deepStrictEqual(yield* offsets({ limit: 2 }), [1, 2])
        assert.deepStrictEqual(yield* offsets({ limit: -1, sinceOffset: 1, sinceEpoch: epoch }), [2, 3])
        assert.deepStrictEqual(yield* offsets({ limit: -1, reverse: true }), [3, 2, 1])
        assert.deepStrictEqual(yield* offsets({ limit: -1, reverse: true, sinceOffset: 3 }), [2, 1])
        yield* failsWith(
          offsets({ limit: 1, sinceOffset: 1, sinceEpoch: "other" }),
          "CentrifugoUnrecoverablePositionError"
        )

        const short = fresh("short")
        for (const data of [1, 2, 3, 4]) yield* centrifugo.mapPublish({ channel: short, key: "a", data })
        yield* failsWith(
          centrifugo.mapReadStream({ channel: short, limit: -1, sinceOffset: 1 }),
          "CentrifugoUnrecoverablePositionError"
        )
      })
    )

    it.effect("map_stats, map_clear", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh("map")
        assert.deepStrictEqual(yield* centrifugo.mapStats({ channel }), { numKeys: 0 })
        for (const key of ["a", "b"]) yield* centrifugo.mapPublish({ channel, key, data: 1 })
        assert.deepStrictEqual(yield* centrifugo.mapStats({ channel }), { numKeys: 2 })
        assert.deepStrictEqual(yield* centrifugo.mapClear({ channel }), {})
        assert.deepStrictEqual(yield* centrifugo.mapStats({ channel }), { numKeys: 0 })
      })
    )

    it.effect(
      "map methods: a channel that is not a map, an unknown namespace, and a version that can't be stored",
      () =>
        Effect.gen(function* () {
          const { centrifugo } = yield* Target
          const calls = (channel: string) => [
            centrifugo.mapPublish({ channel, key: "k", data: 1 }),
            centrifugo.mapRemove({ channel, key: "k" }),
            centrifugo.mapReadState({ channel }),
            centrifugo.mapReadStream({ channel }),
            centrifugo.mapStats({ channel }),
            centrifugo.mapClear({ channel })
          ]
          for (const call of calls(fresh("chat"))) {
            const error = yield* failsWith(call, "CentrifugoBadRequestError")
            assert.include(error.message, "must be map, map_clients or map_users")
          }
          for (const call of calls("zz:a")) yield* failsWith(call, "CentrifugoUnknownChannelError")
          const error = yield* failsWith(
            centrifugo.mapPublish({ channel: fresh("eph"), key: "k", data: 1, version: 1 }),
            "CentrifugoInternalError"
          )
          assert.include(error.message, "ephemeral")
        })
    )

    it.effect("publish refuses a map, broadcast does not", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh("map")
        yield* failsWith(centrifugo.publish({ channel, data: 1 }), "CentrifugoBadRequestError")
        const [outcome] = yield* centrifugo.broadcast({ channels: [channel], data: 1 })
        assert.isTrue(Either.isRight(outcome!.outcome))
      })
    )

    it.scoped("shared_poll_publish: subscribers of the key receive newer versions", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const channel = fresh("poll")
        const watcher = yield* watch({ user: fresh(), channel, as: { keys: ["k"] } })
        const publish = (version: number | bigint, data: {}) =>
          centrifugo.sharedPollPublish({ channel, key: "k", version, data })
        // Watching begins some time after subscribing.
        let version = 0
        yield* Effect.suspend(() => publish(++version, "early")).pipe(
          Effect.repeat(Schedule.spaced("20 millis")),
          Effect.raceFirst(watcher.updates(1))
        )
        assert.deepStrictEqual(yield* publish(1_000_000, "set"), {})
        yield* publish(999_999, "stale")
        yield* publish(1_000_000, "again")
        yield* publish(1_000_001n, "newer")
        const seen: Array<unknown> = []
        while (seen.at(-1) !== "newer") {
          const [update] = yield* watcher.updates(1)
          if (update?.data !== "early") seen.push(update?.data)
        }
        assert.deepStrictEqual(seen, ["set", "newer"])
      })
    )

    it.effect("shared_poll_publish: fails in other channels", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const to = (channel: string) =>
          centrifugo.sharedPollPublish({ channel, key: "k", version: 1, data: 1 })
        const off = yield* failsWith(to(fresh("mute")), "CentrifugoNotAvailableError")
        assert.include(off.message, "publish_enabled")
        const other = yield* failsWith(to(fresh("chat")), "CentrifugoBadRequestError")
        assert.include(other.message, "must be shared_poll")
        yield* failsWith(to("zz:a"), "CentrifugoUnknownChannelError")
      })
    )

    it.effect("a PRO method is NotFound, alone and in a batch", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const request = CentrifugoApi.getUserStatus({ users: ["u"] })
        const single = yield* failsWith(centrifugo.send(request), "CentrifugoNotFoundError")
        assert.include(single.message, "Centrifugo PRO")
        const [member, sent] = yield* centrifugo.batch([request, CentrifugoApi.info()])
        const inBatch = Either.getOrThrow(Either.flip(member))
        assert.isTrue(inBatch._tag === "CentrifugoNotFoundError")
        assert.include(inBatch.message, "Centrifugo PRO")
        assert.isTrue(Either.isRight(sent))
      })
    )

    it.scoped("every method in one batch", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const [user, channel, map] = [fresh(), fresh(), fresh("map")]
        const watcher = yield* watch({ user, channel })
        const outcomes = yield* centrifugo.batch(everything(user, channel, map))
        for (const [method, outcome] of Object.entries<Either.Either<unknown, unknown>>(outcomes)) {
          if (method === "rpc") assert.isTrue(Either.isLeft(outcome))
          else assert.isTrue(Either.isRight(outcome), `${method}: ${String(outcome)}`)
        }
        assert.deepStrictEqual(yield* watcher.take(1), ["batch"])
        assert.strictEqual((yield* watcher.disconnected).code, 3503)
      })
    )

    it.scoped("requests that we refuse would be misread by the server, or always fail", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const watch = yield* Watching
        const [user, channel, map] = [fresh(), fresh(), fresh("map")]
        const watcher = yield* watch({ user, channel })

        // A position before offset 0: the server's own error 100.
        const since = { offset: 0 }
        const backwards = { channel, since, reverse: true }
        yield* failsWith(centrifugo.send(unchecked.history(backwards)), "CentrifugoInternalError")
        yield* failsWith(centrifugo.history(backwards), "CentrifugoEncodeError")

        // An unsubscribe without a channel: a success that changes no subscription.
        yield* centrifugo.send(unchecked.unsubscribe({ user, channel: "" }))
        assert.strictEqual((yield* centrifugo.presenceStats({ channel })).numClients, 1)
        yield* failsWith(centrifugo.unsubscribe({ user, channel: "" }), "CentrifugoEncodeError")

        // A refresh without an end: a success that removes the connection's end.
        yield* centrifugo.send(unchecked.refresh({ user }))
        yield* failsWith(
          centrifugo.refresh({ user } as unknown as { user: string; expired: true }),
          "CentrifugoEncodeError"
        )

        // A revision without its epoch: error 112 on any map.
        yield* centrifugo.mapPublish({ channel: map, key: "k", data: 1 })
        const revision = { channel: map, revisionOffset: 1 }
        yield* failsWith(
          centrifugo.send(unchecked.mapReadState(revision)),
          "CentrifugoUnrecoverablePositionError"
        )
        yield* failsWith(centrifugo.mapReadState(revision), "CentrifugoEncodeError")

        const unversioned = { channel: fresh("poll"), key: "k", version: 0 }
        yield* failsWith(
          centrifugo.send(unchecked.sharedPollPublish(unversioned)),
          "CentrifugoBadRequestError"
        )
        yield* failsWith(centrifugo.sharedPollPublish({ ...unversioned, data: 1 }), "CentrifugoEncodeError")

        yield* centrifugo.publish({ channel, data: "still subscribed" })
        assert.deepStrictEqual(yield* watcher.take(1), ["still subscribed"])
      })
    )
  })
}
