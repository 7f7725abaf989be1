import { HttpApiBuilder, HttpServer } from "@effect/platform"
import { CentrifugoPromise } from "@effect-centrifugo/node"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { postMessage } from "../src/http-errors/handler.js"
import { ApiLive } from "../src/http-errors/Messages.js"

const channel: CentrifugoTest.ChannelConfig = { namespaces: [{ name: "chat" }] }

interface Case {
  readonly fault: CentrifugoTest.Fault
  readonly status: number
  readonly published: "no" | "maybe"
}

const cases: ReadonlyArray<Case> = [
  { fault: { code: 102 }, status: 500, published: "no" },
  { fault: { code: 107 }, status: 500, published: "no" },
  { fault: { status: 401 }, status: 500, published: "no" },
  { fault: { code: 100 }, status: 502, published: "maybe" },
  { fault: { code: 999 }, status: 502, published: "maybe" },
  { fault: { status: 502, body: "<html>" }, status: 502, published: "maybe" },
  { fault: { reset: true, carriedOut: true }, status: 502, published: "maybe" },
  { fault: { status: 503 }, status: 503, published: "maybe" },
  { fault: { stall: true, carriedOut: true }, status: 504, published: "maybe" }
]

const request = () =>
  new Request("http://localhost/rooms/42", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "hello" })
  })

const titled = cases.map((given) => [JSON.stringify(given.fault), given] as const)

describe("an HttpApi", () => {
  const api = (given?: CentrifugoTest.Fault) =>
    Effect.gen(function* () {
      const context = yield* Layer.build(CentrifugoTest.layer({ channel, client: { timeout: 200 } }))
      if (given !== undefined) yield* Effect.provide(CentrifugoTest.failNext("publish", given), context)
      const live = Layer.mergeAll(
        Layer.provide(ApiLive, Layer.succeedContext(context)),
        HttpServer.layerContext
      )
      const { dispose, handler } = HttpApiBuilder.toWebHandler(live)
      yield* Effect.addFinalizer(() => Effect.promise(dispose))
      return yield* Effect.promise(() => handler(request()))
    })

  it.scopedLive("publishes", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* api()).status, 204)
    })
  )

  it.scopedLive.each(titled)("%s", ([, { fault, published, status }]) =>
    Effect.gen(function* () {
      const response = yield* api(fault)
      assert.strictEqual(response.status, status)
      assert.deepInclude(yield* Effect.promise(() => response.json()), { published })
    })
  )
})

describe("a plain handler", () => {
  const post = (given?: CentrifugoTest.Fault) =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start({ channel })
      if (given !== undefined) yield* server.failNext("publish", given)
      return yield* call(server.apiUrl, Redacted.value(server.apiKey))
    })

  const call = (url: string, apiKey: string) =>
    Effect.promise(async () => {
      await using centrifugo = await CentrifugoPromise.make({ url, apiKey, timeout: 1000 })
      // Connects first, so that a slow connection does not change the effect of a fault.
      await centrifugo.check().catch(() => undefined)
      return await postMessage(centrifugo, "42", request())
    })

  it.scopedLive("publishes", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* post()).status, 204)
    })
  )

  it.scopedLive("without a server nothing is published, and the status is 503", () =>
    Effect.gen(function* () {
      const response = yield* call("http://127.0.0.1:1/api", "api_key")
      assert.strictEqual(response.status, 503)
      assert.deepStrictEqual(yield* Effect.promise(() => response.json()), { published: "no" })
    })
  )

  it.scopedLive.each(titled)("%s", ([, { fault, published, status }]) =>
    Effect.gen(function* () {
      const response = yield* post(fault)
      assert.strictEqual(response.status, status)
      assert.deepStrictEqual(yield* Effect.promise(() => response.json()), { published })
    })
  )
})
