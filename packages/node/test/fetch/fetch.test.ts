/** The arguments that the transport passes to `fetch`, and its handling of a `fetch` that misbehaves. */
import { Centrifugo, CentrifugoTransport, FetchTransport } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Either, Fiber, Layer, Redacted, Ref, TestClock } from "effect"
import { gzipSync } from "node:zlib"
import { apiKey } from "../transports/over.js"
import { assertKeyless } from "../transports/secrets.js"
import * as Stub from "../transports/stub.js"
import { call, good, open } from "./support.js"

const url = "http://centrifugo.example.com/api"

describe("FetchTransport, the arguments of fetch", () => {
  it.scopedLive("a single POST without following redirects, with headers, body and a signal", () =>
    Effect.gen(function* () {
      const seen: Array<readonly [string, FetchTransport.FetchInit]> = []
      const transport = yield* open(`${url}//`, {
        fetch(this: unknown, url, init) {
          assert.isUndefined(this)
          seen.push([url, init])
          return Promise.resolve(new Response(Stub.published))
        }
      })
      yield* transport.send(call('{"channel":"news"}', { headers: { "x-tenant": "a" } }))
      const [[to, { body, headers, method, redirect, signal }]] = seen as [(typeof seen)[number]]
      assert.deepStrictEqual(
        { to, method, redirect, headers, body: yield* Effect.promise(() => new Response(body).text()) },
        {
          to: `${url}/publish`,
          method: "POST",
          redirect: "manual",
          body: '{"channel":"news"}',
          headers: { "content-type": "application/json", "x-api-key": apiKey, "x-tenant": "a" }
        }
      )
      assert.isFalse(signal.aborted)
    })
  )

  it.scopedLive("a rotating key is read for each call", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const count = yield* Ref.make(0)
      const transport = yield* open(stub.url, {
        apiKey: Effect.map(
          Ref.updateAndGet(count, (n) => n + 1),
          (n) => Redacted.make(`key-${n}`)
        )
      })
      yield* transport.send(call())
      yield* transport.send(call())
      assert.deepStrictEqual(
        stub.requests.map(({ headers }) => headers["x-api-key"]),
        ["key-1", "key-2"]
      )
    })
  )

  it.scoped("a key that is not read in time is a timeout, and nothing is sent", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const transport = yield* open(stub.url, { apiKey: Effect.never })
      const waiting = yield* Effect.fork(Effect.flip(transport.send(call("1", { timeout: 100 }))))
      yield* TestClock.adjust("100 millis")
      const error = yield* Fiber.join(waiting)
      assert(error._tag === "CentrifugoTimeoutError")
      assert.strictEqual(error.phase, "queued")
      assert.strictEqual(stub.requests.length, 0)
    })
  )

  it.scopedLive("the layer takes url and key, and rotates calls over endpoints", () =>
    Effect.gen(function* () {
      const stubs = [yield* Stub.start(good), yield* Stub.start(good)]
      const live = FetchTransport.layer({ url: stubs.map(({ url }) => url), apiKey: Redacted.make(apiKey) })
      const send = Effect.flatMap(CentrifugoTransport.CentrifugoTransport, ({ send }) =>
        Effect.replicateEffect(send(call()), 4)
      )
      yield* Effect.provide(send, live)
      assert.deepStrictEqual(
        stubs.map(({ requests }) => requests.length),
        [2, 2]
      )
    })
  )

  it.scopedLive("the client layer, also with URL and key from the environment", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const environment = new Map([
        ["CENTRIFUGO_API_URL", stub.url],
        ["CENTRIFUGO_API_KEY", apiKey]
      ])
      const publish = Effect.flatMap(Centrifugo.Centrifugo, ({ publish }) =>
        publish({ channel: "news", data: 1 })
      )
      yield* Effect.provide(
        publish,
        Centrifugo.layerFetch({ url: stub.url, apiKey: Redacted.make(apiKey), maxConnections: 2 })
      )
      yield* Effect.provide(publish, Centrifugo.layerFetchConfig({ timeout: "5 seconds" })).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(environment))
      )
      assert.deepStrictEqual(
        stub.requests.map(({ headers }) => headers["x-api-key"]),
        [apiKey, apiKey]
      )
    })
  )

  it.effect("invalid options fail when the layer is built", () =>
    Effect.gen(function* () {
      const bad: ReadonlyArray<readonly [keyof FetchTransport.FetchOptions, unknown]> = [
        ["fetch", "fetch"],
        ["maxConnections", 0],
        ["maxConnections", 1.5],
        ["maxConnections", "64"],
        ["shutdownTimeout", "soon"],
        ["shutdownTimeout", "25 days"]
      ]
      for (const [option, value] of bad) {
        const live = FetchTransport.layer({ url, apiKey: Redacted.make(apiKey), [option]: value })
        const error = yield* Effect.flip(Effect.scoped(Layer.build(live)))
        assert.strictEqual(error.option, option)
      }
      yield* Effect.scoped(open(url, { maxConnections: Infinity }))
    })
  )
})

describe("FetchTransport, a custom fetch", () => {
  const broken: Record<string, (...args: ReadonlyArray<never>) => unknown> = {
    "throws an error": () => {
      throw new Error("broken")
    },
    "throws a text": () => {
      throw "broken"
    },
    "returns nothing": () => undefined,
    "returns no response": () => Promise.resolve({}),
    "rejects with undefined": () => Promise.reject(undefined),
    "rejects with its own arguments": (_url, init) => Promise.reject(init),
    "has a body that breaks": () =>
      Promise.resolve(new Response(new ReadableStream({ pull: (c) => c.error(new Error("broken")) })))
  }
  for (const [title, fetch] of Object.entries(broken)) {
    // If it throws at once, it has not opened a socket.
    const phase = title.startsWith("throws") ? "connect" : "unknown"
    it.scopedLive(`a fetch that ${title} -> NetworkError, ${phase}`, () =>
      Effect.gen(function* () {
        const transport = yield* open(url, { fetch: fetch as FetchTransport.Fetch, maxConnections: 1 })
        for (const _ of [1, 2]) {
          const error = yield* Effect.flip(transport.send(call()))
          assert(error._tag === "CentrifugoNetworkError")
          assert.strictEqual(error.phase, phase)
          assertKeyless(error)
        }
      })
    )
  }

  it.scoped("a fetch that ignores its signal ends with the timeout, and its late body is cancelled", () =>
    Effect.gen(function* () {
      let answer!: (response: Response) => void
      let canceled!: () => void
      const isCanceled = new Promise<void>((resolve) => (canceled = resolve))
      const transport = yield* open(url, {
        maxConnections: 1,
        fetch: () => new Promise((resolve) => (answer = resolve))
      })
      const waiting = yield* Effect.fork(Effect.flip(transport.send(call("1", { timeout: 100 }))))
      yield* TestClock.adjust("100 millis")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "CentrifugoTimeoutError")
      answer(new Response(new ReadableStream({ cancel: () => canceled() })))
      yield* Effect.promise(() => isCanceled)
      const next = yield* Effect.fork(transport.send(call("2")))
      yield* Effect.yieldNow()
      answer(new Response(Stub.published))
      assert.isTrue("result" in (yield* Fiber.join(next)))
    })
  )

  it.scopedLive("an opaque redirect, as in browsers, is a redirect", () =>
    Effect.gen(function* () {
      const transport = yield* open(url, { fetch: () => Promise.resolve(Response.error()) })
      assert.strictEqual((yield* Effect.flip(transport.send(call())))._tag, "CentrifugoRedirectError")
    })
  )
})

describe("FetchTransport, the announced length", () => {
  /** A response that records how its body is read. Its stream yields one space at a time. */
  const recorded = (headers: Record<string, string>, reads: Array<string>) => ({
    status: 200,
    headers: new Headers(headers),
    get body() {
      reads.push("stream")
      return new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new TextEncoder().encode(" "))
      })
    },
    text: () => {
      reads.push("text")
      return Promise.resolve(Stub.published)
    }
  })
  const length = (bytes: number) => ({ "content-length": String(bytes) })
  const cases = [
    ["a length within the limit is read at once, without the stream", length(100), ["text"]],
    ["a length above the limit is refused unread", length(101), []],
    ["no length is counted as it arrives", {}, ["stream"]],
    [
      "the length of compressed bytes proves nothing",
      { ...length(50), "content-encoding": "gzip" },
      ["stream"]
    ]
  ] as const
  for (const [title, headers, wanted] of cases) {
    it.scopedLive(title, () =>
      Effect.gen(function* () {
        const reads: Array<string> = []
        const fetch = () => Promise.resolve(recorded(headers, reads))
        const transport = yield* open(url, { fetch, maxResponseSize: 100 })
        const outcome = yield* Effect.either(transport.send(call()))
        assert.deepStrictEqual(reads, [...wanted])
        assert.strictEqual(
          Either.isRight(outcome) ? "result" : outcome.left._tag,
          wanted[0] === "text" ? "result" : "CentrifugoResponseTooLargeError"
        )
      })
    )
  }
})

describe("FetchTransport, compressed responses", () => {
  for (const encoding of ["gzip", "GZIP"]) {
    it.scopedLive(`${encoding}: counted after decompression`, () =>
      Effect.gen(function* () {
        const bomb = gzipSync(Buffer.alloc(5_000_000, " "))
        const stub = yield* Stub.start(({ socket }) => {
          const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${bomb.length}\r\n\r\n`
          socket.write(head)
          socket.write(bomb)
        })
        const transport = yield* open(stub.url, { maxResponseSize: 100_000 })
        const error = yield* Effect.flip(transport.send(call()))
        assert.strictEqual(error._tag, "CentrifugoResponseTooLargeError")
      })
    )
  }

  it.scopedLive("a response within the limit is read", () =>
    Effect.gen(function* () {
      const body = gzipSync(Stub.published)
      const stub = yield* Stub.start(({ socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`)
        socket.write(body)
      })
      const transport = yield* open(stub.url)
      assert.isTrue("result" in (yield* transport.send(call())))
    })
  )
})
