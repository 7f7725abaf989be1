import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted } from "effect"
import { announce, type BadEnvironment, ClustersLive } from "../src/clusters/clusters.js"

const variables = (changed: { readonly [name: string]: string | undefined }) =>
  ConfigProvider.fromMap(
    new Map(
      Object.entries({
        EU_API_URL: "http://127.0.0.1:1/api",
        EU_API_KEY: "s3cret-eu",
        US_API_URL: "http://127.0.0.1:2/api",
        US_API_KEY: "s3cret-us",
        ...changed
      }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
    )
  )

describe("clusters from the environment", () => {
  it.scopedLive("publishes to both", () =>
    Effect.gen(function* () {
      const [eu, us] = [yield* EmbeddedServer.start(), yield* EmbeddedServer.start()]
      const environment = variables({
        EU_API_URL: eu.apiUrl,
        EU_API_KEY: Redacted.value(eu.apiKey),
        US_API_URL: us.apiUrl,
        US_API_KEY: Redacted.value(us.apiKey)
      })
      yield* announce("hello").pipe(Effect.provide(ClustersLive), Effect.withConfigProvider(environment))
      for (const server of [eu, us]) {
        assert.deepStrictEqual(yield* server.published("news"), [{ text: "hello" }])
      }
    })
  )

  it.effect.each<readonly [string, { readonly [name: string]: string | undefined }, RegExp]>([
    ["a missing URL", { US_API_URL: undefined }, /^cluster US: .*US_API_URL/],
    ["a missing key", { EU_API_KEY: undefined }, /^cluster EU: .*EU_API_KEY/],
    ["a URL that cannot work", { EU_API_URL: "eu.example.com" }, /^cluster EU: .*configuration, url: /],
    ["an empty key", { US_API_KEY: " " }, /^cluster US: .*configuration, apiKey: /]
  ])("%s is one typed error that names the cluster, without a key", ([, changed, expected]) =>
    Effect.gen(function* () {
      const error: Effect.Effect.Error<typeof failing> = yield* Effect.flip(failing)
      assert.strictEqual(error._tag, "BadEnvironment" satisfies BadEnvironment["_tag"])
      assert.match(error.message, expected)
      assert.notInclude(error.message, "s3cret")
    }).pipe(Effect.withConfigProvider(variables(changed)))
  )
})

const failing = Effect.scoped(Effect.provide(Effect.void, ClustersLive))
