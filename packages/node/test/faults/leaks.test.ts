/** No leaks: no socket of calls that were given up, no handle of clients that were dropped. */
import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, ManagedRuntime, Queue } from "effect"
import { handles, noMoreThan, undisturbed } from "../transports/machine.js"
import { keepAlive, options } from "../transports/over.js"
import * as Stub from "../transports/stub.js"
import * as Peer from "./peer.js"

const silent: Stub.Answer = () => {}
const publish = (i: number) => ({ channel: `news:${i}`, data: { text: "hello" } })
const range = (length: number) => Array.from({ length }, (_, i) => i)

type Options = CentrifugoNode.Options

/** Clients as programs build them, with options that all of them support. */
const layers: ReadonlyArray<{
  readonly name: string
  readonly layer: (options: Options) => Layer.Layer<Centrifugo.Centrifugo, unknown>
}> = [
  { name: "CentrifugoNode", layer: CentrifugoNode.layer },
  {
    name: "CentrifugoNode, batching",
    layer: (options) => CentrifugoNode.layer({ ...options, batching: true })
  },
  { name: "node:http", layer: (options) => Layer.provide(Centrifugo.layer(options), keepAlive) },
  {
    name: "node:http, batching",
    layer: (options) => Layer.provide(Centrifugo.layer({ ...options, batching: true }), keepAlive)
  }
]

const publishAll = (count: number) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
    Effect.forEach(range(count), (i) => centrifugo.publish(publish(i)), {
      concurrency: "unbounded",
      discard: true
    })
  )

describe("interrupting 1,000 slow calls", () => {
  for (const { layer, name } of layers.filter(({ name }) => !name.includes("batching"))) {
    it.scopedLive(
      `over ${name} closes their 1,000 sockets`,
      () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(silent)
          const calls = yield* publishAll(1000).pipe(
            Effect.provide(layer({ ...options(stub.url), maxConnections: 1000 })),
            Effect.fork
          )
          yield* Queue.takeN(stub.received, 1000)
          yield* Fiber.interrupt(calls)
          yield* Queue.takeN(stub.closed, 1000)
          assert.strictEqual(stub.opened(), 1000)
        }),
      60_000
    )
  }

  it.scopedLive("in batches closes the batches' sockets, and sends no queued call", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(silent)
      const calls = yield* publishAll(1000).pipe(
        Effect.provide(
          CentrifugoNode.layer({ ...options(stub.url), batching: { maxSize: 100, concurrency: 4 } })
        ),
        Effect.fork
      )
      yield* Queue.takeN(stub.received, 4)
      yield* Fiber.interrupt(calls)
      yield* Queue.takeN(stub.closed, 4)
      assert.strictEqual(stub.requests.length, 4)
    })
  )
})

// `undici/shutdown.test.ts` tests the same for the transport alone.
describe("500 layers built, used and dropped", () => {
  for (const { layer, name } of layers.filter(({ name }) => name.includes("batching"))) {
    it.scopedLive(
      `${name}: every socket closes, and no timer or handle is left`,
      () =>
        Effect.gen(function* () {
          const peer = yield* Peer.start({})
          const use = publishAll(2).pipe(Effect.provide(Layer.fresh(layer(options(peer.url)))))
          yield* use
          yield* peer.drained
          const before = handles()
          yield* Effect.replicateEffect(use, 500, { discard: true })
          yield* peer.drained
          yield* noMoreThan(before)
        }),
      60_000
    )
  }
})

describe("ManagedRuntime.dispose with 100 calls in flight", () => {
  for (const { layer, name } of layers) {
    it.scopedLive(
      `${name}: ends in under a second, every call settles, every socket closes`,
      () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(silent)
          const runtime = ManagedRuntime.make(layer(options(stub.url)))
          const calls = range(100).map((i) =>
            runtime.runPromiseExit(
              Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) => centrifugo.publish(publish(i)))
            )
          )
          yield* stub.received
          const start = performance.now()
          yield* Effect.promise(() => runtime.dispose())
          assert.isBelow(performance.now() - start, 1000)
          const exits = yield* Effect.promise(() => Promise.all(calls))
          assert.isTrue(exits.every(({ _tag }) => _tag === "Failure"))
          assert.isAbove(stub.opened(), 0)
          yield* Queue.takeN(stub.closed, stub.opened())
        }),
      undisturbed
    )
  }
})
