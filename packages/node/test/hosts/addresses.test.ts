/** Connecting to a host name with several addresses, some of them slow or broken. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import dns, { type LookupAddress } from "node:dns"
import { connect, type Socket } from "node:net"
import { vi } from "vitest"
import { cert, key } from "../transports/certificate.js"
import { undisturbed } from "../transports/machine.js"
import * as Stub from "../transports/stub.js"
import { call, good, open } from "../undici/transport.js"

const v4: LookupAddress = { address: "127.0.0.1", family: 4 }
const v6: LookupAddress = { address: "::1", family: 6 }

/** The addresses of `push.test` in the scope. */
const resolvesTo = (addresses: ReadonlyArray<LookupAddress> | NodeJS.ErrnoException) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      vi
        .spyOn(dns, "lookup")
        .mockImplementation(((
          _name: string,
          _options: unknown,
          done: (...outcome: ReadonlyArray<unknown>) => void
        ) => (Array.isArray(addresses) ? done(null, addresses) : done(addresses))) as typeof dns.lookup)
    ),
    (spy) => Effect.sync(() => spy.mockRestore())
  )

const urlOf = ({ port }: { readonly port: number }, scheme = "http") => `${scheme}://push.test:${port}/api`

/** A server that accepts no connection while it is stopped, because its queue is full. */
const stopped = Effect.gen(function* () {
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        process.execPath,
        [
          "-e",
          `const server = require("http").createServer((request, response) => {
             request.resume().on("end", () => response.end('${Stub.published}'))
           })
           server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port))`
        ],
        { stdio: ["ignore", "pipe", "inherit"] }
      )
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const port = yield* Effect.async<number>((resume) => {
    server.stdout.once("data", (data) => resume(Effect.succeed(Number(data))))
  })
  server.kill("SIGSTOP")
  const fill = () => connect(port, "127.0.0.1").on("error", () => {})
  yield* Effect.acquireRelease(
    Effect.sync((): Array<Socket> => Array.from({ length: 6 }, fill)),
    (sockets) => Effect.sync(() => sockets.forEach((socket) => socket.destroy()))
  )
  yield* Effect.sleep("200 millis")
  return { port, go: Effect.sync(() => server.kill("SIGCONT")) }
})

describe("a name with several addresses", () => {
  it.scopedLive.skipIf(process.platform !== "linux")(
    "a server that accepts after 250 ms is reached, beside a broken address",
    () =>
      Effect.gen(function* () {
        const server = yield* stopped
        yield* resolvesTo([v4, v6])
        const transport = yield* open(urlOf(server))
        yield* Effect.forkScoped(Effect.delay(server.go, "600 millis"))
        assert.strictEqual((yield* transport.send(call()))._tag, "Result")
      }),
    20_000
  )

  it.scopedLive.skipIf(process.platform !== "linux")(
    "if none connects in time -> the error has connectTimeout and the name",
    () =>
      Effect.gen(function* () {
        const server = yield* stopped
        yield* resolvesTo([v4, { address: "127.0.0.1", family: 4 }])
        const transport = yield* open(urlOf(server), { connectTimeout: "700 millis" })
        const start = performance.now()
        const error = yield* Effect.flip(transport.send(call()))
        assert.closeTo(performance.now() - start, 700, 150)
        assert(error._tag === "CentrifugoNetworkError")
        assert.strictEqual(error.phase, "connect")
        assert.strictEqual(error.code, "UND_ERR_CONNECT_TIMEOUT")
        assert.include(error.detail, `push.test:${server.port} within 700 ms`)
      }),
    undisturbed
  )

  for (const [name, addresses] of [
    ["if the first refuses", [v6, v4]],
    ["if the second refuses", [v4, v6]]
  ] as const) {
    for (const scheme of ["http", "https"]) {
      it.scopedLive(
        `${name}, over ${scheme}`,
        () =>
          Effect.gen(function* () {
            const stub = yield* Stub.start(good, scheme === "https" ? { tls: { cert, key } } : {})
            yield* resolvesTo(addresses)
            const transport = yield* open(urlOf(stub, scheme))
            const start = performance.now()
            if (scheme === "http") yield* transport.send(call())
            else {
              // The certificate is checked against the name, not the address.
              const error = yield* Effect.flip(transport.send(call()))
              assert(error._tag === "CentrifugoNetworkError")
              assert.strictEqual(error.phase, "connect")
              assert.include(["DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS_CERT_ALTNAME_INVALID"], error.code)
            }
            assert.isBelow(performance.now() - start, 250)
          }),
        undisturbed
      )
    }
  }

  it.scopedLive("if all refuse -> the error lists each address", () =>
    Effect.gen(function* () {
      const stub = yield* Effect.scoped(Stub.start(good))
      yield* resolvesTo([v4, v6])
      const transport = yield* open(urlOf(stub))
      const error = yield* Effect.flip(transport.send(call()))
      assert(error._tag === "CentrifugoNetworkError")
      assert.strictEqual(error.phase, "connect")
      assert.include(error.detail, "127.0.0.1")
      assert.include(error.detail, "::1")
    })
  )

  it.scopedLive("an unknown name", () =>
    Effect.gen(function* () {
      const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND push.test"), {
        code: "ENOTFOUND",
        syscall: "getaddrinfo"
      })
      yield* resolvesTo(unknown)
      const transport = yield* open("http://push.test/api")
      const error = yield* Effect.flip(transport.send(call()))
      assert(error._tag === "CentrifugoNetworkError")
      assert.strictEqual(error.phase, "connect")
      assert.strictEqual(error.code, "ENOTFOUND")
    })
  )
})
