/** Test tools replace globals: fake timers, and the DOM of jsdom and happy-dom. */
import { CentrifugoNode, CentrifugoPromise } from "@effect-centrifugo/node"
import { Centrifugo } from "@effect-centrifugo/core"
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { setTimeout as realSetTimeout } from "node:timers"
import { vi } from "vitest"
import { apiKey, options, over } from "../transports/over.js"
import * as Stub from "../transports/stub.js"

const good = Stub.always({ status: 200, body: Stub.published })

/** A real timer, which test tools can't replace. */
const within = <A>(millis: number, promise: Promise<A>): Effect.Effect<A> =>
  Effect.promise(() =>
    Promise.race([
      promise,
      new Promise<never>((_, reject) => realSetTimeout(() => reject(new Error("it hangs")), millis))
    ])
  )

const faked = Effect.acquireRelease(
  Effect.sync(() =>
    vi.useFakeTimers({
      toFake: [
        "setTimeout",
        "clearTimeout",
        "setImmediate",
        "clearImmediate",
        "setInterval",
        "Date",
        "performance"
      ]
    })
  ),
  () => Effect.sync(() => vi.useRealTimers())
)

const client = (url: string, more: Partial<CentrifugoPromise.Options> = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => CentrifugoPromise.make({ url, apiKey, maxConnections: 2, ...more })),
    (centrifugo) => Effect.promise(() => centrifugo.close())
  )

/** Prevents an unhandled rejection; the test awaits the promise later. */
const publishing = async (centrifugo: CentrifugoPromise.Service, count: number) => {
  for (let n = 0; n < count; n++) await centrifugo.publish({ channel: "news", data: n })
}

describe("fake timers", () => {
  it.scopedLive("a client made and used under fake timers works", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      yield* faked
      const centrifugo = yield* client(stub.url)
      yield* within(5000, publishing(centrifugo, 6))
    })
  )

  it.scopedLive("a client used before works under fake timers, and afterwards", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const centrifugo = yield* client(stub.url)
      for (let round = 0; round < 3; round++) {
        yield* within(5000, publishing(centrifugo, 4))
        yield* Effect.scoped(
          Effect.zipRight(faked, within(5000, Promise.all([1, 2, 3, 4].map(() => publishing(centrifugo, 3)))))
        )
        yield* within(5000, Promise.all([1, 2, 3, 4].map(() => publishing(centrifugo, 3))))
      }
    })
  )

  it.scopedLive("a call in flight ends when fake timers start, and when they end", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(() => {})
      const centrifugo = yield* client(stub.url, { maxConnections: 1 })
      const answer = Effect.map(stub.received, ({ socket }) =>
        socket.write(Stub.format({ status: 200, body: Stub.published }))
      )
      const first = publishing(centrifugo, 1)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.zipRight(answer, Effect.void)
          yield* faked
          yield* within(5000, first)
        })
      )
      const second = publishing(centrifugo, 2)
      yield* answer
      yield* answer
      yield* within(5000, second)
    })
  )

  it.scopedLive("timeouts of calls and of connecting use real time", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(() => {})
      yield* faked
      const centrifugo = yield* client(stub.url, { timeout: 50 })
      const error: unknown = yield* within(
        5000,
        centrifugo.publish({ channel: "news", data: 1 }).catch((error: unknown) => error)
      )
      assert.instanceOf(error, CentrifugoPromise.CentrifugoError.TimeoutError)
    })
  )

  it.scopedLive("over fetch, the timeout of a call uses real time", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(() => {})
      const centrifugo = yield* over(FetchHttpClient.layer)({ ...options(stub.url), timeout: 50 })
      yield* faked
      const outcome = yield* within(
        5000,
        Effect.runPromise(Effect.either(centrifugo.publish({ channel: "news", data: 1 })))
      )
      assert(Either.isLeft(outcome))
      assert.strictEqual(outcome.left._tag, "CentrifugoTimeoutError")
    })
  )
})

/** A DOM's class: the right interface, but not Node's own EventTarget. */
class DomAbortSignal {
  aborted = false
  reason: unknown = undefined
  readonly listeners = new Set<() => void>()
  addEventListener(_type: string, listener: () => void) {
    this.listeners.add(listener)
  }
  removeEventListener(_type: string, listener: () => void) {
    this.listeners.delete(listener)
  }
}
class DomAbortController {
  readonly signal = new DomAbortSignal()
  abort(reason: unknown) {
    Object.assign(this.signal, { aborted: true, reason })
    for (const listener of [...this.signal.listeners]) listener()
  }
}

describe("a DOM's AbortController instead of Node's", () => {
  const replaced = Effect.acquireRelease(
    Effect.sync(() => {
      vi.stubGlobal("AbortSignal", DomAbortSignal)
      vi.stubGlobal("AbortController", DomAbortController)
      vi.stubGlobal("EventTarget", class {})
      vi.stubGlobal("Event", class {})
    }),
    () => Effect.sync(() => vi.unstubAllGlobals())
  )

  it.scopedLive("the clients of this package work", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      yield* replaced
      const centrifugo = yield* client(stub.url)
      yield* within(5000, publishing(centrifugo, 3))
      yield* Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
        centrifugo.publish({ channel: "news", data: 1 })
      ).pipe(Effect.provide(CentrifugoNode.layer(options(stub.url))))
    })
  )

  it.scopedLive("the client over fetch works if fetch refuses signals of a DOM, as on Node 24", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const silent = yield* Stub.start(() => {})
      const { AbortSignal, fetch } = globalThis
      const check = (signal: unknown) => {
        if (!(signal instanceof AbortSignal)) throw new TypeError("expected an instance of AbortSignal")
      }
      yield* replaced
      vi.stubGlobal("Request", function (_: string, { signal }: RequestInit) {
        check(signal)
      })
      vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
        check(init.signal)
        return fetch(url, init)
      })
      const centrifugo = yield* Centrifugo.makeFetch(options(stub.url))
      yield* centrifugo.publish({ channel: "news", data: 1 })
      const waiting = yield* Centrifugo.makeFetch({ ...options(silent.url), timeout: 50 })
      const error = yield* Effect.flip(waiting.publish({ channel: "news", data: 1 }))
      assert.strictEqual(error._tag, "CentrifugoTimeoutError")
      yield* silent.closed
    })
  )

  it.scopedLive("its signal ends a call, and no listener remains", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(() => {})
      yield* replaced
      const centrifugo = yield* client(stub.url)
      const controller = new DomAbortController()
      const signal = controller.signal as unknown as AbortSignal
      const call = centrifugo
        .publish({ channel: "news", data: 1 }, { signal })
        .catch((error: unknown) => error)
      yield* stub.received
      controller.abort("enough")
      assert.strictEqual(yield* within(5000, call), "enough")
      yield* stub.closed
      assert.strictEqual(controller.signal.listeners.size, 0)
    })
  )
})
