/** Arbitrary answers, in arbitrary chunks, with any end of the connection: always a typed outcome, and soon. */
import { CentrifugoError } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, FastCheck as fc, Runtime } from "effect"
import * as Stub from "../transports/stub.js"
import { assertKeyless } from "../transports/secrets.js"
import { call, open } from "./transport.js"

type End = "stay" | "close" | "reset"

interface Scene {
  readonly bytes: Buffer
  /** Where the bytes are split into chunks, and how many are sent. */
  readonly cuts: ReadonlyArray<number>
  readonly sent: number
  readonly end: End
}

const json = fc.oneof(
  fc.json(),
  fc.record({ result: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  fc
    .record({ error: fc.record({ code: fc.integer(), message: fc.string({ unit: "binary" }) }) })
    .map((value) => JSON.stringify(value))
)

const body = fc.oneof(
  json.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.alloc(0))
)

const framed = fc
  .record({
    status: fc.oneof(
      fc.constantFrom(200, 200, 200, 204, 301, 304, 400, 401, 404, 500, 502, 503),
      fc.integer({ min: 0, max: 999 })
    ),
    headers: fc.array(
      fc.tuple(
        fc.constantFrom("location", "retry-after", "connection", "keep-alive", "content-encoding", "x-any"),
        fc.string({ maxLength: 20 }).map((value) => value.replaceAll(/[^\x20-\x7e]/g, "?"))
      ),
      { maxLength: 4 }
    ),
    framing: fc.constantFrom(
      "length",
      "length",
      "length",
      "too long",
      "too short",
      "chunked",
      "none",
      "both"
    ),
    body
  })
  .map(({ body, framing, headers, status }) => {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")
    const shift = framing === "too long" ? 5 : framing === "too short" ? -1 : 0
    const length = `content-length: ${Math.max(0, body.length + shift)}\r\n`
    const chunked = "transfer-encoding: chunked\r\n"
    const isChunked = framing === "chunked" || framing === "both"
    const framings = `${framing === "none" || framing === "chunked" ? "" : length}${isChunked ? chunked : ""}`
    const head = `HTTP/1.1 ${String(status).padStart(3, "0")} OK\r\n${lines}${framings}\r\n`
    return isChunked
      ? Buffer.concat([
          Buffer.from(head),
          Buffer.from(`${body.length.toString(16)}\r\n`),
          body,
          Buffer.from("\r\n0\r\n\r\n")
        ])
      : Buffer.concat([Buffer.from(head), body])
  })

const scene: fc.Arbitrary<Scene> = fc
  .tuple(
    fc.oneof({ arbitrary: framed, weight: 8 }, { arbitrary: body, weight: 1 }),
    fc.array(fc.nat(400), { maxLength: 5 }),
    fc.oneof({ arbitrary: fc.constant(Infinity), weight: 3 }, { arbitrary: fc.nat(400), weight: 1 }),
    fc.constantFrom<End>("stay", "stay", "close", "reset")
  )
  .map(([bytes, cuts, sent, end]) => ({ bytes, cuts, sent, end }))

/** Sends each chunk in its own turn of the event loop, so that they arrive separately. */
const play = async (scene: Scene, { socket }: Stub.Received) => {
  const bytes = scene.bytes.subarray(0, scene.sent)
  const cuts = [0, ...scene.cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
  for (const [i, from] of cuts.slice(0, -1).entries()) {
    socket.write(bytes.subarray(from, cuts[i + 1]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (scene.end === "close") socket.end()
  if (scene.end === "reset") socket.resetAndDestroy()
}

describe("arbitrary answers", () => {
  it.scopedLive(
    "give a reply or a typed error, never a defect or a hang, and do not affect the next call",
    () =>
      Effect.gen(function* () {
        let current: Scene | undefined
        const stub = yield* Stub.start((request, count) => {
          if (current === undefined) Stub.always({ status: 200, body: Stub.published })(request, count)
          else void play(current, request)
        })
        const transport = yield* open(stub.url, { maxConnections: 2 })
        const check = (scene: Scene) =>
          Effect.gen(function* () {
            current = scene
            const exit = yield* Effect.exit(transport.send(call("{}", { timeout: 100 })))
            current = undefined
            if (Exit.isSuccess(exit)) {
              assert.include(["Result", "Failure"], exit.value._tag)
            } else {
              const failure = Cause.failureOption(exit.cause)
              assert(failure._tag === "Some", Cause.pretty(exit.cause))
              assert.isTrue(CentrifugoError.isCentrifugoError(failure.value))
              assert.isTrue(CentrifugoError.isTransportError(failure.value))
              assertKeyless(failure.value)
            }
            const next = yield* transport.send(call("{}")).pipe(
              // Bytes after the end of the last answer can close the socket.
              Effect.retry({ times: 2, while: (error) => error._tag === "CentrifugoNetworkError" })
            )
            assert.deepStrictEqual(next, { _tag: "Result", result: { offset: 1, epoch: "abcd" } })
          })
        const runtime = yield* Effect.runtime<never>()
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(scene, (scene) => Runtime.runPromise(runtime)(check(scene))),
            { numRuns: 200 }
          )
        )
      }),
    60_000
  )

  it.scopedLive("an answer in any number of chunks is read like a whole one", () =>
    Effect.gen(function* () {
      const text = '{"result":{"epoch":"Жé😀","offset":1}}'
      let cuts: ReadonlyArray<number> = []
      const stub = yield* Stub.start((request) => {
        const bytes = Buffer.from(Stub.format({ status: 200, body: text }))
        void play({ bytes, cuts, sent: Infinity, end: "stay" }, request)
      })
      const transport = yield* open(stub.url)
      const start = Stub.format({ status: 200, body: text }).indexOf("{")
      for (let cut = start; cut < start + Buffer.byteLength(text); cut++) {
        cuts = [cut, cut + 1]
        const reply = yield* transport.send(call())
        assert.deepStrictEqual(reply, { _tag: "Result", result: { epoch: "Жé😀", offset: 1 } })
      }
      assert.isAtMost(stub.opened(), 2)
    })
  )
})
