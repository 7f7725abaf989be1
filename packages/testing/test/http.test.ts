/** The HttpApp, mounted in a program. */
import * as HttpApp from "@effect/platform/HttpApp"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CentrifugoTest } from "../src/index.js"

const mounted = (options?: CentrifugoTest.ServerOptions) =>
  Effect.map(CentrifugoTest.make(options), (kit) => {
    const handle = HttpApp.toWebHandler(
      Effect.provideService(CentrifugoTest.httpApp, CentrifugoTest.CentrifugoTest, kit)
    )
    const post = (
      path: string,
      body: string,
      headers: Record<string, string> = { "x-api-key": "test-key" }
    ) =>
      Effect.promise(async () => {
        const response = await handle(
          new Request(`http://localhost${path}`, { method: "POST", body, headers, redirect: "manual" })
        )
        return { status: response.status, headers: response.headers, body: await response.text() }
      })
    return { kit, handle, post }
  })

describe("the HttpApp", () => {
  it.effect("answers as the server does", () =>
    Effect.gen(function* () {
      const { kit, post } = yield* mounted()
      const published = yield* post("/api/publish", '{"channel":"a","data":{"é":"<&>"}}')
      assert.strictEqual(published.status, 200)
      assert.strictEqual(published.headers.get("content-type"), "application/json")
      assert.strictEqual(published.body, '{"result":{"offset":1,"epoch":"aaaaaaab"}}')
      assert.deepStrictEqual(yield* kit.published("a"), [{ é: "<&>" }])
      const error = yield* post("/api/publish", "{}")
      assert.strictEqual(error.body, '{"error":{"code":107,"message":"bad request"}}')
      const bare = yield* post("/api/publish", '{"version":"5"}')
      assert.deepStrictEqual([bare.status, bare.body], [400, "Bad Request\n"])
    })
  )

  it.effect("converts codes to statuses if the request or the configuration says so", () =>
    Effect.gen(function* () {
      const headers = { "x-api-key": "test-key", "x-centrifugo-error-mode": "transport" }
      const asked = yield* (yield* mounted()).post(
        "/api/history",
        '{"channel":"a","limit":1,"since":{"epoch":"x"}}',
        headers
      )
      assert.deepStrictEqual(
        [asked.status, asked.body],
        [416, '{"code":112,"message":"unrecoverable position"}']
      )
      const configured = yield* (yield* mounted({ errorMode: "transport" })).post(
        "/api/rpc",
        '{"method":"x"}'
      )
      assert.deepStrictEqual(
        [configured.status, configured.body],
        [404, '{"code":104,"message":"not found"}']
      )
    })
  )

  it.effect("has configurable paths and keys", () =>
    Effect.gen(function* () {
      const { handle, post } = yield* mounted({ prefix: "/push/", apiKey: "secret" })
      const statusOf = (path: string, headers?: Record<string, string>) =>
        Effect.map(post(path, "{}", headers), ({ status }) => status)
      assert.strictEqual(yield* statusOf("/push/info", { "x-api-key": "secret" }), 200)
      assert.strictEqual(yield* statusOf("/push/info", { authorization: "ApiKey secret" }), 200)
      assert.strictEqual(yield* statusOf("/push/info?api_key=secret", { "x-api-key": "wrong" }), 200)
      assert.strictEqual(
        yield* statusOf("/push/info", { "x-api-key": "wrong", authorization: "apikey secret" }),
        401
      )
      assert.strictEqual(yield* statusOf("/push/info", {}), 401)
      assert.strictEqual(yield* statusOf("/api/info", { "x-api-key": "secret" }), 404)
      assert.strictEqual((yield* post("/push//info", "{}")).headers.get("location"), "/push/info")
      const get = yield* Effect.promise(() => handle(new Request("http://localhost/push/info")))
      assert.strictEqual(get.status, 405)
    })
  )

  it.effect("breaks off an answer with a failing body", () =>
    Effect.gen(function* () {
      const { handle, kit } = yield* mounted()
      for (const fault of [{ reset: true }, { cutoff: true }] as const) {
        yield* kit.failNext("info", fault)
        const failure = yield* Effect.promise(async () => {
          const response = await handle(
            new Request("http://localhost/api/info", { method: "POST", headers: { "x-api-key": "test-key" } })
          )
          return response.text().catch((error: unknown) => error)
        })
        assert.instanceOf(failure, Error)
      }
    })
  )
})
