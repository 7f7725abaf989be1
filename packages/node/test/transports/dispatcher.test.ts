/** Custom dispatchers: Unix sockets, certificates, proxies. */
import { RetryPolicy } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { assert, describe, it } from "@effect/vitest"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Exit, Fiber, Layer, Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { Agent as HttpAgent, createServer, request as httpRequest, type IncomingMessage } from "node:http"
import { connect, type AddressInfo, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  Agent,
  Client,
  type Dispatcher,
  EnvHttpProxyAgent,
  interceptors,
  Pool,
  ProxyAgent,
  RetryAgent
} from "undici"
import * as certificate from "./certificate.js"
import { type MakeClient, options, over, transports } from "./over.js"
import { assertKeyless } from "./secrets.js"
import * as Stub from "./stub.js"

const publish = { channel: "news", data: 1 }
const good = Stub.always({ status: 200, body: Stub.published })

const owned = <D extends Dispatcher>(make: () => D) =>
  Effect.acquireRelease(Effect.sync(make), (dispatcher) => Effect.promise(() => dispatcher.destroy()))

const platformsUndici = (dispatcher: Dispatcher) =>
  over(
    NodeHttpClient.layerUndiciWithoutDispatcher.pipe(
      // The platform installs its own undici, of the same major version.
      Layer.provide(Layer.succeed(NodeHttpClient.Dispatcher, dispatcher as never))
    )
  )

const ways = (dispatcher: Dispatcher): ReadonlyArray<readonly [name: string, MakeClient]> => [
  ["CentrifugoNode", (options) => CentrifugoNode.make({ ...options, dispatcher })],
  ["Centrifugo over the platform's undici", platformsUndici(dispatcher)]
]

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "socket-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

/** A proxy that counts its requests, by tunnel or with a whole URL. */
const proxy = Effect.gen(function* () {
  const seen: Array<string> = []
  const server = createServer((incoming: IncomingMessage, answer) => {
    seen.push(`${incoming.method} ${incoming.url}`)
    const { headers, method } = incoming
    const outgoing = httpRequest(incoming.url ?? "", { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    })
    incoming.pipe(outgoing)
  })
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
  }
  server.on("connection", keep)
  server.on("connect", ({ method, url = "" }: IncomingMessage, client: Socket) => {
    seen.push(`${method} ${url}`)
    const upstream = connect(Number(url.split(":")[1]), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n")
      upstream.pipe(client)
      client.pipe(upstream)
    })
    keep(upstream)
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets) socket.destroy()
      })
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
})

describe("a custom dispatcher", () => {
  it.scopedLive("a Unix socket", () =>
    Effect.gen(function* () {
      const socketPath = join(yield* folder, "centrifugo.sock")
      const stub = yield* Stub.start(good, { path: socketPath })
      const dispatcher = yield* owned(() => new Agent({ connect: { socketPath } }))
      for (const [, make] of ways(dispatcher)) {
        const centrifugo = yield* make(options("http://localhost/api"))
        assert.strictEqual((yield* centrifugo.publish(publish)).offset, 1)
      }
      assert.deepStrictEqual(
        stub.requests.map(({ headers, path }) => `${headers["host"]}${path}`),
        ["localhost/api/publish", "localhost/api/publish"]
      )
    })
  )

  it.scopedLive("a self-signed certificate, trusted as its own authority", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good, { tls: certificate })
      const dispatcher = yield* owned(() => new Agent({ connect: { ca: certificate.cert } }))
      for (const [, make] of ways(dispatcher)) {
        const centrifugo = yield* make(options(stub.url))
        assert.strictEqual((yield* centrifugo.publish(publish)).offset, 1)
      }
      const agent = NodeHttpClient.makeAgentLayer({ ca: certificate.cert })
      const make = over(Layer.provide(NodeHttpClient.layerWithoutAgent, agent))
      const centrifugo = yield* make(options(stub.url))
      assert.strictEqual((yield* centrifugo.publish(publish)).offset, 1)
    })
  )

  it.scopedLive("a proxy gets every call", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      for (const way of [0, 1]) {
        const { seen, url } = yield* proxy
        const [name, make] = ways(yield* owned(() => new ProxyAgent(url)))[way]!
        const centrifugo = yield* make(options(stub.url))
        assert.strictEqual((yield* centrifugo.publish(publish)).offset, 1, name)
        assert.strictEqual(seen.length, 1, name)
        assert.include(seen[0], `127.0.0.1:${stub.port}`, name)
      }
    })
  )

  it.scopedLive("an unreachable proxy: nothing was sent", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const dispatcher = yield* owned(() => new ProxyAgent("http://127.0.0.1:9"))
      for (const [, make] of ways(dispatcher)) {
        const centrifugo = yield* make({ ...options(stub.url), retry: RetryPolicy.none })
        const error = yield* Effect.flip(centrifugo.publish(publish))
        assert(error._tag === "CentrifugoNetworkError")
        assert.strictEqual(error.phase, "connect")
        assert.strictEqual(error.code, "ECONNREFUSED")
        assertKeyless(error)
      }
    })
  )

  it.scopedLive("is not closed with the client's scope, but its calls end", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start((request, count) => (count === 1 ? undefined : good(request, count)))
      const dispatcher = yield* owned(() => new Agent())
      const scope = yield* Scope.make()
      const centrifugo = yield* Scope.extend(
        CentrifugoNode.make({ ...options(stub.url), dispatcher, shutdownTimeout: 0 }),
        scope
      )
      const call = yield* Effect.fork(Effect.flip(centrifugo.publish(publish)))
      yield* stub.received
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(call))._tag, "CentrifugoNetworkError")
      yield* stub.closed
      assert.strictEqual((yield* Effect.flip(centrifugo.publish(publish)))._tag, "CentrifugoNetworkError")
      const again = yield* CentrifugoNode.make({ ...options(stub.url), dispatcher })
      assert.strictEqual((yield* again.publish(publish)).offset, 1)
    })
  )

  it.scopedLive("options that have no effect beside it are refused", () =>
    Effect.gen(function* () {
      const dispatcher = yield* owned(() => new Agent())
      for (const option of ["keepAlive", "connectTimeout"] as const) {
        const error = yield* Effect.flip(
          CentrifugoNode.make({ ...options("http://localhost/api"), dispatcher, [option]: "1 seconds" })
        )
        assert.strictEqual(error.option, option)
      }
    })
  )

  it.scopedLive("gets at most maxConnections calls at a time", () =>
    Effect.gen(function* () {
      let inside = 0
      let most = 0
      const stub = yield* Stub.start((request, count) => {
        most = Math.max(most, ++inside)
        setImmediate(() => {
          inside--
          good(request, count)
        })
      })
      const dispatcher = yield* owned(() => new Agent())
      const centrifugo = yield* CentrifugoNode.make({ ...options(stub.url), dispatcher, maxConnections: 4 })
      yield* Effect.forEach(Array.from({ length: 100 }), () => centrifugo.publish(publish), {
        concurrency: "unbounded"
      })
      assert.isAtMost(most, 4)
    })
  )
})

for (const { make, name } of transports) {
  describe(`TLS over ${name}`, () => {
    it.scopedLive("an untrusted certificate is named, and not retried", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good, { tls: certificate })
        const centrifugo = yield* make({ ...options(stub.url), retry: RetryPolicy.transient })
        const error = yield* Effect.flip(centrifugo.publish(publish))
        assert(error._tag === "CentrifugoNetworkError")
        assert.strictEqual(error.phase, "connect")
        // Deno's fetch has no error codes.
        if (!("Deno" in globalThis)) {
          assert.strictEqual(error.code, "DEPTH_ZERO_SELF_SIGNED_CERT")
          assert.strictEqual(error.attempts, 1)
        }
        assert.strictEqual(stub.requests.length, 0)
        assertKeyless(error)
      })
    )

    it.scopedLive("https:// to a port without TLS: nothing was sent", () =>
      Effect.gen(function* () {
        const plain = createServer((_, answer) => answer.end("{}"))
        yield* Effect.acquireRelease(
          Effect.async<void>((resume) => void plain.listen(0, "127.0.0.1", () => resume(Effect.void))),
          () => Effect.async<void>((resume) => void plain.close(() => resume(Effect.void)))
        )
        const { port } = plain.address() as AddressInfo
        const centrifugo = yield* make({
          ...options(`https://127.0.0.1:${port}/api`),
          retry: RetryPolicy.none
        })
        const error = yield* Effect.flip(centrifugo.publish(publish))
        assert(error._tag === "CentrifugoNetworkError")
        assert.strictEqual(error.phase, "connect")
      })
    )
  })
}

describe("an invalid dispatcher", () => {
  const refused = (dispatcher: unknown) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        CentrifugoNode.make({ ...options("http://127.0.0.1:1/api"), dispatcher: dispatcher as Dispatcher })
      )
      assert.strictEqual(error._tag, "CentrifugoConfigError")
      assert.strictEqual(error.option, "dispatcher")
      assert.include(error.detail, "undici 7 or newer")
      return error.detail
    })

  it.scopedLive("is refused when the layer is built", () =>
    Effect.gen(function* () {
      for (const value of [null, "http://proxy.example.com", 1, {}, [], () => {}, { dispatch: true }]) {
        yield* refused(value)
      }
      assert.include(yield* refused(new HttpAgent()), "node:http")
    })
  )

  it.scopedLive("dispatchers of undici 6 are refused, also composed ones", () =>
    Effect.gen(function* () {
      // Made like those of undici 6: https://github.com/nodejs/undici/blob/v6.21.0/lib/dispatcher/dispatcher-base.js
      class DispatcherBase {
        get interceptors() {
          return undefined
        }
        dispatch() {
          return true
        }
      }
      const base = new DispatcherBase()
      assert.include(yield* refused(base), "undici 6")
      const composed = new Proxy(base, {
        get: (target, name) => (name === "dispatch" ? () => true : (Reflect.get(target, name) as unknown))
      })
      assert.include(yield* refused(composed), "undici 6")
    })
  )

  it.scopedLive("dispatchers of undici 7 are accepted, also composed ones", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const { port } = stub
      const origin = `http://127.0.0.1:${port}`
      for (const make of [
        () => new Agent(),
        () => new Client(origin),
        () => new Pool(origin),
        () => new RetryAgent(new Agent()),
        () => new EnvHttpProxyAgent(),
        () => new Agent().compose(interceptors.retry())
      ]) {
        const dispatcher = yield* owned(make as () => Dispatcher)
        const centrifugo = yield* CentrifugoNode.make({ ...options(stub.url), dispatcher })
        yield* centrifugo.publish(publish)
      }
    })
  )
})
