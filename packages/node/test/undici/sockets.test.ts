/** Keep-alive sockets, and calls on sockets that the server closes. */
import { type UndiciTransport } from "@effect-centrifugo/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Stub from "../transports/stub.js"
import { call, good, mute, open } from "./transport.js"

const url = "http://127.0.0.1:1/api"

describe("sockets", () => {
  it.scopedLive("idle sockets closed by the server -> answered, or an unknown outcome; never a hang", () =>
    Effect.gen(function* () {
      const server = createServer((request, response) => {
        request.resume().on("end", () => response.end(Stub.published))
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () =>
          Effect.async<void>((resume) => {
            server.close(() => resume(Effect.void))
            server.closeAllConnections()
          })
      )
      const { port } = server.address() as AddressInfo
      const transport = yield* open(`http://127.0.0.1:${port}/api`)
      for (let i = 0; i < 100; i++) {
        yield* transport.send(call())
        server.closeIdleConnections()
        const outcome = yield* Effect.either(transport.send(call()))
        if (Either.isRight(outcome)) continue
        const error = outcome.left
        assert(error._tag === "CentrifugoNetworkError")
        assert.strictEqual(error.phase, "unknown")
        assert.include(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"], error.code)
      }
    })
  )

  it.scopedLive(
    "sockets that the server closes after each answer, as announced -> every call is answered",
    () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(
          ({ socket }) =>
            void socket.end(
              Stub.format({ status: 200, body: Stub.published, headers: { connection: "close" } })
            )
        )
        const transport = yield* open(stub.url)
        yield* Effect.replicateEffect(transport.send(call()), 50)
        assert.strictEqual(stub.opened(), 50)
      })
  )

  it.scopedLive("an idle socket is closed after keepAlive", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const transport = yield* open(stub.url, { keepAlive: "20 millis" })
      yield* transport.send(call())
      yield* stub.closed
      yield* transport.send(call())
      assert.strictEqual(stub.opened(), 2)
    })
  )

  it.scopedLive("a shorter time announced by the server is used", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(
        Stub.always({ status: 200, body: Stub.published, headers: { "keep-alive": "timeout=1" } })
      )
      const transport = yield* open(stub.url)
      yield* transport.send(call())
      yield* stub.closed
    })
  )

  it.scopedLive("a longer time announced by the server is ignored: the socket closes after keepAlive", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(
        Stub.always({ status: 200, body: Stub.published, headers: { "keep-alive": "timeout=300" } })
      )
      const transport = yield* open(stub.url, { keepAlive: "20 millis" })
      yield* transport.send(call())
      yield* stub.closed
    })
  )

  it.scopedLive("connecting that takes too long -> connect, with the address", () =>
    Effect.gen(function* () {
      const server = yield* mute
      const transport = yield* open(server.url, { connectTimeout: "100 millis" })
      const error = yield* Effect.flip(transport.send(call()))
      assert(error._tag === "CentrifugoNetworkError")
      assert.strictEqual(error.phase, "connect")
      assert.strictEqual(error.code, "UND_ERR_CONNECT_TIMEOUT")
      assert.include(error.message, new URL(server.url).host)
      yield* server.closed
    })
  )
})

describe("options", () => {
  const wrong: ReadonlyArray<UndiciTransport.UndiciOptions> = [
    { maxConnections: 0 },
    { maxConnections: -1 },
    { maxConnections: 1.5 },
    { maxConnections: Infinity },
    { maxConnections: Number.NaN },
    { keepAlive: 0 },
    { keepAlive: "30 seconds" },
    { keepAlive: "forever" as "1 seconds" },
    { connectTimeout: 0 },
    { connectTimeout: Infinity },
    { shutdownTimeout: Infinity }
  ]
  for (const options of wrong) {
    const [[name, value] = ["", 0]] = Object.entries(options)
    it.scopedLive(`${name}: ${String(value)} is refused when the transport is made`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(open(url, options))
        assert.strictEqual(error._tag, "CentrifugoConfigError")
        assert.strictEqual(error.option, name)
        assert.include(error.message, "expected")
      })
    )
  }

  it.scopedLive("the extreme values are accepted", () =>
    Effect.gen(function* () {
      yield* open(url, { maxConnections: 1, keepAlive: 1, connectTimeout: 1, shutdownTimeout: 0 })
      yield* open(url, { keepAlive: "29999 millis", connectTimeout: "24 days", shutdownTimeout: "24 days" })
    })
  )
})
