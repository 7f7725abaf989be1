/** The Promise client over sockets. The tests are plain async code. */
import { CentrifugoError, TypedChannel } from "@effect-centrifugo/core"
import { type CentrifugoTest } from "@effect-centrifugo/testing"
import { CentrifugoPromise } from "@effect-centrifugo/node"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Redacted, Schema } from "effect"
import { once } from "node:events"
import { createServer } from "node:http"
import { setImmediate } from "node:timers/promises"

const { requests } = CentrifugoPromise

interface Parts {
  readonly centrifugo: CentrifugoPromise.Service
  readonly server: EmbeddedServer.Service
  readonly fail: (method: string, fault: CentrifugoTest.Fault) => Promise<void>
  readonly published: (channel: string) => Promise<ReadonlyArray<unknown>>
}

const channel: CentrifugoTest.ChannelConfig = {
  without_namespace: { history_size: 10, history_ttl: "1m", presence: true }
}

const test = (
  name: string,
  body: (parts: Parts) => Promise<void>,
  options: Partial<CentrifugoPromise.Options> = {}
) =>
  it.scopedLive(name, () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start({ channel })
      const centrifugo = yield* Effect.acquireRelease(
        Effect.promise(() =>
          CentrifugoPromise.make({
            url: server.apiUrl,
            apiKey: Redacted.value(server.apiKey),
            shutdownTimeout: 200,
            ...options
          })
        ),
        (centrifugo) => Effect.promise(() => centrifugo.close())
      )
      const parts: Parts = {
        centrifugo,
        server,
        fail: (method, fault) => Effect.runPromise(server.failNext(method, fault)),
        published: (channel) => Effect.runPromise(server.published(channel))
      }
      yield* Effect.promise(() => body(parts))
    })
  )

/** The rejection of a Promise. */
const reason = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail("it did not reject"),
    (error: unknown) => error
  )

const never: CentrifugoTest.Fault = { stall: true }

describe("calls", () => {
  test("resolve with the method's result", async ({ centrifugo, published }) => {
    const { epoch, offset } = await centrifugo.publish({ channel: "a", data: { b: [null] } })
    assert.strictEqual(offset, 1)
    const { publications } = await centrifugo.history({ channel: "a", limit: -1 })
    assert.deepStrictEqual(publications[0]?.data, { b: [null] })
    assert.isString(epoch)
    assert.lengthOf((await centrifugo.info()).nodes, 1)
    await centrifugo.check()
    assert.deepStrictEqual(await published("a"), [{ b: [null] }])
  })

  test("functions need no `this`, and send takes requests", async ({ centrifugo: { publish, send } }) => {
    await publish({ channel: "a", data: 1 })
    assert.strictEqual((await send(requests.publish({ channel: "a", data: 2 }))).offset, 2)
  })

  test("history with a schema is decoded", async ({ centrifugo }) => {
    await centrifugo.publish({ channel: "a", data: { at: new Date(0).toISOString() } })
    const schema = Schema.Struct({ at: Schema.Date })
    const { publications } = await centrifugo.history({ channel: "a", limit: 1, schema })
    assert.deepStrictEqual(publications[0]?.data.at, new Date(0))
  })
})

describe("failures", () => {
  test("reject with the error itself, with the stack of the call", async ({ centrifugo }) => {
    const publishToUnknown = async () => {
      await centrifugo.publish({ channel: "nowhere:1", data: 1 })
    }
    const error = await reason(publishToUnknown())
    assert.instanceOf(error, CentrifugoPromise.CentrifugoError.UnknownChannelError)
    assert.strictEqual(CentrifugoPromise.CentrifugoError, CentrifugoError)
    assert.strictEqual(error._tag, "CentrifugoUnknownChannelError")
    const [first, ...frames] = String(error.stack).split("\n")
    assert.strictEqual(first, `CentrifugoUnknownChannelError: ${error.message}`)
    assert.include(frames[0], "publishToUnknown")
    assert.include(frames[0], "promise.test.ts")
  })

  test("of payload, options and network have tags", async ({ centrifugo, fail }) => {
    const unsent = await reason(centrifugo.publish({ channel: "a", data: 1n as never }))
    assert.instanceOf(unsent, CentrifugoError.EncodeError)
    const option = await reason(centrifugo.publish({ channel: "a", data: 1 }, { timeout: "soon" as never }))
    assert.instanceOf(option, CentrifugoError.EncodeError)
    await fail("publish", { reset: true })
    assert.instanceOf(
      await reason(centrifugo.publish({ channel: "a", data: 1 })),
      CentrifugoError.NetworkError
    )
  })

  test("exceptions of the caller's own code are passed through", async ({ centrifugo }) => {
    const thrown = new Error("mine")
    const source = function* () {
      yield requests.publish({ channel: "a", data: 1 })
      throw thrown
    }
    assert.strictEqual(
      await reason(
        (async () => {
          for await (const _ of centrifugo.sendAll(source()));
        })()
      ),
      thrown
    )
  })

  test("invalid arguments of untyped callers reject", async ({ centrifugo }) => {
    const bad: ReadonlyArray<() => Promise<unknown>> = [
      () => centrifugo.publish(undefined as never),
      () => centrifugo.rpc({ method: "a", schema: 1 as never }),
      () => centrifugo.send(undefined as never),
      () => centrifugo.batch(undefined as never)
    ]
    for (const call of bad) assert.instanceOf(await reason(call()), Error)
    assert.strictEqual((await centrifugo.publish({ channel: "a", data: 1 }, null as never)).offset, 1)
  })

  it("of an option reject with a ConfigError", async () => {
    const bad = [
      { url: "localhost", apiKey: "k" },
      { url: "http://localhost", apiKey: "" },
      { url: "http://localhost", apiKey: undefined as never },
      { url: "http://localhost", apiKey: "k", timeout: "soon" as never },
      { url: "http://localhost", apiKey: "k", retires: true } as never
    ]
    for (const options of bad) {
      assert.instanceOf(await reason(CentrifugoPromise.make(options)), CentrifugoError.ConfigError)
    }
  })
})

describe("options of a call", () => {
  test("a timeout applies to one call only", async ({ centrifugo, fail }) => {
    await fail("publish", never)
    const error = await reason(centrifugo.publish({ channel: "a", data: 1 }, { timeout: 50 }))
    assert.instanceOf(error, CentrifugoError.TimeoutError)
    assert.strictEqual(error.timeout, 50)
    await centrifugo.publish({ channel: "a", data: 1 })
  })

  test("a retry policy repeats the call", async ({ centrifugo, fail, published }) => {
    await fail("publish", { reset: true })
    const { transient } = CentrifugoPromise.RetryPolicy
    await centrifugo.publish({ channel: "a", data: 1 }, { retry: transient })
    assert.deepStrictEqual(await published("a"), [1])
  })

  test("batch and sendAll take them beside their own options", async ({ centrifugo, fail }) => {
    await fail("batch", never)
    const members = [requests.publish({ channel: "a", data: 1 })]
    assert.instanceOf(
      await reason(centrifugo.batch(members, { parallel: true, timeout: 50 })),
      CentrifugoError.TimeoutError
    )
    // A single request is not batched.
    await fail("publish", never)
    for await (const { outcome } of centrifugo.sendAll(members, { maxSize: 1, timeout: 50 })) {
      assert(!outcome.ok)
      assert.strictEqual(outcome.error._tag, "CentrifugoTimeoutError")
    }
  })

  test("a signal ends the call with its reason, as with fetch", async ({ centrifugo, fail, server }) => {
    await fail("publish", never)
    const controller = new AbortController()
    const why = new Error("enough")
    const call = reason(centrifugo.publish({ channel: "a", data: 1 }, { signal: controller.signal }))
    // An earlier abort would end the call before it is sent.
    while ((await Effect.runPromise(server.calls("publish"))).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    controller.abort(why)
    assert.strictEqual(await call, why)
    assert.strictEqual(await reason(centrifugo.check({ signal: controller.signal })), why)
    const silent = await reason(centrifugo.check({ signal: AbortSignal.abort() }))
    assert.strictEqual((silent as DOMException).name, "AbortError")
  })

  test("a signal that outlives its calls retains none of them", async ({ centrifugo }) => {
    let listeners = 0
    const { signal } = new AbortController()
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => (listeners++, add(...args)),
      removeEventListener: (...args: Parameters<typeof remove>) => (listeners--, remove(...args))
    })
    for (let i = 0; i < 3; i++) await centrifugo.publish({ channel: "a", data: i }, { signal })
    assert.strictEqual(listeners, 0)
  })
})

describe("outcomes", () => {
  test("of a broadcast", async ({ centrifugo }) => {
    const [good, bad] = await centrifugo.broadcast({ channels: ["a", "nowhere:1"], data: 1 })
    assert(good?.outcome.ok === true)
    assert.deepStrictEqual([good.channel, good.outcome.value.offset], ["a", 1])
    assert(bad?.outcome.ok === false)
    assert.instanceOf(bad.outcome.error, CentrifugoError.UnknownChannelError)
  })

  test("of a batch, list or record, and of nested outcomes", async ({ centrifugo }) => {
    const { far, stats } = await centrifugo.batch({
      stats: requests.presenceStats({ channel: "a" }),
      far: requests.broadcast({ channels: ["b", "nowhere:1"], data: 1 })
    })
    assert.deepStrictEqual(stats, { ok: true, value: { numClients: 0, numUsers: 0 } })
    assert(far.ok)
    assert.deepStrictEqual(
      far.value.map(({ outcome }) => outcome.ok),
      [true, false]
    )
    const [lone] = await centrifugo.batch([requests.publish({ channel: "nowhere:1", data: 1 })])
    assert(!lone.ok)
    assert.instanceOf(lone.error, CentrifugoError.UnknownChannelError)
  })

  test("of a typed channel's history", async ({ centrifugo }) => {
    const Room = TypedChannel.make("room_{id}", { data: Schema.Struct({ n: Schema.Number }) })
    await centrifugo.send(Room.publish({ id: "1" }, { n: 1 }))
    await centrifugo.publish({ channel: "room_1", data: "other" })
    const { publications } = await centrifugo.send(Room.history({ id: "1" }, { limit: -1 }))
    const [fits, other] = publications
    assert(fits?.ok === true)
    assert.deepStrictEqual(fits.value.data, { n: 1 })
    assert(other?.ok === false)
  })
})

describe("invalid options", () => {
  test("are refused before anything is sent", async ({ centrifugo, published }) => {
    const bad: ReadonlyArray<readonly [unknown, string]> = [
      [{ signal: new AbortController() }, "signal"],
      [{ signal: null }, "signal"],
      [{ signal: true }, "signal"],
      [{ timeuot: 100 }, "timeuot"],
      [{ maxSize: 1 }, "maxSize"],
      [5, "options"]
    ]
    const request = requests.publish({ channel: "a", data: 1 })
    for (const [given, name] of bad) {
      const options = given as CentrifugoPromise.Call
      for (const call of [
        centrifugo.publish({ channel: "a", data: 1 }, options),
        centrifugo.send(request, options),
        centrifugo.batch([request], options),
        centrifugo.check(options),
        ...(name === "maxSize" ? [] : [centrifugo.sendAll([request], options).next()])
      ] as ReadonlyArray<Promise<unknown>>) {
        const error = await reason(call)
        assert.instanceOf(error, CentrifugoError.EncodeError)
        assert.deepStrictEqual(error.path, [name])
      }
    }
    const invalid = await reason(centrifugo.check({ signal: new AbortController() as never }))
    assert.include(String(invalid), "this is an AbortController, pass its signal")
    assert.lengthOf(await published("a"), 0)
  })

  test("a signal of another class with the same interface works", async ({ centrifugo, fail }) => {
    await fail("info", never)
    const target = new EventTarget()
    const signal = Object.assign(target, { aborted: false, reason: "left" })
    const call = reason(centrifugo.check({ signal: signal as unknown as AbortSignal }))
    setTimeout(() => {
      signal.aborted = true
      target.dispatchEvent(new Event("abort"))
    }, 20)
    assert.strictEqual(await call, "left")
  })
})

describe("sendAll", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      requests.publish({ channel: i === 3 ? "nowhere:1" : "a", data: i })
    )

  test("returns each request of an iterable with its outcome, in order", async ({
    centrifugo,
    published
  }) => {
    const given = many(2500)
    let i = 0
    for await (const { outcome, request } of centrifugo.sendAll(given, { maxSize: 100 })) {
      assert.strictEqual(request, given[i])
      assert.strictEqual(outcome.ok, i !== 3)
      i++
    }
    assert.strictEqual(i, 2500)
    assert.lengthOf(await published("a"), 2499)
  })

  test("returns the value that was paired with a request, unchanged, beside its outcome", async ({
    centrifugo
  }) => {
    // Both would be converted if they were part of a result.
    const values = [Either.right(1), { outcome: Either.left("mine") }, undefined, new Date(0), "row"]
    const given = values.map((value, i) => [value, many(values.length)[i]!] as const)
    const seen: Array<unknown> = []
    for await (const [value, outcome] of centrifugo.sendAll(given, { maxSize: 2 })) {
      assert.strictEqual(value, values[seen.length])
      seen.push(outcome.ok)
    }
    assert.deepStrictEqual(seen, [true, true, true, false, true])
    // With an async iterable, and beside requests without a value.
    const mixed = async function* () {
      yield ["first", many(1)[0]!] as const
      yield many(1)[0]!
    }
    const shapes: Array<unknown> = []
    for await (const sent of centrifugo.sendAll(mixed())) {
      shapes.push("request" in sent ? sent.outcome.ok : sent[0])
    }
    assert.deepStrictEqual(shapes, ["first", true])
  })

  test("reads an async source on demand, and closes it when the loop ends", async ({ centrifugo }) => {
    let ended = false
    const source = async function* () {
      try {
        for (const request of many(100_000)) yield await Promise.resolve(request)
      } finally {
        ended = true
      }
    }
    for await (const { request } of centrifugo.sendAll(source(), { maxSize: 10 })) {
      if (request.payload.data === 5) break
    }
    while (!ended) await setImmediate()
  })

  const waits = async function* (count: number) {
    for (const request of many(count)) yield request
    await new Promise(() => {})
  }

  test("ends at once when the loop ends, even if its source waits forever", async ({ centrifugo }) => {
    let count = 0
    for await (const { outcome } of centrifugo.sendAll(waits(3), { maxSize: 1 })) {
      assert.isTrue(outcome.ok)
      if (++count === 3) break
    }
    // While a call of next is pending: both are settled.
    const sent = centrifugo.sendAll(waits(1), { maxSize: 1 })
    assert.isFalse((await sent.next()).done)
    const waiting = [sent.next(), sent.next()]
    const done = { done: true, value: undefined } as const
    assert.deepStrictEqual(await sent.return(), done)
    assert.deepStrictEqual(await Promise.all(waiting), [done, done])
    assert.deepStrictEqual(await sent.next(), done)
    // By an error in the loop.
    const thrown = centrifugo.sendAll(waits(1), { maxSize: 1 })
    await thrown.next()
    const next = thrown.next()
    assert.strictEqual(await reason(thrown.throw("no")), "no")
    assert.deepStrictEqual(await next, done)
    await centrifugo.check()
  })

  test("ends when its signal aborts, while its source waits and between two values", async ({
    centrifugo
  }) => {
    const controller = new AbortController()
    const sent = centrifugo.sendAll(waits(1), { signal: controller.signal, maxSize: 1 })
    await sent.next()
    const waiting = [reason(sent.next()), sent.next()] as const
    controller.abort("enough")
    assert.strictEqual(await waiting[0], "enough")
    assert.isTrue((await waiting[1]).done)

    const between = new AbortController()
    const values = centrifugo.sendAll(waits(5), { signal: between.signal })
    await values.next()
    between.abort("enough")
    assert.strictEqual(await reason(values.next()), "enough")
    assert.isTrue((await values.next()).done)

    const before = centrifugo.sendAll(waits(5), { signal: AbortSignal.abort("never") })
    assert.strictEqual(await reason(before.next()), "never")
    assert.isTrue((await before.next()).done)
  })

  test("settles concurrent calls of next in order, and rejects the call that gets the failure", async ({
    centrifugo
  }) => {
    const failing = async function* () {
      yield* many(2)
      throw new Error("the source broke")
    }
    const sent = centrifugo.sendAll(failing(), { maxSize: 1 })
    const [first, second, third, fourth] = [sent.next(), sent.next(), sent.next(), sent.next()]
    assert.strictEqual((await first).value?.request.payload.data, 0)
    assert.strictEqual((await second).value?.request.payload.data, 1)
    assert.match(String(await reason(third)), /the source broke/)
    assert.isTrue((await fourth).done)
  })

  test("a source whose return fails, or has no return, breaks nothing", async ({ centrifugo }) => {
    let index = 0
    const source: AsyncIterable<ReturnType<typeof requests.publish>> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: many(10)[index++ % 3]! }),
        return: () => {
          throw new Error("not now")
        }
      })
    }
    for await (const { outcome } of centrifugo.sendAll(source, { maxSize: 1 })) {
      assert.isTrue(outcome.ok)
      break
    }
    const broken = {
      [Symbol.asyncIterator]: () => {
        throw new Error("no iterator")
      }
    }
    assert.match(String(await reason(centrifugo.sendAll(broken).next())), /no iterator/)
  })

  test("rejects with the signal's reason", async ({ centrifugo, fail, server }) => {
    await fail("batch", never)
    const controller = new AbortController()
    const sent = centrifugo.sendAll(many(2), { signal: controller.signal })
    const first = reason(sent.next())
    while ((await Effect.runPromise(server.calls("batch"))).length === 0) await setImmediate()
    controller.abort("enough")
    assert.strictEqual(await first, "enough")
    assert.deepStrictEqual(await sent.next(), { done: true, value: undefined })
  })

  test("refuses a value that is not iterable", async ({ centrifugo }) => {
    assert.instanceOf(await reason(centrifugo.sendAll(undefined as never).next()), TypeError)
    assert.instanceOf(
      await reason(centrifugo.sendAll([], { maxSize: 0 }).next()),
      CentrifugoError.ConfigError
    )
  })
})

describe("the key", () => {
  test(
    "can come from a function, which is called for each attempt",
    async ({ centrifugo }) => {
      await centrifugo.check()
      await centrifugo.check()
      assert.instanceOf(await reason(centrifugo.check()), CentrifugoError.ApiKeyError)
    },
    (() => {
      const keys = [Redacted.make("test-key"), Promise.resolve("test-key")]
      return {
        apiKey: () => {
          const key = keys.shift()
          if (key === undefined) throw new Error("no more")
          return key
        }
      }
    })()
  )
})

describe("close", () => {
  test("ends the calls in flight, and refuses later calls", async ({ centrifugo, fail }) => {
    await fail("publish", never)
    const call = reason(centrifugo.publish({ channel: "a", data: 1 }))
    await centrifugo.close()
    assert.instanceOf(await call, CentrifugoError.NetworkError)
    assert.instanceOf(
      await reason(centrifugo.publish({ channel: "a", data: 1 })),
      CentrifugoError.NetworkError
    )
    await centrifugo.close()
  })

  test("lets calls in flight finish within the shutdown timeout", async ({ centrifugo, fail }) => {
    await fail("publish", { delay: 100 })
    const call = centrifugo.publish({ channel: "a", data: 1 })
    await centrifugo[Symbol.asyncDispose]()
    assert.strictEqual((await call).offset, 1)
  })

  test("causes no unhandled rejection of its own calls, and hides no others", async ({
    centrifugo,
    fail
  }) => {
    const unhandled: Array<unknown> = []
    const others = process.listeners("unhandledRejection")
    process.removeAllListeners("unhandledRejection")
    process.on("unhandledRejection", (error) => unhandled.push(error))
    try {
      void centrifugo.publish({ channel: "nowhere:1", data: 1 })
      await once(process, "unhandledRejection")
      assert.lengthOf(unhandled, 1)
      await fail("publish", never)
      void centrifugo.publish({ channel: "a", data: 1 })
      await centrifugo.close()
      // Node reports them after the microtasks.
      await new Promise((resolve) => setTimeout(resolve, 10))
      assert.lengthOf(unhandled, 1)
    } finally {
      process.removeAllListeners("unhandledRejection")
      for (const listener of others) process.on("unhandledRejection", listener)
    }
  })
})

describe("batching", () => {
  test(
    "batches calls made at the same time",
    async ({ centrifugo, server }) => {
      const sent = await Promise.allSettled(
        ["a", "nowhere:1", "b"].map((channel) => centrifugo.publish({ channel, data: 1 }))
      )
      assert.deepStrictEqual(
        sent.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"]
      )
      const calls = await Effect.runPromise(server.calls())
      assert.isBelow(calls.length, 6)
    },
    { batching: true }
  )
})

describe("a handler of node:http", () => {
  test("answers by the error's tag", async ({ centrifugo }) => {
    const http = createServer((request, response) => {
      const controller = new AbortController()
      response.on("close", () => controller.abort())
      centrifugo
        .publish({ channel: request.url?.slice(1) ?? "", data: "hi" }, { signal: controller.signal })
        .then(({ offset }) => response.end(String(offset)))
        .catch((error: unknown) => {
          response.statusCode = error instanceof CentrifugoError.UnknownChannelError ? 404 : 503
          response.end()
        })
    }).listen(0, "127.0.0.1")
    await once(http, "listening")
    const address = http.address()
    assert(typeof address === "object" && address !== null)
    const at = `http://127.0.0.1:${address.port}`
    assert.strictEqual(await (await fetch(`${at}/a`)).text(), "1")
    assert.strictEqual((await fetch(`${at}/nowhere:1`)).status, 404)
    http.closeAllConnections()
    http.close()
  })
})
