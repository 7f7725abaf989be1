/** Signals and stacks of the Promise client, in programs that modify them. */
import { CentrifugoPromise } from "@effect-centrifugo/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { apiKey } from "../transports/over.js"
import * as Stub from "../transports/stub.js"

const client = (answer: Stub.Answer) =>
  Effect.gen(function* () {
    const stub = yield* Stub.start(answer)
    const centrifugo = yield* Effect.acquireRelease(
      Effect.promise(() => CentrifugoPromise.make({ url: stub.url, apiKey, shutdownTimeout: 0 })),
      (centrifugo) => Effect.promise(() => centrifugo.close())
    )
    return { centrifugo, stub }
  })

describe("one signal for many calls", () => {
  it.scopedLive("has one listener, none afterwards, and Node does not warn of a leak", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* client(Stub.always({ status: 200, body: Stub.published }))
      const { signal } = new AbortController()
      const counts = { added: 0, removed: 0 }
      const { addEventListener, removeEventListener } = signal
      signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        counts.added++
        addEventListener.apply(signal, args)
      }
      signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        counts.removed++
        removeEventListener.apply(signal, args)
      }
      const publish = (n: number) => centrifugo.publish({ channel: `user:${n}`, data: n }, { signal })
      const all = () => Promise.all(Array.from({ length: 20 }, (_, n) => publish(n)))
      yield* Effect.promise(all)
      assert.deepStrictEqual(counts, { added: 1, removed: 1 })
      yield* Effect.promise(all)
      assert.deepStrictEqual(counts, { added: 2, removed: 2 })
    })
  )

  it.scopedLive("aborts all calls in flight, and no settled one", () =>
    Effect.gen(function* () {
      const { centrifugo, stub } = yield* client(() => {})
      const controller = new AbortController()
      const calls = Array.from({ length: 20 }, (_, n) =>
        centrifugo
          .publish({ channel: `user:${n}`, data: n }, { signal: controller.signal })
          .catch((error: unknown) => error)
      )
      yield* stub.received
      controller.abort("enough")
      assert.deepStrictEqual(new Set(yield* Effect.promise(() => Promise.all(calls))), new Set(["enough"]))
    })
  )

  it.scopedLive("an invalid signal is refused before anything is sent", () =>
    Effect.gen(function* () {
      const { centrifugo, stub } = yield* client(() => {})
      for (const signal of [new AbortController(), {}, "signal"]) {
        const error: unknown = yield* Effect.promise(() =>
          centrifugo
            .publish({ channel: "news", data: 1 }, { signal: signal as never })
            .catch((error: unknown) => error)
        )
        assert.instanceOf(error, CentrifugoPromise.CentrifugoError.EncodeError)
        assert.include(error.message, "AbortSignal")
      }
      assert.strictEqual(stub.opened(), 0)
    })
  )
})

describe("the stack of a rejection", () => {
  const stackWith = (change: () => void) =>
    Effect.gen(function* () {
      const { centrifugo } = yield* client(() => {})
      const { stackTraceLimit } = Error
      change()
      const error = yield* Effect.promise(() =>
        // An empty channel is refused before anything is sent.
        centrifugo.publish({ channel: "", data: 1 }).catch((error: unknown) => error as Error)
      ).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            Error.stackTraceLimit = stackTraceLimit
            delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace
          })
        )
      )
      const { message, stack } = error as Error
      return String(stack).split(message)[1]
    })

  it.scopedLive("has the caller's frames", () =>
    Effect.gen(function* () {
      assert.match((yield* stackWith(() => {})) ?? "", /^\n +at /)
    })
  )

  it.scopedLive("is only the message if there are no frames, or if they are not text", () =>
    Effect.gen(function* () {
      const changes: ReadonlyArray<() => void> = [
        () => (Error.stackTraceLimit = 0),
        () => (Error.prepareStackTrace = (_, sites) => sites),
        () => (Error.prepareStackTrace = () => undefined),
        () => (Error.prepareStackTrace = () => "Error without frames")
      ]
      for (const change of changes) assert.strictEqual(yield* stackWith(change), "")
    })
  )
})
