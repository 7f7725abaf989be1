/** Connections that fail, break or stall: the same tag and phase over every transport, and no socket left open. */
import { CallOptions, RetryPolicy } from "@effect-centrifugo/core"
import { freePort } from "@effect-centrifugo/tools/resources"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, Fiber, Queue, TestClock } from "effect"
import { options, transports } from "./over.js"
import { assertKeyless } from "./secrets.js"
import * as Stub from "./stub.js"

const publish = { channel: "news", data: { text: "hello" } }
const silent: Stub.Answer = () => {}

/** Deno's fetch has the system's code only in its message. Bun's fetch has no address. */
const runtime = "Deno" in globalThis ? "Deno" : "Bun" in globalThis ? "Bun" : "Node"
const assertCode = (codes: ReadonlyArray<string>, code: string | undefined) => {
  if (runtime !== "Deno") assert.include(codes, code)
}

interface Break {
  readonly title: string
  readonly answer: Stub.Answer
  readonly codes: ReadonlyArray<string>
}

const half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"

const breaks: ReadonlyArray<Break> = [
  {
    title: "reset before the reply",
    answer: ({ socket }) => void socket.resetAndDestroy(),
    codes: ["ECONNRESET", "UND_ERR_SOCKET"]
  },
  {
    title: "closed before the reply",
    answer: ({ socket }) => void socket.end(),
    codes: ["ECONNRESET", "UND_ERR_SOCKET"]
  },
  {
    title: "reset in the middle of the reply's head",
    answer: ({ socket }) => void socket.write("HTTP/1.1 200 O", () => socket.resetAndDestroy()),
    codes: ["ECONNRESET", "UND_ERR_SOCKET", "HPE_INVALID_EOF_STATE"]
  },
  {
    title: "closed in the middle of the body",
    answer: ({ socket }) => void socket.end(half),
    codes: ["ECONNRESET", "UND_ERR_SOCKET"]
  },
  {
    title: "reset in the middle of the body",
    answer: ({ socket }) => void socket.write(half, () => socket.resetAndDestroy()),
    codes: ["ECONNRESET", "UND_ERR_SOCKET"]
  }
]

interface Stall {
  readonly title: string
  readonly answer: Stub.Answer
}

const stalls: ReadonlyArray<Stall> = [
  { title: "silence", answer: silent },
  { title: "silence after the head", answer: ({ socket }) => void socket.write(half.slice(0, -1)) },
  { title: "silence in the middle of the body", answer: ({ socket }) => void socket.write(half) },
  {
    title: "silence in the middle of a chunked body",
    answer: ({ socket }) =>
      void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"result\r\n')
  }
]

for (const { make, name } of transports) {
  describe(`broken connections over ${name}`, () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      it.scopedLive(`no listener at ${host} -> connect, with address and system code`, () =>
        Effect.gen(function* () {
          const port = yield* freePort
          const centrifugo = yield* make({
            ...options(`http://${host}:${port}/api`),
            retry: RetryPolicy.none
          })
          const error = yield* Effect.flip(centrifugo.publish(publish))
          assert(error._tag === "CentrifugoNetworkError")
          assert.strictEqual(error.phase, "connect")
          assertCode(["ECONNREFUSED"], error.code)
          assert.include(error.message, `${runtime === "Node" ? "127.0.0.1" : host}:${port}`)
          assert.include(error.message, "Nothing was sent.")
          const chain: Array<unknown> = []
          for (let link = error.cause; link instanceof Error; link = link.cause) chain.push(link)
          assert.isTrue(
            chain.some((link) => link instanceof Error && Reflect.get(link, "code") === error.code)
          )
          assertKeyless(error)
        })
      )
    }

    it.scopedLive("a name that does not exist -> connect", () =>
      Effect.gen(function* () {
        const centrifugo = yield* make({ ...options("http://nowhere.invalid/api"), retry: RetryPolicy.none })
        const error = yield* Effect.flip(centrifugo.publish(publish))
        assert(error._tag === "CentrifugoNetworkError")
        assert.strictEqual(error.phase, "connect")
        assertCode(["ENOTFOUND", "EAI_AGAIN"], error.code)
        assertKeyless(error)
      })
    )

    it.scopedLive("localhost works if the server listens only on 127.0.0.1", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(Stub.always({ status: 200, body: Stub.published }))
        const centrifugo = yield* make(options(`http://localhost:${stub.port}/api`))
        assert.strictEqual((yield* centrifugo.publish(publish)).offset, 1)
      })
    )

    for (const { answer, codes, title } of breaks) {
      it.scopedLive(`${title} -> unknown, with the system's code`, () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(answer)
          const centrifugo = yield* make(options(stub.url))
          const error = yield* Effect.flip(centrifugo.publish(publish))
          assert(error._tag === "CentrifugoNetworkError")
          assert.strictEqual(error.phase, "unknown")
          assertCode(codes, error.code)
          assert.include(error.message, "may or may not have carried it out")
          assert.strictEqual(stub.requests.length, 1)
          assertKeyless(error)
        })
      )
    }

    for (const { answer, title } of stalls) {
      it.scoped(`${title} -> timeout after the call's time, and the socket closes`, () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(answer)
          const centrifugo = yield* make(options(stub.url))
          const call = yield* Effect.fork(
            Effect.flip(centrifugo.publish(publish).pipe(CallOptions.with({ timeout: "200 millis" })))
          )
          yield* stub.received
          yield* TestClock.adjust("199 millis")
          assert.isNull(call.unsafePoll())
          yield* TestClock.adjust("1 millis")
          const error = yield* Fiber.join(call)
          assert(error._tag === "CentrifugoTimeoutError")
          assert.strictEqual(error.phase, "unknown")
          assert.strictEqual(error.timeout, 200)
          assertKeyless(error)
          yield* stub.closed
        })
      )
    }

    it.scoped("a call without its own timeout ends after ten seconds", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(silent)
        const centrifugo = yield* make(options(stub.url))
        const call = yield* Effect.fork(Effect.either(centrifugo.publish(publish)))
        yield* stub.received
        yield* TestClock.adjust("9999 millis")
        assert.isNull(call.unsafePoll())
        yield* TestClock.adjust("1 millis")
        assert.isTrue(Either.isLeft(yield* Fiber.join(call)))
      })
    )

    it.scoped("an uninterruptible call ends with its timeout", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(silent)
        const centrifugo = yield* make(options(stub.url))
        const call = yield* Effect.fork(Effect.uninterruptible(Effect.either(centrifugo.publish(publish))))
        yield* stub.received
        yield* TestClock.adjust("10 seconds")
        assert.isTrue(Either.isLeft(yield* Fiber.join(call)))
        yield* stub.closed
      })
    )

    it.scoped("each call has its own timeout, and no timer outlives its call", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(
          ({ socket }) => void socket.write(half.replace("100", String(Stub.published.length)))
        )
        const centrifugo = yield* make({ ...options(stub.url), timeout: "300 millis" })
        for (let i = 0; i < 5; i++) {
          const call = yield* Effect.fork(centrifugo.publish(publish))
          const { socket } = yield* stub.received
          yield* TestClock.adjust("200 millis")
          socket.write(Stub.published.slice(1))
          assert.strictEqual((yield* Fiber.join(call)).offset, 1)
        }
      })
    )

    it.scopedLive("interrupting calls closes their sockets", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(silent)
        const centrifugo = yield* make(options(stub.url))
        const calls = yield* Effect.fork(
          Effect.forEach(Array.from({ length: 20 }), () => centrifugo.publish(publish), {
            concurrency: "unbounded"
          })
        )
        yield* Queue.takeN(stub.received, 20)
        yield* Fiber.interrupt(calls)
        yield* Queue.takeN(stub.closed, 20)
      })
    )

    it.scopedLive("interrupting in the middle of a body closes the socket", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(({ socket }) => void socket.write(half))
        const centrifugo = yield* make(options(stub.url))
        const call = yield* Effect.fork(centrifugo.publish(publish))
        yield* stub.received
        yield* Fiber.interrupt(call)
        yield* stub.closed
      })
    )

    it.scopedLive("an interrupted call returns at once, and the next one works", () =>
      Effect.gen(function* () {
        const first = yield* Deferred.make<void>()
        const stub = yield* Stub.start((request, count) =>
          count === 1
            ? Deferred.unsafeDone(first, Effect.void)
            : Stub.always({ status: 200, body: Stub.published })(request, count)
        )
        const centrifugo = yield* make(options(stub.url))
        const call = yield* Effect.fork(centrifugo.publish(publish))
        yield* Deferred.await(first)
        yield* Fiber.interrupt(call)
        assert.strictEqual((yield* centrifugo.publish(publish)).offset, 1)
      })
    )

    // Node's own client opens a socket for each call, unless its agent keeps sockets alive.
    it.scopedLive.skipIf(name === "node:http")("100 sequential calls open two sockets at most", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(Stub.always({ status: 200, body: Stub.published }))
        const centrifugo = yield* make(options(stub.url))
        yield* Effect.forEach(Array.from({ length: 100 }), () => centrifugo.publish(publish))
        assert.isAtMost(stub.opened(), 2)
        assert.strictEqual(stub.requests.length, 100)
      })
    )
  })
}
