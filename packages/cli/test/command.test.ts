import { assert, describe, it } from "@effect/vitest"
import { CentrifugoApi } from "@effect-centrifugo/core"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { Effect } from "effect"
import { kebabCase } from "../src/flags.js"
import { command, environment, result } from "./support.js"

const server = Effect.map(EmbeddedServer.start({ apiKey: "the-api-key" }), ({ apiUrl }) =>
  environment(apiUrl)
)

describe("a method", () => {
  it.scopedLive("takes flags and answers JSON", () =>
    Effect.gen(function* () {
      const env = yield* server
      const call = (...args: ReadonlyArray<string>) => result(env, ...args)
      const text = '{"text":"hello"}'
      const first = yield* call(
        "publish",
        "--channel",
        "a:b",
        "--data",
        text,
        "--tags",
        "x=y",
        "--tags",
        "z=w"
      )
      assert.deepInclude(first, { offset: 1 })
      const all = yield* call("broadcast", "--channels", "a:b", "--channels", "c:d", "--data", "-5")
      const [{ outcome }] = all as [{ readonly outcome: unknown }]
      assert.deepInclude(outcome, { offset: 2 })
      const history = yield* call("history", "--channel", "a:b", "--limit", "-1")
      assert.deepInclude(history, {
        publications: [
          { data: { text: "hello" }, offset: 1, tags: { x: "y", z: "w" } },
          { data: -5, offset: 2, tags: {} }
        ]
      })
      assert.deepStrictEqual(yield* call("presence", "--channel", "a:b"), { presence: {} })
      assert.deepStrictEqual(yield* call("channels"), { channels: {} })
      assert.deepStrictEqual(yield* call("disconnect", "--user", ""), {})
      const { nodes } = (yield* call("info")) as { readonly nodes: ReadonlyArray<unknown> }
      assert.lengthOf(nodes, 1)
    })
  )

  it.scopedLive("distinguishes the version of the data from the version of the command", () =>
    Effect.gen(function* () {
      const env = yield* server
      const publish = ["publish", "--channel", "a:b", "--data", "1", "--data-version", "18446744073709551615"]
      assert.deepInclude(yield* result(env, ...publish), { offset: 1 })
      assert.match((yield* command(env, "--version")).out, /^\d+\.\d+\.\d+/)
    })
  )

  it.scopedLive("fails with the error's message on standard error", () =>
    Effect.gen(function* () {
      const env = yield* server
      const { CENTRIFUGO_API_KEY: _, ...keyless } = env
      for (const [args, words, given] of [
        [
          ["history", "--channel", "a", "--limit", "ten"],
          "history: not sent, the request can't be encoded at limit"
        ],
        [["publish", "--channel", "a", "--data", "hello"], "--data: expected JSON"],
        [["publish", "--data", "1"], "--channel"],
        [["info", "--url", "http://127.0.0.1:1/api"], "ECONNREFUSED"],
        [["info"], "CENTRIFUGO_API_KEY is not set", keyless],
        [["info"], "the API key was not accepted", { ...env, CENTRIFUGO_API_KEY: "another-key" }],
        [["info", "--bogus"], "--bogus"]
      ] as const) {
        const { err, ok, out } = yield* command(given ?? env, ...args)
        assert.include(err, words)
        assert.deepStrictEqual([ok, out], [false, ""])
        assert.notMatch(err, /the-api-key|another-key/)
      }
    })
  )

  it.scopedLive("prints a partially failed broadcast, and fails", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* EmbeddedServer.start({
        apiKey: "the-api-key",
        channel: { namespaces: [{ name: "chat" }] }
      })
      const args = ["broadcast", "--channels", "chat:1", "--channels", "nope:1", "--data", "1"]
      const { err, ok, out } = yield* command(environment(apiUrl), ...args)
      const [, second] = JSON.parse(out) as [unknown, { readonly outcome: unknown }]
      assert.nestedInclude(second, {
        channel: "nope:1",
        "outcome.error.tag": "CentrifugoUnknownChannelError"
      })
      assert.include(err, "1 failed")
      assert.isFalse(ok)
    })
  )

  it.effect("has a command by its name, with help", () =>
    Effect.gen(function* () {
      const { out } = yield* command({}, "--help")
      for (const name of Object.keys(CentrifugoApi.methods)) assert.include(out, `- ${kebabCase(name)} `)
      const help = yield* command({}, "map-publish", "--help")
      for (const flag of ["--stream-data json", "--key-mode", "--data-version integer"]) {
        assert.include(help.out, flag)
      }
      const completions = yield* command({}, "--completions", "bash")
      assert.include(completions.out, "presence-stats")
    })
  )
})

describe("token", () => {
  const env = environment("http://127.0.0.1:1/api")

  it.live("mints tokens that decode and verify can read", () =>
    Effect.gen(function* () {
      const user = ["--user", "42", "--expires", "10 minutes"]
      const info = ["--info", '{"name":"Alice"}']
      const minted = yield* result(env, "token", "connection", ...user, ...info, "--channels", "news")
      const { token } = minted as { readonly token: string }
      const claims = yield* result(env, "token", "verify", token)
      assert.deepInclude(claims, {
        _tag: "Connection",
        user: "42",
        info: { name: "Alice" },
        channels: ["news"]
      })
      // Without a key.
      assert.deepStrictEqual(yield* result({}, "token", "decode", token), claims)
      const { err, ok } = yield* command(env, "token", "verify", `${token}x`)
      assert.include(err, "signature")
      assert.isFalse(ok)
    })
  )

  it.live("mints subscription tokens, and verifies them against a request", () =>
    Effect.gen(function* () {
      const times = ["--expires", "2100-01-01T00:00:00Z", "--expire-at", "never"]
      const minted = yield* result(
        env,
        "token",
        "subscription",
        "--user",
        "42",
        "--channel",
        "chat:7",
        ...times
      )
      const { token } = minted as { readonly token: string }
      const claims = yield* result(env, "token", "verify", "--channel", "chat:7", "--user", "42", token)
      assert.deepInclude(claims, {
        _tag: "Subscription",
        channel: "chat:7",
        expires: 4102444800,
        expireAt: 0
      })
      const { err, ok } = yield* command(env, "token", "verify", "--channel", "chat:8", token)
      assert.include(err, "channel")
      assert.isFalse(ok)
    })
  )

  it.live("refuses invalid options", () =>
    Effect.gen(function* () {
      for (const [args, words, given] of [
        [["--user", "1", "--expires", "soon"], '--expires: expected a duration ("10 minutes")'],
        [["--expires", "never"], "expected either --user or --anonymous"],
        [["--user", "", "--expires", "never"], "anonymous"],
        [["--user", "1", "--expires", "never"], "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY is not set", {}]
      ] as const) {
        const { err, ok, out } = yield* command(given ?? env, "token", "connection", ...args)
        assert.include(err, words)
        assert.deepStrictEqual([ok, out], [false, ""])
      }
      assert.property(yield* result(env, "token", "connection", "--anonymous", "--expires", "never"), "token")
    })
  )
})
