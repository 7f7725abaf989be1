/**
 * The behavior of every client over every transport, against every server that behaves as Centrifugo. Each test
 * uses its own channel names, so all can run on one server.
 */
import { ApiMethod, Batch, CentrifugoApi, Wire } from "@effect-centrifugo/core"
import { assert, layer } from "@effect/vitest"
import { Effect, Either, type Layer, Schema } from "effect"
import { Target } from "./Target.js"

let count = 0
/** A unique channel, or user, for each test. */
export const fresh = (namespace?: string) => {
  const name = `c${process.pid}_${count++}`
  return namespace === undefined ? name : `${namespace}:${name}`
}

/** Expects a failure with this tag, and returns the error. */
export const failsWith = <A, E extends { readonly _tag: string }, R, T extends E["_tag"]>(
  effect: Effect.Effect<A, E, R>,
  tag: T
): Effect.Effect<Extract<E, { readonly _tag: T }>, Error, R> =>
  Effect.flatMap(Effect.either(effect), (result) =>
    Either.isLeft(result) && result.left._tag === tag
      ? Effect.succeed(result.left as Extract<E, { readonly _tag: T }>)
      : Effect.fail(new Error(`expected ${tag}, got ${String(result)}`))
  )

export const conformance = <E>(name: string, target: Layer.Layer<Target, E>) => {
  layer(target, { excludeTestServices: true, timeout: 60_000 })(name, (it) => {
    it.scoped("publish: returns a position, and the subscriber receives the data", () =>
      Effect.gen(function* () {
        const { centrifugo, listen } = yield* Target
        const channel = fresh()
        const listener = yield* listen(channel)
        const first = yield* centrifugo.publish({ channel, data: { text: "héllo 😀 <&>" } })
        const second = yield* centrifugo.publish({ channel, data: [1, "two", null] })
        assert.strictEqual(first.offset, 1)
        assert.strictEqual(second.offset, 2)
        assert.isString(first.epoch)
        assert.strictEqual(first.epoch, second.epoch)
        assert.deepStrictEqual(yield* listener.take(2), [{ text: "héllo 😀 <&>" }, [1, "two", null]])
      })
    )

    it.scoped("data of any JSON type is published unchanged", () =>
      Effect.gen(function* () {
        const { centrifugo, listen } = yield* Target
        const channel = fresh()
        const listener = yield* listen(channel)
        const values = [null, true, 0, "", "s", [], {}, JSON.parse('{"__proto__":{"a":1},"b":{}}') as object]
        for (const data of values) yield* centrifugo.publish({ channel, data })
        assert.deepStrictEqual(yield* listener.take(values.length), values)
        const { publications } = yield* centrifugo.history({ channel, limit: -1 })
        assert.deepStrictEqual(
          publications.map((publication) => JSON.stringify(publication.data)),
          values.map((value) => JSON.stringify(value))
        )
      })
    )

    it.scoped("publish: bytes that are JSON text arrive as JSON", () =>
      Effect.gen(function* () {
        const { centrifugo, listen } = yield* Target
        const channel = fresh()
        const listener = yield* listen(channel)
        yield* centrifugo.publish({ channel, data: new TextEncoder().encode('{"a":"ö"}') })
        assert.deepStrictEqual(yield* listener.take(1), [{ a: "ö" }])
      })
    )

    it.effect("publish: without history there is no position", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        assert.deepStrictEqual(yield* centrifugo.publish({ channel: fresh("nohist"), data: 1 }), {})
        assert.deepStrictEqual(
          yield* centrifugo.publish({ channel: fresh(), data: 1, skipHistory: true }),
          {}
        )
      })
    )

    it.effect("publish: a repeated idempotency key publishes nothing and returns the first position", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh()
        const first = yield* centrifugo.publish({ channel, data: 1, idempotencyKey: "k" })
        const again = yield* centrifugo.publish({ channel, data: 2, idempotencyKey: "k" })
        assert.deepStrictEqual(again, first)
        const { publications } = yield* centrifugo.history({ channel, limit: -1 })
        assert.deepStrictEqual(
          publications.map(({ data }) => data),
          [1]
        )
      })
    )

    it.effect("versions past 2^53 are compared with all digits", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh()
        const version = 9007199254740993n
        yield* centrifugo.publish({ channel, data: "new", version })
        yield* centrifugo.publish({ channel, data: "old", version: version - 1n })
        yield* centrifugo.publish({ channel, data: "newer", version: version + 1n })
        const { publications } = yield* centrifugo.history({ channel, limit: -1 })
        assert.deepStrictEqual(
          publications.map(({ data }) => data),
          ["new", "newer"]
        )
      })
    )

    it.effect("publish: an unknown namespace is UnknownChannel, with the channel", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const error = yield* failsWith(
          centrifugo.publish({ channel: "zz:b", data: 1 }),
          "CentrifugoUnknownChannelError"
        )
        assert.strictEqual(error.code, 102)
        assert.strictEqual(error.serverMessage, "unknown channel")
        assert.strictEqual(error.channel, "zz:b")
        assert.include(error.message, "publish: 102 unknown channel")
      })
    )

    it.effect("publish: data that the namespace refuses is BadRequest", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        yield* failsWith(
          centrifugo.publish({ channel: fresh("obj"), data: [1] }),
          "CentrifugoBadRequestError"
        )
      })
    )

    it.scoped("broadcast: one outcome per channel, in order; the other channels get the data", () =>
      Effect.gen(function* () {
        const { centrifugo, listen } = yield* Target
        const channels = [fresh(), "zz:b", fresh("nohist")] as const
        const listener = yield* listen(channels[2])
        const outcomes = yield* centrifugo.broadcast({ channels, data: "all", tags: { a: "b" } })
        assert.deepStrictEqual(
          outcomes.map((part) => part.channel),
          [...channels]
        )
        assert.strictEqual(Either.getOrThrow(outcomes[0]!.outcome).offset, 1)
        assert.strictEqual(
          Either.getOrThrow(Either.flip(outcomes[1]!.outcome))._tag,
          "CentrifugoUnknownChannelError"
        )
        assert.deepStrictEqual(Either.getOrThrow(outcomes[2]!.outcome), {})
        assert.deepStrictEqual(yield* listener.take(1), ["all"])
        const { publications } = yield* centrifugo.history({ channel: channels[0], limit: -1 })
        assert.deepStrictEqual(publications[0]?.tags, { a: "b" })
      })
    )

    it.effect("broadcast: without channels is refused before sending", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        yield* failsWith(centrifugo.broadcast({ channels: [], data: 1 }), "CentrifugoEncodeError")
      })
    )

    it.effect("a failing member of a batch does not affect the other outcomes", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh()
        const [sent, refused, unsent, online, nodes] = yield* centrifugo.batch([
          CentrifugoApi.publish({ channel, data: 1 }),
          CentrifugoApi.publish({ channel: "zz:b", data: 1 }),
          CentrifugoApi.publish({ channel, data: { n: Number.NaN } }),
          CentrifugoApi.presenceStats({ channel }),
          CentrifugoApi.info()
        ])
        assert.strictEqual(Either.getOrThrow(sent).offset, 1)
        assert.strictEqual(Either.getOrThrow(Either.flip(refused))._tag, "CentrifugoUnknownChannelError")
        assert.strictEqual(Either.getOrThrow(Either.flip(unsent))._tag, "CentrifugoEncodeError")
        assert.deepStrictEqual(Either.getOrThrow(online), { numClients: 0, numUsers: 0 })
        assert.strictEqual(Either.getOrThrow(nodes).nodes.length, 1)
      })
    )

    it.effect("batch: of a record, in parallel, with requireAll", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh()
        const requests = {
          sent: CentrifugoApi.publish({ channel, data: 1 }),
          past: CentrifugoApi.history({ channel: fresh("nohist") })
        }
        const error = yield* failsWith(
          centrifugo.batch(requests, { parallel: true }).pipe(Batch.requireAll),
          "CentrifugoPartialFailureError"
        )
        assert.strictEqual(Either.getOrThrow(error.outcomes.sent).offset, 1)
        const { again } = yield* centrifugo
          .batch({ again: CentrifugoApi.publish({ channel, data: 2 }) })
          .pipe(Batch.requireAll)
        assert.strictEqual(again.offset, 2)
      })
    )

    it.effect("a batch of 10,000 keeps its order, and reports its one failure", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh("bulk")
        const outcomes = yield* centrifugo.batch(
          Array.from({ length: 10_000 }, (_, i) =>
            CentrifugoApi.publish({ channel: i === 7777 ? "zz:b" : channel, data: i })
          )
        )
        assert.strictEqual(outcomes.length, 10_000)
        assert.deepStrictEqual(
          outcomes.flatMap((outcome, i) => (Either.isLeft(outcome) ? [[i, outcome.left._tag]] : [])),
          [[7777, "CentrifugoUnknownChannelError"]]
        )
        assert.strictEqual(Either.getOrThrow(outcomes[9999]!).offset, 9999)
      })
    )

    it.effect("history: position only, everything, from a position, in reverse", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh()
        for (const data of ["a", "b", "c"]) yield* centrifugo.publish({ channel, data })
        const top = yield* centrifugo.history({ channel })
        assert.deepStrictEqual(top.publications, [])
        assert.strictEqual(top.offset, 3)
        const read = (payload: Omit<Parameters<typeof centrifugo.history>[0], "channel">) =>
          Effect.map(centrifugo.history({ channel, ...payload }), ({ publications }) =>
            publications.map(({ data, offset }) => `${offset}${String(data)}`)
          )
        const { epoch } = top
        assert.deepStrictEqual(yield* read({ limit: -1 }), ["1a", "2b", "3c"])
        assert.deepStrictEqual(yield* read({ limit: 2 }), ["1a", "2b"])
        assert.deepStrictEqual(yield* read({ limit: -1, since: { offset: 1, epoch } }), ["2b", "3c"])
        assert.deepStrictEqual(yield* read({ limit: -1, reverse: true }), ["3c", "2b", "1a"])
        assert.deepStrictEqual(yield* read({ limit: 1, reverse: true, since: { offset: 3, epoch } }), ["2b"])
        assert.deepStrictEqual(yield* read({ limit: -1, since: { offset: 9007199254740993n } }), [])
      })
    )

    it.effect("history: another epoch is UnrecoverablePosition", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh()
        yield* centrifugo.publish({ channel, data: 1 })
        yield* failsWith(
          centrifugo.history({ channel, limit: 1, since: { offset: 1, epoch: "other" } }),
          "CentrifugoUnrecoverablePositionError"
        )
      })
    )

    it.effect("a feature that is off in the namespace is NotAvailable, with the option to enable", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh("nohist")
        const past = yield* failsWith(centrifugo.history({ channel }), "CentrifugoNotAvailableError")
        assert.include(past.message, "history_size")
        const online = yield* failsWith(centrifugo.presence({ channel }), "CentrifugoNotAvailableError")
        assert.include(online.message, "set presence")
        yield* failsWith(centrifugo.presenceStats({ channel }), "CentrifugoNotAvailableError")
      })
    )

    it.scoped("presence: the connections in a channel, with their users", () =>
      Effect.gen(function* () {
        const { centrifugo, listen } = yield* Target
        const channel = fresh()
        assert.deepStrictEqual(yield* centrifugo.presence({ channel }), { presence: {} })
        const first = yield* listen(channel, "42")
        const second = yield* listen(channel, "42")
        const { presence } = yield* centrifugo.presence({ channel })
        assert.deepStrictEqual(Object.keys(presence).sort(), [first.client, second.client].sort())
        assert.deepStrictEqual(presence[first.client], { user: "42", client: first.client })
        assert.deepStrictEqual(yield* centrifugo.presenceStats({ channel }), { numClients: 2, numUsers: 1 })
      })
    )

    it.scoped("disconnect: the client gets the code and the reason; others stay connected", () =>
      Effect.gen(function* () {
        const { centrifugo, listen } = yield* Target
        const channel = fresh()
        const user = fresh()
        const gone = yield* listen(channel, user)
        const kept = yield* listen(channel, user)
        yield* centrifugo.disconnect({
          user,
          whitelist: [kept.client],
          disconnect: { code: 4501, reason: "out of héré" }
        })
        const { code, reason, reconnects } = yield* gone.disconnected
        assert.deepStrictEqual(
          { code, reason, reconnects },
          { code: 4501, reason: "out of héré", reconnects: false }
        )
        yield* centrifugo.publish({ channel, data: "still here" })
        assert.deepStrictEqual(yield* kept.take(1), ["still here"])
        // Disconnecting a user without connections is a success too.
        assert.deepStrictEqual(yield* centrifugo.disconnect({ user: fresh() }), {})
      })
    )

    it.effect("info: the nodes of the cluster", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const { nodes } = yield* centrifugo.info()
        assert.strictEqual(nodes.length, 1)
        assert.match(nodes[0]!.version, /^\d+\.\d+\.\d+/)
        assert.isNumber(nodes[0]!.numClients)
      })
    )

    it.effect("a custom descriptor works in send and batch", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const mapStats = ApiMethod.make("map_stats", {
          payload: { channel: Schema.String },
          result: { numKeys: Wire.Count },
          codes: [107],
          repeat: "read"
        })
        assert.deepStrictEqual(yield* centrifugo.send(mapStats({ channel: fresh("map") })), { numKeys: 0 })
        yield* failsWith(centrifugo.send(mapStats({ channel: fresh() })), "CentrifugoBadRequestError")
        // Its descriptor does not declare 102.
        const [unknown] = yield* centrifugo.batch([mapStats({ channel: "zz:b" })])
        const error = Either.getOrThrow(Either.flip(unknown))
        assert.strictEqual(error._tag, "CentrifugoUnexpectedServerError")
      })
    )

    it.effect("an unknown method is a StatusError with a hint", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const pro = ApiMethod.make("connections", { payload: {}, result: {}, codes: [], repeat: "read" })
        const error = yield* failsWith(centrifugo.send(pro()), "CentrifugoStatusError")
        assert.strictEqual(error.status, 404)
        assert.include(error.message, "/api")
        // Inside a batch the server answers code 104 instead.
        const [member] = yield* centrifugo.batch([pro()])
        const inBatch = Either.getOrThrow(Either.flip(member))
        assert.isTrue(inBatch._tag === "CentrifugoUnexpectedServerError" && inBatch.code === 104)
      })
    )

    it.scoped("a wrong key is Unauthorized, and the error does not contain it", () =>
      Effect.gen(function* () {
        const { connect } = yield* Target
        const stranger = yield* connect({ apiKey: "not-the-key" })
        const error = yield* failsWith(stranger.info(), "CentrifugoUnauthorizedError")
        assert.include(error.message, "http_api.key")
        assert.notInclude(`${error.message}${JSON.stringify(error)}`, "not-the-key")
      })
    )

    it.scoped("check: succeeds if the server is reachable and accepts the key", () =>
      Effect.gen(function* () {
        const { centrifugo, connect } = yield* Target
        yield* centrifugo.check
        const stranger = yield* connect({ apiKey: "not-the-key" })
        yield* failsWith(stranger.check, "CentrifugoUnauthorizedError")
        yield* failsWith((yield* connect({ path: "/elsewhere" })).check, "CentrifugoStatusError")
      })
    )

    it.effect("history: a schema decodes the data, and reports data that does not match", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh()
        const schema = Schema.Struct({ at: Schema.Date })
        const at = new Date(1_700_000_000_000)
        yield* centrifugo.publish({ channel, data: yield* Schema.encode(schema)({ at }) })
        const { publications } = yield* centrifugo.history({ channel, limit: -1, schema })
        assert.deepStrictEqual(
          publications.map(({ data }) => data),
          [{ at }]
        )
        yield* centrifugo.publish({ channel, data: { at: 1 } })
        const error = yield* failsWith(
          centrifugo.history({ channel, limit: -1, schema }),
          "CentrifugoDecodeError"
        )
        assert.deepStrictEqual(error.path, ["publications", 1, "data", "at"])
      })
    )

    it.scoped("trailing slashes of the URL are ignored; a URL without /api gets a hint", () =>
      Effect.gen(function* () {
        const { connect } = yield* Target
        assert.strictEqual((yield* (yield* connect({ path: "/api//" })).info()).nodes.length, 1)
        const error = yield* failsWith((yield* connect({ path: "" })).info(), "CentrifugoStatusError")
        assert.include(error.message, "/api by default")
      })
    )

    it.effect("a history with bytes that are not JSON is a StatusError with a hint", () =>
      Effect.gen(function* () {
        const { centrifugo } = yield* Target
        const channel = fresh("bin")
        yield* centrifugo.publish({ channel, data: new Uint8Array([0xff, 0xfe]) })
        const error = yield* failsWith(centrifugo.history({ channel, limit: 1 }), "CentrifugoStatusError")
        assert.strictEqual(error.status, 500)
        assert.include(error.message, "not JSON")
      })
    )
  })
}
