/** Errors of this transport only, and that none of them shows a secret. */
import { CentrifugoConfig } from "@effect-centrifugo/core"
import { UndiciTransport } from "@effect-centrifugo/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { createServer, type AddressInfo } from "node:net"
import { inspect } from "node:util"
import { Dispatcher } from "undici"
import { apiKey } from "../transports/over.js"
import { assertKeyless, assertNoKey } from "../transports/secrets.js"
import * as Stub from "../transports/stub.js"
import { call, good, open } from "./transport.js"

describe("requests that undici refuses to send", () => {
  const refused = {
    "a header's name": call("", { headers: { "not a name": "1" } }),
    "a header's value": call("", { headers: { "x-secret": "hunter2\r\nx-injected: 1" } }),
    "a header of the connection": call("", { headers: { "transfer-encoding": "chunked" } }),
    "a length that is wrong": call("12345", { headers: { "content-length": "3" } }),
    "a method that is no path": call("", { method: "présence stats" })
  }
  for (const [title, refusal] of Object.entries(refused)) {
    it.scopedLive(`${title} -> not sent, a typed error, and the next call works`, () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        const transport = yield* open(stub.url, { maxConnections: 1 })
        const errors = yield* Effect.replicateEffect(Effect.flip(transport.send(refusal)), 3, {
          concurrency: "unbounded"
        })
        for (const error of errors) {
          assert(error._tag === "CentrifugoNetworkError")
          assert.strictEqual(error.phase, "connect")
          assert.match(error.code ?? "", /^UND_ERR_/)
          assert.notInclude(inspect(error, { depth: Infinity, showHidden: true }), "hunter2")
          assertKeyless(error)
        }
        yield* transport.send(call("next"))
        assert.deepStrictEqual(
          stub.requests.map(({ body }) => body),
          ["next"]
        )
      })
    )
  }

  it.scopedLive("a dispatcher that throws -> a typed error, not a defect", () =>
    Effect.gen(function* () {
      class Throwing extends Dispatcher {
        override dispatch(): boolean {
          throw new TypeError("out of order")
        }
      }
      const transport = yield* open("http://127.0.0.1:1/api", {
        dispatcher: new Throwing(),
        maxConnections: 1
      })
      const errors = yield* Effect.replicateEffect(Effect.flip(transport.send(call())), 3)
      for (const error of errors) {
        assert(error._tag === "CentrifugoNetworkError")
        assert.include(error.message, "out of order")
      }
    })
  )
})

describe("invalid answers", () => {
  it.scopedLive("a port that echoes its input -> unknown, and the key is not in undici's quote", () =>
    Effect.gen(function* () {
      const server = createServer((socket) => void socket.on("error", () => {}).pipe(socket))
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const transport = yield* open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api`)
      const error = yield* Effect.flip(transport.send(call()))
      assert(error._tag === "CentrifugoNetworkError")
      assert.strictEqual(error.phase, "unknown")
      assert.include(error.message, "HTTP/1.1")
      assertKeyless(error)
    })
  )

  it.scopedLive("early hints before the answer are ignored", () =>
    Effect.gen(function* () {
      const hints =
        "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\nlocation: /elsewhere\r\n\r\n"
      const stub = yield* Stub.start(({ socket }) => {
        socket.write(hints)
        socket.write(Stub.format({ status: 200, body: Stub.published }))
      })
      const transport = yield* open(stub.url)
      assert.strictEqual((yield* transport.send(call()))._tag, "Result")
    })
  )

  it.scopedLive("a protocol switch that was not requested -> unknown", () =>
    Effect.gen(function* () {
      const switching =
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
      const stub = yield* Stub.start(({ socket }) => void socket.write(switching))
      const transport = yield* open(stub.url)
      const error = yield* Effect.flip(transport.send(call()))
      assert.isTrue(error._tag === "CentrifugoNetworkError" && error.phase === "unknown")
      yield* stub.closed
    })
  )

  it.scopedLive("a redirect causes no second request", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(Stub.always({ status: 301, headers: { location: "/api/publish" } }))
      const transport = yield* open(`${stub.url}/`)
      const error = yield* Effect.flip(transport.send(call()))
      assert.isTrue(error._tag === "CentrifugoRedirectError" && error.location === "/api/publish")
      assert.deepStrictEqual(
        stub.requests.map(({ method, path }) => `${method} ${path}`),
        ["POST /api/publish"]
      )
    })
  )

  it.scopedLive("an answer that exceeds the limit while it arrives closes the socket", () =>
    Effect.gen(function* () {
      const body = `{"result":{"offset":1,"epoch":"${"x".repeat(1000)}"}}`
      const stub = yield* Stub.start((request, count) =>
        Stub.always({ status: 200, body: count === 1 ? body : Stub.published, chunked: true })(request, count)
      )
      const config = yield* CentrifugoConfig.make({
        url: stub.url,
        apiKey: Redacted.make(apiKey),
        maxResponseSize: 100
      })
      const transport = yield* UndiciTransport.make(config)
      const error = yield* Effect.flip(transport.send(call()))
      assert.isTrue(error._tag === "CentrifugoResponseTooLargeError" && error.limit === 100)
      yield* stub.closed
      yield* transport.send(call())
      assert.strictEqual(stub.opened(), 2)
    })
  )
})

it.scopedLive("the transport does not show the key, in any way of printing", () =>
  Effect.gen(function* () {
    const transport = yield* open("http://127.0.0.1:1/api")
    assertNoKey(inspect(transport, { depth: Infinity, showHidden: true, getters: true }))
    assertNoKey(JSON.stringify(transport))
  })
)
