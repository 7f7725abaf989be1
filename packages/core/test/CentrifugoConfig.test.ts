import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Redacted } from "effect"
import { inspect } from "node:util"
import { CentrifugoConfig } from "../src/index.js"

const apiKey = Redacted.make("s3cret-key")
const url = "http://localhost:8000/api"

/** Values that only untyped callers can pass. */
const make = (options: object) =>
  CentrifugoConfig.make({ url, apiKey, ...options } as CentrifugoConfig.Options)

/** A constant key. */
const textOf = ({ apiKey }: CentrifugoConfig.CentrifugoConfig) =>
  Redacted.isRedacted(apiKey) ? Redacted.value(apiKey) : assert.fail("an effect")

const shown = (value: unknown) =>
  String(value) + inspect(value, { depth: Infinity, showHidden: true }) + JSON.stringify(value)

describe("a url", () => {
  it.effect.each<readonly [string | URL, string, string]>([
    ["http://localhost:8000/api", "http://localhost:8000", "/api"],
    ["http://h/api/", "http://h", "/api"],
    ["http://h/api//", "http://h", "/api"],
    ["http://h", "http://h", ""],
    ["http://h/", "http://h", ""],
    ["https://h:443/api", "https://h", "/api"],
    ["https://h/behind/a/prefix/api", "https://h", "/behind/a/prefix/api"],
    ["HTTP://Example.COM/Api", "http://example.com", "/Api"],
    [" http://h/api\n", "http://h", "/api"],
    ["http://[::1]:8000/api", "http://[::1]:8000", "/api"],
    ["http://10.0.0.1:8000/api", "http://10.0.0.1:8000", "/api"],
    [new URL("http://h:8000/api/"), "http://h:8000", "/api"]
  ])("%s is normalised", ([url, origin, path]) =>
    Effect.gen(function* () {
      const config = yield* make({ url })
      assert.deepInclude(config, { origin, path })
    })
  )

  it.effect.each<readonly [unknown, RegExp]>([
    ["", /empty; expected a URL such as http:\/\/localhost:8000\/api/],
    [" \n", /empty/],
    [undefined, /absolute URL/],
    [null, /absolute URL/],
    ["localhost:8000/api", /absolute URL that begins with http/],
    ["localhost", /absolute URL/],
    ["/api", /absolute URL/],
    ["//h/api", /absolute URL/],
    ["http://", /absolute URL/],
    ["http://h:99999/api", /absolute URL/],
    ["ftp://h/api", /absolute URL/],
    ["file:///api", /absolute URL/],
    ["ws://h/api", /for clients; the server API uses http/],
    ["WSS://h/connection/websocket", /ws:\/\/ is for clients/],
    ["http://user:p4ssword@h/api", /must not contain a user or password/],
    ["http://user@h/api", /must not contain a user or password/],
    ["http://h/api?api_key=s3cret-key", /apiKey, not into the URL/],
    ["http://h/api#p4ssword", /must not have a query or a fragment/]
  ])("%s is refused, with what to do", ([url, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make({ url }))
      assert.strictEqual(error._tag, "CentrifugoConfigError")
      assert.strictEqual(error.option, "url")
      assert.match(error.detail, detail)
      assert.strictEqual(
        String(error),
        `CentrifugoConfigError: Centrifugo configuration, url: ${error.detail}.`
      )
      assert.notMatch(shown(error), /s3cret|p4ssword/)
    })
  )
})

describe("a key", () => {
  it.effect.each(["key\n", "key\r\n", " key ", "\tkey"])("%j is trimmed", (key) =>
    Effect.gen(function* () {
      const config = yield* make({ apiKey: Redacted.make(key) })
      assert.strictEqual(textOf(config), "key")
    })
  )

  it.effect("can have any printable ASCII character, and stays hidden in the config", () =>
    Effect.gen(function* () {
      const key = "!s3cret \"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
      const config = yield* make({ apiKey: Redacted.make(key) })
      assert.strictEqual(textOf(config), key)
      assert.notInclude(shown(config), "s3cret")
    })
  )

  it.effect.each<readonly [string, unknown, RegExp]>([
    ["an empty key", Redacted.make(""), /empty; it must be the server's http_api\.key/],
    ["a blank key", Redacted.make(" \n"), /empty/],
    ["a key with two lines", Redacted.make("s3cret\nkey"), /no HTTP header can carry/],
    ["a key with a NUL", Redacted.make("s3cret\0key"), /no HTTP header can carry/],
    ["a non-ASCII key", Redacted.make("s3cret-kéy"), /printable ASCII/],
    ["a key with a zero-width space", Redacted.make("s3cret\u200b"), /printable ASCII/],
    ["a plain string", "s3cret-key", /Redacted\.make\(key\)/],
    ["no key", undefined, /Redacted\.make\(key\)/],
    ["a key from an unset variable", Redacted.make(undefined), /contains no string/],
    ["a Redacted without a string", Redacted.make({ key: "s3cret-key" }), /contains no string/]
  ])("%s is refused, without repeating it", ([_, apiKey, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make({ apiKey }))
      assert.deepInclude(error, { _tag: "CentrifugoConfigError", option: "apiKey" })
      assert.match(error.detail, detail)
      assert.notInclude(shown(error), "s3cret")
    })
  )
})

describe("the key's header", () => {
  const headersOf = (options: object) =>
    Effect.map(make(options), (config) =>
      CentrifugoConfig.headersOf(config, apiKey, { "x-call": "1", "x-own": "of the call" })
    )

  it.effect("is only X-API-Key, beside the headers of the layer and of the call", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* headersOf({ headers: { "X-Own": "of the layer", "X-Layer": "1" } }), {
        "content-type": "application/json",
        "x-layer": "1",
        "x-own": "of the call",
        "x-call": "1",
        "x-api-key": "s3cret-key"
      })
    })
  )

  it.effect("is only Authorization if auth says so", () =>
    Effect.gen(function* () {
      const headers = yield* headersOf({ auth: "authorization" })
      assert.strictEqual(headers.authorization, "apikey s3cret-key")
      assert.notProperty(headers, "x-api-key")
    })
  )

  it.effect.each<readonly [object, string, RegExp]>([
    [{ auth: "bearer" }, "auth", /"x-api-key" or "authorization"/],
    [
      { auth: "authorization", headers: { authorization: "Basic cDpw" } },
      "headers",
      /this header carries the API key/
    ],
    [
      { auth: "authorization", apiKey: Redacted.make("s3cret key") },
      "apiKey",
      /can't read a key with a space/
    ]
  ])("is refused where the server could not read it: %j", ([options, option, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make(options))
      assert.strictEqual(error.option, option)
      assert.match(error.detail, detail)
      assert.notInclude(shown(error), "s3cret")
    })
  )
})

describe("a key that is an effect", () => {
  const call = { method: "publish", headers: {} }
  const keyOf = (key: Effect.Effect<Redacted.Redacted, unknown>) =>
    Effect.flatMap(make({ apiKey: key }), (config) => CentrifugoConfig.keyOf(config, call))

  it.effect("runs for each attempt, and its key is trimmed", () =>
    Effect.gen(function* () {
      let reads = 0
      const config = yield* make({ apiKey: Effect.sync(() => Redacted.make(`key-${++reads}\n`)) })
      assert.strictEqual(reads, 0)
      assert.strictEqual(Redacted.value(yield* CentrifugoConfig.keyOf(config, call)), "key-1")
      assert.strictEqual(Redacted.value(yield* CentrifugoConfig.keyOf(config, call)), "key-2")
    })
  )

  it.effect.each<readonly [string, Effect.Effect<Redacted.Redacted, unknown>, RegExp]>([
    ["fails", Effect.fail(new Error("vault is sealed")), /failed: vault is sealed/],
    ["dies", Effect.die(new Error("no such file")), /failed: no such file/],
    ["fails with a value that is not an Error", Effect.fail({ token: "s3cret" }), /failed/],
    ["returns an empty key", Effect.succeed(Redacted.make("")), /empty/],
    ["returns a plain string", Effect.succeed("s3cret" as never), /Redacted\.make/],
    [
      "returns a key that no header can contain",
      Effect.succeed(Redacted.make("s3cret\nkey")),
      /no HTTP header/
    ]
  ])("that %s is an ApiKeyError, without repeating it", ([_, key, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(keyOf(key))
      assert.deepInclude(error, { _tag: "CentrifugoApiKeyError", method: "publish" })
      assert.match(error.message, detail)
      assert.notInclude(shown(error), "s3cret")
    })
  )
})

describe("headers", () => {
  it.effect("have lower-case names and unchanged values", () =>
    Effect.gen(function* () {
      const headers = {
        "X-Tenant": "A b",
        Authorization: "Basic cDpw",
        "X-Centrifugo-Error-Mode": "transport"
      }
      const config = yield* make({ headers })
      assert.deepStrictEqual(config.headers, {
        "x-tenant": "A b",
        authorization: "Basic cDpw",
        "x-centrifugo-error-mode": "transport"
      })
      assert.deepStrictEqual((yield* make({})).headers, {})
    })
  )

  it.effect.each<readonly [string, object, RegExp]>([
    ["a name with a space", { "x tenant": "s3cret" }, /"x tenant": it is not a valid header name/],
    ["a name with a line break", { "x\r\ny": "s3cret" }, /not a valid header name/],
    ["an empty name", { "": "s3cret" }, /not a valid header name/],
    ["a value with a line break", { "x-a": "s3cret\r\nx-b: 1" }, /"x-a": its value must be printable ASCII/],
    ["a value beyond ASCII", { "x-a": "s3crét s3cret" }, /"x-a": its value/],
    ["a value that is no text", { "x-a": ["s3cret"] }, /"x-a": its value/],
    ["a value that is not set", { "x-a": undefined }, /"x-a": its value/],
    ["the key's header", { "X-API-Key": "s3cret" }, /"X-API-Key": it is set by this client; use apiKey/],
    ["the content type", { "Content-Type": "text/s3cret" }, /"Content-Type": it is set by this client/],
    ["the length", { "content-length": "1" }, /set by this client/],
    ["the host", { Host: "s3cret" }, /set by this client/],
    ["what belongs to the connection", { "Transfer-Encoding": "chunked" }, /set by this client/],
    ["one name in two cases", { "X-A": "s3cret", "x-a": "s3cret" }, /"x-a": it is set twice/],
    ["a key in Authorization", { Authorization: "apikey s3cret" }, /it holds an API key; use apiKey/],
    ["a Map", new Map([["x-a", "s3cret"]]), /a plain object of names and values/],
    ["the Web's Headers", new Headers({ "x-a": "s3cret" }), /a plain object of names and values/]
  ])("%s is refused, without repeating the value", ([_, headers, detail]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make({ headers }))
      assert.deepInclude(error, { _tag: "CentrifugoConfigError", option: "headers" })
      assert.match(error.detail, detail)
      assert.notInclude(shown(error), "s3cret")
    })
  )
})

describe("a response size", () => {
  it.effect("is 64 MiB by default", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* make({})).maxResponseSize, 64 * 1024 * 1024)
      assert.strictEqual((yield* make({ maxResponseSize: 1 })).maxResponseSize, 1)
    })
  )

  it.effect.each<readonly [unknown]>([[0], [-1], [1.5], [NaN], [Infinity], ["1000"], [null]])(
    "of %s is refused",
    ([maxResponseSize]) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(make({ maxResponseSize }))
        assert.deepInclude(error, { _tag: "CentrifugoConfigError", option: "maxResponseSize" })
      })
  )
})

describe("from Config", () => {
  const withEnv = (env: ReadonlyArray<readonly [string, string]>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(env)))

  it.effect("reads the default names, and keeps plain options", () =>
    Effect.gen(function* () {
      const plain: CentrifugoConfig.FromConfig<CentrifugoConfig.Options> = {
        maxResponseSize: 5,
        headers: { "x-a": "1" }
      }
      const options = yield* CentrifugoConfig.read(plain)
      const config = yield* CentrifugoConfig.make({ ...options, url: String(options.url) })
      assert.deepInclude(config, { origin: "http://h", path: "/api", maxResponseSize: 5 })
      assert.deepStrictEqual(config.headers, { "x-a": "1" })
      assert.strictEqual(textOf(config), "s3cret")
      assert.notInclude(shown(options) + shown(config), "s3cret")
    }).pipe(
      withEnv([
        ["CENTRIFUGO_API_URL", "http://h/api"],
        ["CENTRIFUGO_API_KEY", "s3cret\n"]
      ])
    )
  )

  it.effect("reads custom names", () =>
    Effect.gen(function* () {
      const options = yield* CentrifugoConfig.read({
        url: Config.string("PUSH_URL"),
        apiKey: Config.redacted("PUSH_KEY")
      })
      const config = yield* CentrifugoConfig.make({ ...options, url: String(options.url) })
      assert.deepInclude(config, { origin: "http://h", path: "" })
    }).pipe(
      withEnv([
        ["PUSH_URL", "http://h"],
        ["PUSH_KEY", "k"]
      ])
    )
  )

  it.effect("names the missing variable", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(CentrifugoConfig.read({}))
      assert.include(String(error), "CENTRIFUGO_API_KEY")
    }).pipe(withEnv([["CENTRIFUGO_API_URL", "http://h"]]))
  )

  it.effect("refuses invalid values like plain options", () =>
    Effect.gen(function* () {
      const options = yield* CentrifugoConfig.read({})
      const error = yield* Effect.flip(CentrifugoConfig.make({ ...options, url: String(options.url) }))
      assert.strictEqual(error.option, "url")
    }).pipe(
      withEnv([
        ["CENTRIFUGO_API_URL", "localhost:8000"],
        ["CENTRIFUGO_API_KEY", "k"]
      ])
    )
  )
})
