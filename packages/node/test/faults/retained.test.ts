/**
 * Counts the objects that a client keeps in memory after its connections have ended in any way, after a garbage
 * collection. `npm run soak` measures the heap over minutes.
 */
import type { Centrifugo } from "@effect-centrifugo/core"
import { CallOptions, RetryPolicy } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { channel } from "node:diagnostics_channel"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { options } from "../transports/over.js"
import * as Stub from "../transports/stub.js"

setFlagsFromString("--expose-gc")
const gc = runInNewContext("gc") as () => void

/** Counts the objects that undici reports in the scope: all of them, and those still in memory. */
const watch = (name: string, pick: (message: never) => object) =>
  Effect.gen(function* () {
    const seen: Array<WeakRef<object>> = []
    const note = (message: unknown) => void seen.push(new WeakRef(pick(message as never)))
    const diagnostics = channel(name)
    yield* Effect.acquireRelease(
      Effect.sync(() => diagnostics.subscribe(note)),
      () => Effect.sync(() => diagnostics.unsubscribe(note))
    )
    return { seen, living: () => seen.filter((each) => each.deref() !== undefined).length }
  })

const publish = (centrifugo: Centrifugo.Service) => centrifugo.publish({ channel: "news", data: 1 })
const reply = (headers: Stub.Reply["headers"] = {}) =>
  Stub.format({ status: 200, body: Stub.published, headers })

interface Ending {
  readonly answer: Stub.Answer
  readonly call: (centrifugo: Centrifugo.Service) => Effect.Effect<unknown, unknown>
}

const endings: Record<string, Ending> = {
  "closed by the server after the answer": {
    answer: ({ socket }) => void socket.end(reply({ connection: "close" })),
    call: publish
  },
  "cut before the answer": { answer: ({ socket }) => void socket.destroy(), call: publish },
  "cut within the answer": { answer: ({ socket }) => void socket.end(reply().slice(0, -5)), call: publish },
  "ended by the call's timeout": {
    answer: () => {},
    call: (centrifugo) => CallOptions.with(publish(centrifugo), { timeout: 5 })
  },
  "ended by an interruption": {
    answer: () => {},
    call: (centrifugo) =>
      Effect.flatMap(Effect.fork(publish(centrifugo)), (call) =>
        Effect.zipRight(Effect.sleep(5), Fiber.interrupt(call))
      )
  },
  "kept open": { answer: ({ socket }) => void socket.write(reply()), call: publish }
}

/** The maximum number of objects that the pool itself may hold. */
const few = 8

describe("after 200 calls whose connections were", () => {
  for (const [title, { answer, call }] of Object.entries(endings)) {
    for (const batching of [false, true]) {
      it.scopedLive(`${title}${batching ? ", with batching" : ""}: nothing is retained`, () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start((request, count) => {
            stub.requests.length = 0
            answer(request, count)
          })
          const sockets = yield* watch("undici:client:connected", ({ socket }: { socket: object }) => socket)
          const calls = yield* watch("undici:request:create", ({ request }: { request: object }) => request)
          const centrifugo = yield* CentrifugoNode.make({
            ...options(stub.url),
            maxConnections: 4,
            batching,
            retry: RetryPolicy.none
          })
          yield* Effect.replicateEffect(Effect.ignore(call(centrifugo)), 200, {
            concurrency: 8,
            discard: true
          })
          // Sockets close, and references are cleared, over several turns of the event loop.
          for (let i = 0; i < 20 && sockets.living() + calls.living() > few; i++) {
            yield* Effect.sleep(20)
            gc()
          }
          assert.isAbove(calls.seen.length, 20)
          assert.isAtMost(sockets.living(), few, "sockets")
          assert.isAtMost(calls.living(), few, "calls")
        })
      )
    }
  }
})
