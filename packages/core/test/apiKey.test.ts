/** The two forms of the key's header, rotating keys, and other headers. */
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Exit, Redacted } from "effect"
import { CentrifugoConfig } from "../src/index.js"

const url = "http://localhost:8000/api"
const key = Redacted.make("k3y")
const make = (options: Partial<CentrifugoConfig.Options>) =>
  CentrifugoConfig.make({ url, apiKey: key, ...options })
const call = { method: "publish", headers: {} }

const refused = (
  options: Partial<CentrifugoConfig.Options>,
  option: string,
  ...parts: ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(make(options))
    assert.strictEqual(error.option, option)
    for (const part of parts) assert.include(error.message, part)
    assert.notInclude(error.message, "v4lue")
  })

describe("auth", () => {
  it.effect("is X-API-Key by default, without Authorization", () =>
    Effect.gen(function* () {
      const config = yield* make({ headers: { "X-Tenant": "a" } })
      assert.deepStrictEqual(CentrifugoConfig.headersOf(config, key), {
        "content-type": "application/json",
        "x-tenant": "a",
        "x-api-key": "k3y"
      })
    })
  )

  it.effect("is Authorization if set, without X-API-Key", () =>
    Effect.gen(function* () {
      const config = yield* make({ auth: "authorization" })
      assert.deepStrictEqual(CentrifugoConfig.headersOf(config, key, { "x-call": "1" }), {
        "content-type": "application/json",
        "x-call": "1",
        authorization: "apikey k3y"
      })
    })
  )

  it.effect("never sends both headers, because the server reads only the first", () =>
    Effect.gen(function* () {
      yield* refused({ headers: { "X-API-Key": "v4lue" } }, "headers", "X-API-Key", "use apiKey")
      yield* refused({ headers: { Authorization: "ApiKey v4lue" } }, "headers", "Authorization", "auth")
      const both = { auth: "authorization" } as const
      yield* refused({ ...both, headers: { Authorization: "Bearer v4lue" } }, "headers", "authorization")
      yield* refused({ ...both, headers: { "X-API-Key": "v4lue" } }, "headers", "X-API-Key")
    })
  )

  it.effect("sends a gateway's own Authorization beside X-API-Key", () =>
    Effect.gen(function* () {
      const config = yield* make({ headers: { Authorization: "Bearer gateway" } })
      assert.include(CentrifugoConfig.headersOf(config, key), {
        authorization: "Bearer gateway",
        "x-api-key": "k3y"
      })
    })
  )

  it.effect("refuses a key with a space in Authorization, because the server expects two words", () =>
    Effect.gen(function* () {
      const apiKey = Redacted.make("v4lue v4lue")
      yield* refused({ apiKey, auth: "authorization" }, "apiKey", "space", "x-api-key")
      assert.strictEqual((yield* make({ apiKey })).auth, "x-api-key")
    })
  )

  it.effect("refuses any other form", () =>
    refused({ auth: "bearer" as "authorization" }, "auth", "authorization")
  )

  it.effect("headers that are not a plain object, or are given twice, are refused", () =>
    Effect.gen(function* () {
      const list = [["x-a", "v4lue"]] as unknown as Record<string, string>
      yield* refused({ headers: list }, "headers", "plain object")
      yield* refused({ headers: { "X-A": "v4lue", "x-a": "v4lue" } }, "headers", "x-a", "twice")
    })
  )
})

describe("keys that rotate", () => {
  it.effect("are read for each call, and not before", () =>
    Effect.gen(function* () {
      let reads = 0
      const config = yield* make({ apiKey: Effect.sync(() => Redacted.make(`key-${++reads}`)) })
      assert.strictEqual(reads, 0)
      assert.strictEqual(Redacted.value(yield* CentrifugoConfig.keyOf(config, call)), "key-1")
      assert.strictEqual(Redacted.value(yield* CentrifugoConfig.keyOf(config, call)), "key-2")
    })
  )

  it.effect("can be a Config", () =>
    Effect.gen(function* () {
      const config = yield* make({ apiKey: Config.redacted("KEY") })
      const read = CentrifugoConfig.keyOf(config, call)
      const provider = ConfigProvider.fromMap(new Map([["KEY", "k3y"]]))
      assert.strictEqual(Redacted.value(yield* Effect.withConfigProvider(read, provider)), "k3y")
      const error = yield* Effect.flip(read)
      assert.strictEqual(error._tag, "CentrifugoApiKeyError")
      assert.include(error.message, "KEY")
    })
  )

  it.effect("leave an interrupted call interrupted", () =>
    Effect.gen(function* () {
      const config = yield* make({ apiKey: Effect.interrupt })
      const exit = yield* Effect.exit(CentrifugoConfig.keyOf(config, call))
      assert.isTrue(Exit.isInterrupted(exit))
    })
  )
})
