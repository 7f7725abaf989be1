/** `HttpTransport` over custom HTTP clients, good and bad. */
import { Centrifugo, HttpTransport, RetryPolicy } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import {
  FetchHttpClient,
  HttpClient,
  HttpClientError,
  type HttpClientRequest,
  HttpClientResponse
} from "@effect/platform"
import { Config, ConfigProvider, Context, Effect, Fiber, Layer, Redacted, TestClock } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { apiKey, options, over } from "./over.js"
import { assertKeyless } from "./secrets.js"
import * as Stub from "./stub.js"

const url = "http://centrifugo.example.com/api"
const publish = { channel: "news", data: 1 }

/** A client that answers without a server. */
const fake = (
  answer: (request: HttpClientRequest.HttpClientRequest) => ReturnType<HttpClient.HttpClient["execute"]>
) => over(Layer.succeed(HttpClient.HttpClient, HttpClient.make(answer)))

const reply = (request: HttpClientRequest.HttpClientRequest, response: Response) =>
  Effect.succeed(HttpClientResponse.fromWeb(request, response))

describe("HttpTransport over a custom client", () => {
  it.scopedLive(
    "a client that throws, dies, interrupts itself or fails with anything -> NetworkError, unknown",
    () =>
      Effect.gen(function* () {
        const broken: ReadonlyArray<Parameters<typeof fake>[0]> = [
          () => {
            throw new Error("broken")
          },
          () => Effect.die(new Error("broken")),
          () => Effect.die("broken"),
          () => Effect.interrupt,
          (request) => Effect.die(request),
          (request) => Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport" })),
          () => Effect.fail("broken" as never),
          () => Effect.fail(undefined as never)
        ]
        for (const answer of broken) {
          const centrifugo = yield* fake(answer)({ ...options(url), retry: RetryPolicy.none })
          const error = yield* Effect.flip(centrifugo.publish(publish))
          assert(error._tag === "CentrifugoNetworkError")
          assert.strictEqual(error.phase, "unknown")
          assertKeyless(error)
        }
      })
  )

  it.scopedLive("a request that the client could not create was not sent", () =>
    Effect.gen(function* () {
      const make = fake((request) =>
        Effect.fail(new HttpClientError.RequestError({ request, reason: "InvalidUrl" }))
      )
      const centrifugo = yield* make({ ...options(url), retry: RetryPolicy.none })
      const error = yield* Effect.flip(centrifugo.publish(publish))
      assert(error._tag === "CentrifugoNetworkError" && error.phase === "connect")
    })
  )

  it.scoped("a client that never answers ends with the call's timeout", () =>
    Effect.gen(function* () {
      const centrifugo = yield* fake(() => Effect.never)(options(url))
      const call = yield* Effect.fork(Effect.flip(centrifugo.publish(publish)))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(call))._tag, "CentrifugoTimeoutError")
    })
  )

  it.scoped("the timeout also ends a custom fetch that ignores its signal", () =>
    Effect.gen(function* () {
      const ignoring = Layer.succeed(FetchHttpClient.Fetch, () => new Promise<Response>(() => {}))
      const centrifugo = yield* over(Layer.provide(FetchHttpClient.layer, ignoring))(options(url))
      const call = yield* Effect.fork(Effect.flip(centrifugo.publish(publish)))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(call))._tag, "CentrifugoTimeoutError")
    })
  )

  it.scopedLive("a client that fails on other statuses gives the same errors", () =>
    Effect.gen(function* () {
      const strict = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, HttpClient.filterStatusOk)
      )
      const stub = yield* Stub.start(Stub.always({ status: 401 }))
      const centrifugo = yield* over(Layer.provide(strict, FetchHttpClient.layer))(options(stub.url))
      assert.strictEqual((yield* Effect.flip(centrifugo.info()))._tag, "CentrifugoUnauthorizedError")
    })
  )

  it.scopedLive("an opaque redirect, as in browsers, is a redirect", () =>
    Effect.gen(function* () {
      const make = fake((request) =>
        Effect.succeed(
          Object.create(HttpClientResponse.fromWeb(request, new Response(null)), {
            status: { value: 0 }
          }) as HttpClientResponse.HttpClientResponse
        )
      )
      const error = yield* Effect.flip((yield* make(options(url))).info())
      assert.strictEqual(error._tag, "CentrifugoRedirectError")
      assert.notInclude(error.message, "0")
    })
  )

  it.scopedLive("a compressed answer is counted after decompression", () =>
    Effect.gen(function* () {
      const make = fake((request) => {
        const headers = { "content-encoding": "gzip", "content-length": "10" }
        return reply(request, new Response("x".repeat(5000), { headers }))
      })
      const error = yield* Effect.flip((yield* make({ ...options(url), maxResponseSize: 1000 })).info())
      assert.strictEqual(error._tag, "CentrifugoResponseTooLargeError")
    })
  )

  it.scopedLive("the request is a POST to the method's path", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const make = fake((request) => {
        seen.push(`${request.method} ${request.url}`)
        return reply(request, new Response(Stub.published))
      })
      yield* (yield* make(options(`${url}//`))).publish(publish)
      assert.deepStrictEqual(seen, [`POST ${url}/publish`])
    })
  )
})

/** The target of a redirect, which would receive the key. */
const trap = Effect.gen(function* () {
  const seen: Array<string> = []
  const server = createServer((request, answer) => {
    seen.push(`${request.method} ${request.headers["x-api-key"]}`)
    answer.end("{}")
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
  )
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
})

describe("HttpTransport over fetch", () => {
  /** A fetch that records its options. */
  const noted = () => {
    const calls: Array<RequestInit> = []
    const recording: typeof fetch = (input, init) => {
      calls.push(init ?? {})
      return fetch(input, init)
    }
    return { calls, layer: Layer.succeed(FetchHttpClient.Fetch, recording) }
  }

  it.scopedLive("the key does not follow a redirect, with any fetch and RequestInit", () =>
    Effect.gen(function* () {
      const { seen, url: location } = yield* trap
      const stub = yield* Stub.start(Stub.always({ status: 307, headers: { location } }))
      const { calls, layer } = noted()
      const following = Layer.succeed(FetchHttpClient.RequestInit, { redirect: "follow" })
      const ways = [
        FetchHttpClient.layer,
        Layer.provide(FetchHttpClient.layer, layer),
        Layer.provide(FetchHttpClient.layer, following)
      ]
      for (const way of ways) {
        const error = yield* Effect.flip((yield* over(way)(options(stub.url))).publish(publish))
        assert.strictEqual(error._tag, "CentrifugoRedirectError")
      }
      const inside = yield* Effect.provide(Centrifugo.make(options(stub.url)), [
        FetchHttpClient.layer,
        following
      ])
      const outside = Effect.provide(inside.publish(publish), following)
      assert.strictEqual((yield* Effect.flip(outside))._tag, "CentrifugoRedirectError")
      assert.deepStrictEqual(seen, [])
      assert.strictEqual(calls.length, 1)
    })
  )

  it.scopedLive("a RequestInit beside the transport, or around the call, reaches fetch", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(Stub.always({ status: 200, body: Stub.published }))
      const { calls, layer } = noted()
      const client = Layer.provide(FetchHttpClient.layer, layer)
      const beside = Layer.succeed(FetchHttpClient.RequestInit, { referrerPolicy: "no-referrer" })
      const centrifugo = yield* Effect.provide(Centrifugo.make(options(stub.url)), [client, beside])
      yield* centrifugo.publish(publish)
      yield* Effect.provideService(centrifugo.publish(publish), FetchHttpClient.RequestInit, {
        integrity: ""
      })
      assert.deepStrictEqual(
        calls.map(({ integrity, redirect, referrerPolicy }) => ({ integrity, redirect, referrerPolicy })),
        [
          { integrity: undefined, redirect: "manual", referrerPolicy: "no-referrer" },
          { integrity: "", redirect: "manual", referrerPolicy: "no-referrer" }
        ]
      )
    })
  )
})

describe("Centrifugo's layers", () => {
  const stubbed = Stub.start(Stub.always({ status: 200, body: '{"result":{"nodes":[]}}' }))

  it.scopedLive("layer, and check on a reachable server", () =>
    Effect.gen(function* () {
      const stub = yield* stubbed
      const live = Layer.provide(Centrifugo.layer(options(stub.url)), FetchHttpClient.layer)
      yield* Effect.provide(
        Effect.flatMap(Centrifugo.Centrifugo, ({ check }) => check),
        live
      )
      assert.deepStrictEqual(
        stub.requests.map(({ body, path }) => path + body),
        ["/api/info{}"]
      )
    })
  )

  it.scopedLive("layerConfig reads the environment, or the given Config; timeouts are plain values", () =>
    Effect.gen(function* () {
      const stub = yield* stubbed
      const live = Centrifugo.layerConfig({ timeout: "2 seconds" }).pipe(
        Layer.provide(FetchHttpClient.layer),
        Layer.provide(
          Layer.setConfigProvider(
            ConfigProvider.fromMap(
              new Map([
                ["CENTRIFUGO_API_URL", stub.url],
                ["CENTRIFUGO_API_KEY", `${apiKey}\n`]
              ])
            )
          )
        )
      )
      yield* Effect.provide(
        Effect.flatMap(Centrifugo.Centrifugo, ({ check }) => check),
        live
      )
      assert.strictEqual((yield* stub.received).headers["x-api-key"], apiKey)
      const missing = Effect.provide(
        Centrifugo.Centrifugo,
        Layer.provide(Centrifugo.layerConfig(), FetchHttpClient.layer)
      )
      const error = yield* Effect.flip(Effect.withConfigProvider(missing, ConfigProvider.fromMap(new Map())))
      assert.include(String(error), "CENTRIFUGO_API_URL")
    })
  )

  it.scopedLive(
    "makeConfig reads named variables, with every transport; what can't work is a typed error",
    () =>
      Effect.gen(function* () {
        const options = { url: Config.string("EU_URL"), apiKey: Config.redacted("EU_KEY"), name: "eu" }
        const makes = [
          CentrifugoNode.makeConfig(options),
          Centrifugo.makeFetchConfig(options),
          Effect.provide(Centrifugo.makeConfig(options), FetchHttpClient.layer)
        ]
        for (const make of makes) {
          const stub = yield* stubbed
          const inEnvironment = (url: string) =>
            Effect.withConfigProvider(make, ConfigProvider.fromJson({ EU_URL: url, EU_KEY: apiKey }))
          yield* Effect.flatMap(inEnvironment(stub.url), ({ check }) => check)
          assert.strictEqual((yield* stub.received).headers["x-api-key"], apiKey)
          const missing = yield* Effect.flip(
            Effect.withConfigProvider(make, ConfigProvider.fromMap(new Map()))
          )
          assert.strictEqual(missing._tag, "ConfigError")
          const bad = yield* Effect.flip(inEnvironment("localhost:8000"))
          assert.deepInclude(bad, { _tag: "CentrifugoConfigError", option: "url" })
        }
      })
  )

  it.scopedLive("an invalid URL or key fails when the layer is built", () =>
    Effect.gen(function* () {
      for (const given of [options("localhost:8000/api"), { ...options(url), apiKey: Redacted.make(" ") }]) {
        const live = Layer.provide(Centrifugo.layer(given), FetchHttpClient.layer)
        const error = yield* Effect.flip(Effect.provide(Centrifugo.Centrifugo, live))
        assert.strictEqual(error._tag, "CentrifugoConfigError")
      }
    })
  )

  it.scopedLive("two clusters in one program, each with its own key", () =>
    Effect.gen(function* () {
      const [eu, us] = [yield* stubbed, yield* stubbed]
      class Eu extends Context.Tag("Eu")<Eu, Centrifugo.Service>() {}
      class Us extends Context.Tag("Us")<Us, Centrifugo.Service>() {}
      const live = Layer.mergeAll(
        Layer.effect(Eu, Centrifugo.make({ url: eu.url, apiKey: Redacted.make("eu-key") })),
        Layer.effect(Us, Centrifugo.make({ url: us.url, apiKey: Redacted.make("us-key") }))
      ).pipe(Layer.provide(FetchHttpClient.layer))
      const both = Effect.zip(
        Effect.flatMap(Eu, ({ check }) => check),
        Effect.flatMap(Us, ({ check }) => check)
      )
      yield* Effect.provide(both, live)
      const keys = [eu, us].map(({ requests }) => requests.map(({ headers }) => headers["x-api-key"]))
      assert.deepStrictEqual(keys, [["eu-key"], ["us-key"]])
    })
  )

  it.scopedLive("HttpTransport.layer, for layerTransport", () =>
    Effect.gen(function* () {
      const stub = yield* stubbed
      const live = Centrifugo.layerTransport().pipe(
        Layer.provide(HttpTransport.layer(options(stub.url))),
        Layer.provide(FetchHttpClient.layer)
      )
      yield* Effect.provide(
        Effect.flatMap(Centrifugo.Centrifugo, ({ check }) => check),
        live
      )
      assert.strictEqual(stub.requests.length, 1)
    })
  )
})

describe("HttpTransport over a replaced fetch", () => {
  /** Answers like node-fetch and mocks: the body is a stream of Node's. */
  const replaced = (text: string) =>
    over(
      Layer.provide(
        FetchHttpClient.layer,
        Layer.succeed(FetchHttpClient.Fetch, () =>
          Promise.resolve({
            status: 200,
            headers: new Headers(),
            body: Readable.from([text]),
            text: () => Promise.resolve(text),
            arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer)
          } as unknown as Response)
        )
      )
    )

  it.scopedLive("an answer whose body is not a web stream is read", () =>
    Effect.gen(function* () {
      const centrifugo = yield* replaced(Stub.published)(options(url))
      assert.strictEqual((yield* centrifugo.publish(publish)).offset, 1)
    })
  )

  it.scopedLive("and its size is limited", () =>
    Effect.gen(function* () {
      const centrifugo = yield* replaced(Stub.published)({ ...options(url), maxResponseSize: 10 })
      const error = yield* Effect.flip(centrifugo.publish(publish))
      assert.strictEqual(error._tag, "CentrifugoResponseTooLargeError")
    })
  )

  it.scopedLive("FetchTransport does the same, and knows that a fetch that throws at once sent nothing", () =>
    Effect.gen(function* () {
      const answering = () =>
        Promise.resolve({
          status: 200,
          headers: new Headers(),
          body: Readable.from([Stub.published]),
          text: () => Promise.resolve(Stub.published)
        } as unknown as Response)
      const make = (more: Partial<Centrifugo.FetchOptions>) =>
        Centrifugo.makeFetch({ ...options(url), fetch: answering, retry: RetryPolicy.none, ...more })
      assert.strictEqual((yield* Effect.flatMap(make({}), (c) => c.publish(publish))).offset, 1)
      const large = yield* Effect.flip(
        Effect.flatMap(make({ maxResponseSize: 10 }), (c) => c.publish(publish))
      )
      assert.strictEqual(large._tag, "CentrifugoResponseTooLargeError")
      const throwing = () => {
        throw new Error("not ready")
      }
      const error = yield* Effect.flip(Effect.flatMap(make({ fetch: throwing }), (c) => c.publish(publish)))
      assert(error._tag === "CentrifugoNetworkError")
      assert.strictEqual(error.phase, "connect")
    })
  )

  it.scopedLive("no request is sent to a port that fetch blocks, and it is not repeated", () =>
    Effect.gen(function* () {
      const centrifugo = yield* over(FetchHttpClient.layer)({
        ...options("http://127.0.0.1:10080/api"),
        retry: RetryPolicy.transient
      })
      const error = yield* Effect.flip(centrifugo.publish(publish))
      assert(error._tag === "CentrifugoNetworkError")
      assert.strictEqual(error.phase, "connect")
      assert.strictEqual(error.attempts, 1)
      assert.include(error.message, "10080")
      assert.include(error.message, "port")
    })
  )
})
