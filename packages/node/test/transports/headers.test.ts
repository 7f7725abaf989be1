/** The headers of every transport: the key in one form only, the headers of the layer and of the call, and no others. */
import { CallOptions, RetryPolicy } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Ref, TestClock } from "effect"
import { apiKey, options, transports } from "./over.js"
import { assertKeyless, assertNoKey, withSpans } from "./secrets.js"
import * as Stub from "./stub.js"

const publish = { channel: "news", data: { text: "hällo" } }
const good = Stub.always({ status: 200, body: Stub.published })

/** The names that an HTTP client adds. */
const ordinary = new Set([
  ..."host connection content-length accept accept-language accept-encoding user-agent".split(" "),
  "sec-fetch-mode"
])

const own = ({ headerLines }: Stub.Received) =>
  headerLines
    .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])
    .filter(([name]) => !ordinary.has(name!))
    .map((line) => line.join(": "))
    .sort()

for (const { make, name } of transports) {
  describe(`headers over ${name}`, () => {
    it.scopedLive("the key once, as X-API-Key, without Authorization; the body is the request", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        const centrifugo = yield* make(options(stub.url))
        yield* centrifugo.publish(publish)
        const { body, headers, method, path } = yield* stub.received
        assert.deepStrictEqual([method, path], ["POST", "/api/publish"])
        assert.strictEqual(body, '{"channel":"news","data":{"text":"hällo"}}')
        assert.strictEqual(headers["content-length"], String(Buffer.byteLength(body)))
        assert.deepStrictEqual(own(stub.requests[0]!), [
          "content-type: application/json",
          `x-api-key: ${apiKey}`
        ])
      })
    )

    it.scopedLive('with auth: "authorization" the key once, as Authorization, without X-API-Key', () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        const centrifugo = yield* make({ ...options(stub.url), auth: "authorization" })
        yield* centrifugo.publish(publish)
        assert.deepStrictEqual(own(yield* stub.received), [
          `authorization: apikey ${apiKey}`,
          "content-type: application/json"
        ])
      })
    )

    it.scopedLive(
      "the layer's headers, including a gateway's Authorization, and the call's headers over them",
      () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(good)
          const centrifugo = yield* make({
            ...options(stub.url),
            headers: { Authorization: "Bearer gateway", "X-Tenant": "a", "X-Region": "eu" }
          })
          yield* centrifugo
            .publish(publish)
            .pipe(
              CallOptions.with({ headers: { "x-tenant": "c", "X-Trace": "1" } }),
              CallOptions.with({ headers: { "X-Tenant": "b", "X-Outer": "2" } })
            )
          yield* centrifugo.publish(publish)
          const layers = ["authorization: Bearer gateway", "content-type: application/json"]
          assert.deepStrictEqual(own(yield* stub.received), [
            ...layers,
            `x-api-key: ${apiKey}`,
            "x-outer: 2",
            "x-region: eu",
            "x-tenant: c",
            "x-trace: 1"
          ])
          assert.deepStrictEqual(own(yield* stub.received), [
            ...layers,
            `x-api-key: ${apiKey}`,
            "x-region: eu",
            "x-tenant: a"
          ])
        })
    )

    it.scopedLive("an invalid header of a call is an EncodeError with its name, without its value", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        const centrifugo = yield* make(options(stub.url))
        const bad: ReadonlyArray<readonly [name: string, value: string]> = [
          ["X-API-Key", "v4lue"],
          ["Content-Type", "v4lue"],
          ["Authorization", "apikey v4lue"],
          ["X-Line", "v4lue\r\nX-Other: 1"],
          ["X-Latin", "v4lue é"],
          ["X-Empty", ""],
          ["not a name", "v4lue"]
        ]
        for (const [header, value] of bad) {
          const error = yield* Effect.flip(
            centrifugo.publish(publish).pipe(CallOptions.with({ headers: { [header]: value } }))
          )
          assert(error._tag === "CentrifugoEncodeError")
          assert.deepStrictEqual(error.path, ["headers", header])
          assert.include(error.message, header)
          assert.notInclude(JSON.stringify(error) + error.message, "v4lue")
        }
        const map = new Map([["x-a", "1"]]) as unknown as { readonly [name: string]: string }
        const error = yield* Effect.flip(centrifugo.publish(publish).pipe(CallOptions.with({ headers: map })))
        assert.include(error.message, "plain object")
        assert.strictEqual(stub.requests.length, 0)
      })
    )

    it.scopedLive("a call's own Authorization, if the key is sent in it, is an ApiKeyError", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        const centrifugo = yield* make({ ...options(stub.url), auth: "authorization" })
        const error = yield* Effect.flip(
          centrifugo.publish(publish).pipe(CallOptions.with({ headers: { Authorization: "Bearer x" } }))
        )
        assert.strictEqual(error._tag, "CentrifugoApiKeyError")
        assert.strictEqual(stub.requests.length, 0)
      })
    )

    it.scopedLive("no trace header and no span of the HTTP client", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(Stub.always({ status: 500, body: apiKey }))
        const centrifugo = yield* make(options(stub.url))
        const call = Effect.flip(centrifugo.publish(publish)).pipe(Effect.withSpan("parent"))
        const [error, spans] = yield* withSpans(call)
        assertKeyless(error)
        assert.deepStrictEqual(
          spans.map((span) => span.name),
          ["parent", "centrifugo.publish"]
        )
        assertNoKey(JSON.stringify(spans.map((span) => [...span.attributes])))
        assert.notProperty((yield* stub.received).headers, "b3")
      })
    )
  })

  describe(`rotating keys over ${name}`, () => {
    it.scopedLive("the effect runs for each attempt, and its key is sent, trimmed", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start((request, count) =>
          count === 1
            ? Stub.always({ status: 503 })(request, count)
            : Stub.always({ status: 200, body: Stub.published })(request, count)
        )
        const turn = yield* Ref.make(0)
        const centrifugo = yield* make({
          ...options(stub.url),
          apiKey: Effect.map(
            Ref.updateAndGet(turn, (n) => n + 1),
            (n) => Redacted.make(`key-${n}\n`)
          ),
          retry: RetryPolicy.make({ baseDelay: "1 millis" })
        })
        yield* centrifugo.publish(publish)
        yield* centrifugo.publish(publish)
        assert.deepStrictEqual(
          stub.requests.map(({ headers }) => headers["x-api-key"]),
          ["key-1", "key-2", "key-3"]
        )
      })
    )

    it.scopedLive(
      "an effect that fails, dies, or returns an invalid key is an ApiKeyError, and nothing is sent",
      () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(good)
          const store = Object.assign(new Error("the store is down"), { request: { token: apiKey } })
          const wrong: ReadonlyArray<readonly [Effect.Effect<Redacted.Redacted, Error>, string]> = [
            [Effect.fail(store), "the store is down"],
            [Effect.die(store), "the store is down"],
            [Effect.succeed(Redacted.make(" \n")), "empty"],
            [Effect.succeed(Redacted.make("ключ")), "printable ASCII"],
            [Effect.succeed("plain" as unknown as Redacted.Redacted), "Redacted.make"]
          ]
          for (const [key, text] of wrong) {
            const centrifugo = yield* make({ ...options(stub.url), apiKey: key })
            const error = yield* Effect.flip(centrifugo.publish(publish))
            assert.strictEqual(error._tag, "CentrifugoApiKeyError")
            assert.include(error.message, text)
            assert.notInclude(error.message, "ключ")
            assertKeyless(error)
          }
          assert.strictEqual(stub.requests.length, 0)
        })
    )

    it.scoped("an effect that never ends ends with the call's timeout, and nothing was sent", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        const centrifugo = yield* make({
          ...options(stub.url),
          apiKey: Effect.never,
          retry: RetryPolicy.none,
          timeout: "2 seconds"
        })
        const call = yield* Effect.fork(Effect.flip(centrifugo.publish(publish)))
        yield* TestClock.adjust("2 seconds")
        const error = yield* Fiber.join(call)
        assert(error._tag === "CentrifugoTimeoutError")
        assert.strictEqual(error.phase, "queued")
        assert.strictEqual(stub.requests.length, 0)
      })
    )

    it.scoped("reading the key counts towards the call's timeout", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(() => {})
        const centrifugo = yield* make({
          ...options(stub.url),
          apiKey: Effect.delay(Effect.succeed(Redacted.make("key")), "1 seconds"),
          timeout: "2 seconds"
        })
        const call = yield* Effect.fork(Effect.flip(centrifugo.publish(publish)))
        yield* TestClock.adjust("1 seconds")
        yield* stub.received
        yield* TestClock.adjust("999 millis")
        assert.isNull(call.unsafePoll())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Fiber.join(call))._tag, "CentrifugoTimeoutError")
      })
    )

    it.scopedLive("the key of that attempt is redacted in an answer that quotes it", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(Stub.always({ status: 500, body: `wrong key ${apiKey}` }))
        const centrifugo = yield* make({
          ...options(stub.url),
          apiKey: Effect.succeed(Redacted.make(apiKey))
        })
        assertKeyless(yield* Effect.flip(centrifugo.publish(publish)))
      })
    )
  })
}
