/** Behavior that needs a socket. */
import { CallOptions, Centrifugo, CentrifugoTransport } from "@effect-centrifugo/core"
import { CentrifugoTest } from "../src/index.js"
import * as EmbeddedServer from "../src/EmbeddedServer.js"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Logger, Redacted, Schedule, Scope } from "effect"
import { createServer, request } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"

const connected = (options?: EmbeddedServer.Options) =>
  Effect.gen(function* () {
    const server = yield* EmbeddedServer.start(options)
    const centrifugo = yield* Centrifugo.makeFetch({ url: server.apiUrl, apiKey: server.apiKey })
    return { centrifugo, publish: centrifugo.publish({ channel: "a", data: 1 }), server }
  })

/** Without a client, which would refuse such a request. */
const post = (server: EmbeddedServer.Service, path: string, body: string) =>
  Effect.promise(
    () =>
      new Promise<{ readonly status: number | undefined; readonly body: string }>((resolve, reject) => {
        const sent = request(
          {
            host: "127.0.0.1",
            port: server.port,
            method: "POST",
            path,
            headers: { "x-api-key": Redacted.value(server.apiKey) }
          },
          (response) => {
            let text = ""
            response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
            response.on("end", () => resolve({ status: response.statusCode, body: text }))
          }
        )
        sent.on("error", reject)
        sent.end(body)
      })
  )

describe("faults on a socket", () => {
  it.scopedLive("a reset and a cut-off answer are network errors with phase unknown", () =>
    Effect.gen(function* () {
      const { publish, server } = yield* connected()
      const faults: ReadonlyArray<CentrifugoTest.Fault> = [
        { reset: true },
        { reset: true, carriedOut: true },
        { cutoff: true },
        { cutoff: 0 }
      ]
      for (const fault of faults) {
        yield* server.failNext("publish", fault)
        const error = yield* Effect.flip(publish)
        assert(error._tag === "CentrifugoNetworkError", JSON.stringify(fault))
        assert.strictEqual(error.phase, "unknown")
      }
      assert.strictEqual((yield* server.published("a")).length, 3)
      assert.strictEqual((yield* publish).offset, 4)
    })
  )

  it.scopedLive("a stalled call ends with its timeout, and a delayed one arrives late", () =>
    Effect.gen(function* () {
      const { publish, server } = yield* connected()
      yield* server.failNext("publish", { stall: true })
      const error = yield* Effect.flip(publish.pipe(CallOptions.with({ timeout: "50 millis" })))
      assert.strictEqual(error._tag, "CentrifugoTimeoutError")
      yield* server.failNext("publish", { delay: "100 millis" })
      const before = Date.now()
      yield* publish
      assert.isAtLeast(Date.now() - before, 95)
    })
  )

  it.scopedLive("a status has its body and headers", () =>
    Effect.gen(function* () {
      const { publish, server } = yield* connected()
      yield* server.failNext("publish", { status: 429, body: "slow down", headers: { "Retry-After": "2" } })
      const error = yield* Effect.flip(publish)
      assert(error._tag === "CentrifugoStatusError")
      assert.deepInclude(error, { status: 429, body: "slow down", retryAfter: 2000 })
      yield* server.failNext("publish", { code: 100 })
      assert.strictEqual((yield* Effect.flip(publish))._tag, "CentrifugoInternalError")
    })
  )
})

describe("the port", () => {
  it.scopedLive("accepts bodies up to its limit", () =>
    Effect.gen(function* () {
      const { server } = yield* connected({ maxBodySize: 100 })
      const body = (size: number) => `{"channel":"a","data":"${"x".repeat(size - 25)}"}`
      assert.strictEqual((yield* post(server, "/api/publish", body(100))).status, 200)
      assert.strictEqual((yield* post(server, "/api/publish", body(101))).status, 413)
      assert.strictEqual((yield* server.published("a")).length, 1)
    })
  )

  it.scopedLive("decodes paths and bodies", () =>
    Effect.gen(function* () {
      const { server } = yield* connected()
      const sent = yield* post(server, "/api/%70ublish", '{"channel":"ü","data":"😀"}')
      assert.strictEqual(sent.status, 200)
      assert.deepStrictEqual(yield* server.published("ü"), ["😀"])
      assert.strictEqual((yield* post(server, "/api/%zz", "{}")).status, 404)
    })
  )

  it.scopedLive("is the requested one, or the layer fails with the reason", () =>
    Effect.gen(function* () {
      const taken = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          const server = createServer()
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const { port } = taken.address() as AddressInfo
      const error = yield* Effect.flip(EmbeddedServer.start({ port }))
      assert(error._tag === "CentrifugoListenError")
      assert.include(error.message, `127.0.0.1:${port}`)
      const wrong = yield* Effect.flip(EmbeddedServer.start({ keep: -1 }))
      assert.strictEqual(wrong._tag, "CentrifugoConfigError")
    })
  )

  it.live("ends with its scope, with any requests in flight", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { publish, server } = yield* Scope.extend(connected(), scope)
      yield* server.failNext("publish", { stall: true })
      const waiting = yield* Effect.fork(Effect.flip(publish))
      yield* Effect.flatMap(server.calls("publish"), (calls) =>
        calls.length === 1 ? Effect.void : Effect.fail("not yet")
      ).pipe(Effect.retry(Schedule.spaced("5 millis")))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "CentrifugoNetworkError")
      const refused = yield* Effect.exit(post(server, "/api/info", "{}"))
      assert.include(String(refused), "ECONNREFUSED")
    })
  )

  it.scopedLive("as a layer it is the server of the functions of CentrifugoTest", () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.EmbeddedServer
      const centrifugo = yield* Centrifugo.makeFetch({ url: server.apiUrl, apiKey: server.apiKey })
      const alice = yield* CentrifugoTest.connect({ user: "alice", channels: ["a"] })
      const receiving = yield* Effect.fork(alice.take(1))
      yield* centrifugo.publish({ channel: "a", data: 1 })
      yield* Fiber.join(receiving)
      assert.deepStrictEqual(yield* CentrifugoTest.published("a"), [1])
    }).pipe(Effect.provide(Layer.fresh(EmbeddedServer.layer())))
  )
})

/** A raw socket, which can break HTTP's rules: what it received, and whether it has closed. */
const raw = (port: number, host = "127.0.0.1") =>
  Effect.acquireRelease(
    Effect.async<{ readonly socket: Socket; text: string; isClosed: boolean }, Error>((resume) => {
      const socket = connect(port, host)
      const peer = { socket, text: "", isClosed: false }
      socket.setEncoding("utf8").on("data", (chunk: string) => (peer.text += chunk))
      socket.on("close", () => (peer.isClosed = true))
      socket.on("error", (error) => resume(Effect.fail(error)))
      socket.on("connect", () => resume(Effect.succeed(peer)))
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

const eventually = (holds: () => boolean) =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.fail("not yet" as const))).pipe(
    Effect.retry(Schedule.spaced("5 millis")),
    Effect.timeoutFail({ duration: "5 seconds", onTimeout: () => new Error("it did not come") })
  )

const head = (lines: ReadonlyArray<string>) => `${lines.join("\r\n")}\r\n\r\n`

const withLog = <A, E, R>(use: (log: Array<string>) => Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const log: Array<string> = []
    const logger = Logger.make(({ cause, message }) => {
      log.push(`${String(message)} ${Cause.pretty(cause)}`)
    })
    return use(log).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })

describe("every request gets an answer", () => {
  const oops = () => {
    throw new Error("the test's own mistake")
  }

  it.scopedLive("500, with the cause in the log, if the server throws internally", () =>
    withLog((log) =>
      Effect.gen(function* () {
        const server = yield* EmbeddedServer.start({
          answers: { rpc: oops, info: () => 5 as never, block_user: () => CentrifugoTransport.result(5n) }
        })
        const batch = '{"commands":[{"publish":{"channel":"a","data":1}},{"rpc":{"method":"x"}}]}'
        for (const [path, body, cause] of [
          ["/api/rpc", '{"method":"x"}', "the test's own mistake"],
          ["/api/batch", batch, "the test's own mistake"],
          ["/api/info", "{}", "neither CentrifugoTransport.result(...) nor CentrifugoTransport.failure(...)"],
          ["/api/block_user", "{}", "BigInt"]
        ] as const) {
          log.length = 0
          const { body: said, status } = yield* post(server, path, body)
          assert.strictEqual(status, 500)
          assert.include(said, "the cause is in the log")
          assert.strictEqual(log.length, 1)
          assert.include(log[0], `failed to answer POST ${path}`)
          assert.include(log[0], cause)
        }
        assert.strictEqual((yield* post(server, "/api/publish", '{"channel":"a","data":1}')).status, 200)
      })
    )
  )

  it.scopedLive("also if the path contains characters that a header can't", () =>
    Effect.gen(function* () {
      const { server } = yield* connected()
      const peer = yield* raw(server.port)
      peer.socket.write(
        head(["POST /api//publish%0d%0aX:%20%3f%c3%bc?q=1 HTTP/1.1", "Host: localhost", "Content-Length: 0"])
      )
      yield* eventually(() => peer.text.includes("\r\n\r\n"))
      assert.match(peer.text, /^HTTP\/1\.1 307 /)
      assert.include(peer.text, "location: /api/publish%0D%0AX:%20%3F%C3%BC?q=1\r\n")
      const proxied = yield* raw(server.port)
      proxied.socket.write(
        head(["POST http://localhost/api/info HTTP/1.1", "Host: localhost", "Content-Length: 0"])
      )
      yield* eventually(() => proxied.text.startsWith("HTTP/1.1 401"))
    })
  )
})

describe("options", () => {
  const refused: ReadonlyArray<readonly [option: string, values: ReadonlyArray<unknown>]> = [
    ["host", ["", " ", "http://localhost", "a b", "::1%lo", "[::1]", 5]],
    ["port", [-1, 65_536, 1.5, NaN, "8000"]],
    ["prefix", ["api", "/a b", "/api\n", 5]],
    ["apiKey", ["", "two words", "ключ"]],
    ["maxBodySize", [0, -1, 1.5, Infinity, 2 ** 40]],
    ["allowedHosts", ["centrifugo", [""], ["centrifugo:8000"], [5]]],
    ["allowedOrigins", ["*", ["localhost"], ["http://localhost/"], ["http://a/b"]]],
    ["keep", [-1, NaN]],
    ["errorMode", ["loud"]]
  ]
  for (const [option, values] of refused) {
    it.scopedLive(`an invalid ${option} is refused`, () =>
      Effect.forEach(values, (value) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(EmbeddedServer.start({ [option]: value }))
          assert(error._tag === "CentrifugoConfigError", JSON.stringify(value))
          assert.strictEqual(error.option, option)
        })
      )
    )
  }

  it.scopedLive("it listens only on 127.0.0.1 by default", () =>
    Effect.gen(function* () {
      const { port } = yield* EmbeddedServer.start()
      // On Linux every 127.x.y.z reaches a server that listens on all addresses.
      assert.include(String(yield* Effect.exit(raw(port, "127.0.0.2"))), "ECONNREFUSED")
      const open = yield* EmbeddedServer.start({ host: "0.0.0.0", prefix: "/" })
      assert.strictEqual(open.apiUrl, `http://127.0.0.1:${open.port}`)
      yield* raw(open.port, process.platform === "linux" ? "127.0.0.2" : "127.0.0.1")
    })
  )
})

describe("web pages", () => {
  const statusWith = (port: number, host: string | undefined, origin?: string) =>
    Effect.gen(function* () {
      const peer = yield* raw(port)
      peer.socket.write(
        head([
          `POST /api/info?api_key=test-key HTTP/1.${host === undefined ? 0 : 1}`,
          ...(host === undefined ? [] : [`Host: ${host}`]),
          ...(origin === undefined ? [] : [`Origin: ${origin}`]),
          "Content-Length: 2"
        ]) + "{}"
      )
      yield* eventually(() => peer.text.includes("\r\n\r\n"))
      return Number(/^HTTP\/1\.1 (\d+)/.exec(peer.text)?.[1])
    }).pipe(Effect.scoped)

  it.scopedLive("can't call it with their own host name that points to this machine", () =>
    Effect.gen(function* () {
      const { port } = yield* EmbeddedServer.start({ allowedHosts: ["Centrifugo"] })
      for (const host of [
        undefined,
        `127.0.0.1:${port}`,
        "localhost",
        "LOCALHOST.:1",
        "a.localhost",
        "[::1]:8",
        "10.0.0.7",
        "centrifugo:8000"
      ]) {
        assert.strictEqual(yield* statusWith(port, host), 200, host)
      }
      for (const host of [
        "evil.example",
        `evil.example:${port}`,
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "xlocalhost",
        "a@127.0.0.1"
      ]) {
        assert.strictEqual(yield* statusWith(port, host), 403, host)
      }
      const any = yield* EmbeddedServer.start({ allowedHosts: ["*"] })
      assert.strictEqual(yield* statusWith(any.port, "evil.example"), 200)
    })
  )

  it.scopedLive("can't call it from their origin, unless it is allowed", () =>
    Effect.gen(function* () {
      const { port } = yield* EmbeddedServer.start({ allowedOrigins: ["http://localhost:5173"] })
      assert.strictEqual(yield* statusWith(port, "localhost", "http://localhost:5173"), 200)
      for (const origin of [
        "http://localhost:5174",
        "http://localhost",
        "https://evil.example",
        "null",
        ""
      ]) {
        assert.strictEqual(yield* statusWith(port, "localhost", origin), 403, origin)
      }
      const any = yield* EmbeddedServer.start({ allowedOrigins: ["*"] })
      assert.strictEqual(yield* statusWith(any.port, "localhost", "https://evil.example"), 200)
    })
  )
})

describe("huge and slow requests", () => {
  const start = (key: string, length: string) =>
    head(["POST /api/publish HTTP/1.1", "Host: localhost", `X-API-Key: ${key}`, length])

  it.scopedLive("a body without the key is not read into memory, and its sender is cut off", () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start({ maxBodySize: 1_000_000 })
      const peer = yield* raw(server.port)
      peer.socket.write(start("wrong", "Content-Length: 1000000000"))
      yield* eventually(() => peer.text.startsWith("HTTP/1.1 401"))
      peer.socket.on("error", () => {})
      const before = process.memoryUsage().arrayBuffers
      let sent = 0
      while (!peer.isClosed && sent < 100) {
        peer.socket.write(Buffer.alloc(1_000_000))
        sent++
        yield* Effect.sleep("5 millis")
      }
      assert.isTrue(peer.isClosed)
      assert.isBelow(process.memoryUsage().arrayBuffers - before, 50_000_000)
    })
  )

  it.scopedLive("a body that is too large is refused when announced, or while it arrives", () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start({ maxBodySize: 1_000 })
      const announced = yield* raw(server.port)
      announced.socket.write(start("test-key", "Content-Length: 1001"))
      yield* eventually(() => announced.text.startsWith("HTTP/1.1 413"))
      const chunked = yield* raw(server.port)
      chunked.socket.write(
        start("test-key", "Transfer-Encoding: chunked") + "3e8\r\n" + "x".repeat(1_000) + "\r\n"
      )
      yield* Effect.sleep("50 millis")
      assert.strictEqual(chunked.text, "")
      chunked.socket.write("1\r\nx\r\n")
      yield* eventually(() => chunked.text.startsWith("HTTP/1.1 413"))
      assert.strictEqual((yield* server.calls()).length, 0)
    })
  )

  it.scopedLive("all bodies being read share a limit, which they release", () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start({ maxBodySize: 1_000 })
      const slow = yield* Effect.replicateEffect(raw(server.port), 4)
      const body = JSON.stringify({ channel: "a", data: "x".repeat(950) })
      for (const { socket } of slow) {
        socket.write(start("test-key", `Content-Length: ${body.length}`) + body.slice(0, -1))
      }
      yield* Effect.sleep("50 millis")
      assert.strictEqual((yield* post(server, "/api/publish", body)).status, 503)
      for (const { socket } of slow.slice(1)) socket.write("}")
      yield* eventually(() => slow.slice(1).every(({ text }) => text.startsWith("HTTP/1.1 200")))
      slow[0]!.socket.destroy()
      assert.strictEqual((yield* server.published("a")).length, 3)
      for (let i = 0; i < 4; i++) {
        assert.strictEqual((yield* post(server, "/api/publish", body)).status, 200)
      }
    })
  )
})

describe("closing a server", () => {
  it.live("its port can be used again at once, even if clients were connected", () =>
    Effect.gen(function* () {
      let port = 0
      for (let i = 0; i < 10; i++) {
        yield* Effect.gen(function* () {
          const { publish, server } = yield* connected({ port })
          // The runtime's fetch can first try a socket to the previous server.
          yield* Effect.retry(publish, { times: 1 })
          port = server.port
        }).pipe(Effect.scoped)
      }
    })
  )

  it.live("reports unused faults, unless the test has failed", () =>
    Effect.gen(function* () {
      const ordering = Effect.gen(function* () {
        const server = yield* EmbeddedServer.start()
        yield* server.failNext("publish", { code: 100 }, 2)
        yield* server.failNext("history", { reset: true }, Infinity)
        assert.deepStrictEqual(yield* server.faultsLeft, [
          { method: "publish", fault: { code: 100 }, times: 2 }
        ])
      })
      const exit = yield* Effect.exit(Effect.scoped(ordering))
      assert.include(
        String(exit),
        'these injected faults did not happen: {\\"code\\":100} for \\"publish\\", 2 times'
      )
      const failed = yield* Effect.exit(
        Effect.scoped(Effect.zipRight(ordering, Effect.fail("its own reason")))
      )
      assert.deepStrictEqual(failed, Exit.fail("its own reason"))
    })
  )
})
