import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Option, Schedule, TestClock } from "effect"
import {
  ApiMethod,
  Batch,
  CallOptions,
  CentrifugoApi,
  CentrifugoError,
  CentrifugoTransport,
  RetryPolicy
} from "../../src/index.js"
import * as Stub from "../support/StubTransport.js"

const method = "publish"
const lost = new CentrifugoError.NetworkError({
  method,
  phase: "unknown",
  detail: "reset",
  code: "ECONNRESET"
})
const refused = new CentrifugoError.NetworkError({
  method,
  phase: "connect",
  detail: "refused",
  code: "ECONNREFUSED"
})
const untrusted = new CentrifugoError.NetworkError({
  method,
  phase: "connect",
  detail: "self-signed certificate",
  code: "DEPTH_ZERO_SELF_SIGNED_CERT"
})
const closed = new CentrifugoError.NetworkError({
  method,
  phase: "queued",
  detail: "closed",
  code: "ERR_CLOSED"
})
const silent = new CentrifugoError.TimeoutError({ method, phase: "unknown", timeout: 1 })
const queued = new CentrifugoError.TimeoutError({ method, phase: "queued", timeout: 1 })
const status = (status: number, retryAfter?: number) =>
  new CentrifugoError.StatusError({
    method,
    status,
    body: "",
    ...(retryAfter === undefined ? {} : { retryAfter })
  })
const unreadable = new CentrifugoError.DecodeError({ method, path: [], detail: "not JSON" })
const code100 = CentrifugoTransport.failure({ code: 100, message: "internal server error" })
const published = CentrifugoTransport.result({ offset: 1, epoch: "e" })

const unsafe = ApiMethod.make("do_it", { payload: {}, result: {}, codes: [100], repeat: "unsafe" })

/** Fails once per given failure, then answers. */
const failingFirst = (
  failures: ReadonlyArray<CentrifugoError.TransportError | CentrifugoTransport.Reply>
) => {
  let next = 0
  return (): Effect.Effect<CentrifugoTransport.Reply, CentrifugoError.TransportError> => {
    const failure = failures[next++]
    if (failure === undefined) return Effect.succeed(published)
    return failure instanceof Error ? Effect.fail(failure) : Effect.succeed(failure)
  }
}

/** Runs a call, skips all its delays, and returns its exit. */
const settle = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.exit(effect))
    for (let i = 0; i < 20; i++) yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

const failureOf = <A, E>(exit: Exit.Exit<A, E>): E =>
  Option.getOrElse(Option.flatMap(Exit.causeOption(exit), Cause.failureOption), () =>
    assert.fail(`no failure: ${String(exit)}`)
  )

const bodyOf = (call: CentrifugoTransport.Call | undefined) =>
  JSON.parse(call?.body ?? "{}") as Record<string, unknown>

describe("which failures are repeated", () => {
  const requests = {
    read: CentrifugoApi.history({ channel: "a" }),
    keyed: CentrifugoApi.publish({ channel: "a", data: 1 }),
    natural: CentrifugoApi.disconnect({ user: "u" }),
    unsafe: unsafe()
  }
  type Class = keyof typeof requests
  const every: ReadonlyArray<Class> = ["read", "keyed", "natural", "unsafe"]
  const safe: ReadonlyArray<Class> = ["read", "keyed", "natural"]
  const none: ReadonlyArray<Class> = []

  const table: ReadonlyArray<
    readonly [
      string,
      CentrifugoError.TransportError | CentrifugoTransport.Reply,
      unsent: ReadonlyArray<Class>,
      transient: ReadonlyArray<Class>
    ]
  > = [
    ["a refused connection", refused, every, every],
    ["a timeout while queued", queued, every, every],
    ["an untrusted certificate", untrusted, none, none],
    ["a closed transport", closed, none, none],
    ["a lost response", lost, none, safe],
    ["a timeout after sending", silent, none, safe],
    ["429", status(429), none, safe],
    ["502", status(502), none, safe],
    ["503", status(503), none, safe],
    ["504", status(504), none, safe],
    ["code 100", code100, none, safe],
    ["500", status(500), none, none],
    ["404", status(404), none, none],
    ["413", status(413), none, none],
    ["505", status(505), none, none],
    ["no key", new CentrifugoError.ApiKeyError({ method, detail: "the vault is sealed" }), none, none],
    [
      "a reply that is too large",
      new CentrifugoError.ResponseTooLargeError({ method, limit: 1 }),
      none,
      none
    ],
    ["overload", new CentrifugoError.OverloadedError({ method, limit: 1 }), none, none],
    ["401", new CentrifugoError.UnauthorizedError({ method, body: "" }), none, none],
    ["a redirect", new CentrifugoError.RedirectError({ method, status: 301 }), none, none],
    ["an unreadable reply", unreadable, none, none],
    ["code 102", CentrifugoTransport.failure({ code: 102, message: "unknown channel" }), none, none]
  ]

  for (const [policyName, column] of [
    ["unsent", 2],
    ["transient", 3]
  ] as const) {
    for (const row of table) {
      const [name, failure] = row
      for (const repeat of every) {
        const repeats = row[column].includes(repeat)
        it.effect(`${policyName}: ${name} on ${repeat} is ${repeats ? "repeated" : "final"}`, () =>
          Effect.gen(function* () {
            const { calls, centrifugo } = yield* Stub.make(failingFirst([failure]), {
              retry: RetryPolicy[policyName]
            })
            const exit = yield* settle(centrifugo.send<string, unknown, unknown, unknown>(requests[repeat]))
            assert.strictEqual(Exit.isSuccess(exit), repeats)
            assert.strictEqual(calls.length, repeats ? 2 : 1)
          })
        )
      }
    }
  }

  it.effect("the default is unsent, and none never repeats", () =>
    Effect.gen(function* () {
      const byDefault = yield* Stub.make(failingFirst([refused, refused]))
      assert.isTrue(Exit.isSuccess(yield* settle(byDefault.centrifugo.info())))
      const never = yield* Stub.make(failingFirst([refused]), { retry: RetryPolicy.none })
      assert.isTrue(Exit.isFailure(yield* settle(never.centrifugo.info())))
      assert.strictEqual(never.calls.length, 1)
    })
  )
})

describe("attempts", () => {
  it.effect("the last failure is returned, with its tag, the attempts and the time", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(() => Effect.fail(lost), {
        retry: RetryPolicy.make({
          schedule: Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(2)))
        })
      })
      const error = failureOf(yield* settle(centrifugo.publish({ channel: "a", data: 1 })))
      assert.strictEqual(error._tag, "CentrifugoNetworkError")
      assert.strictEqual(error.attempts, 3)
      assert.strictEqual(error.elapsed, 2000)
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect.each([
    ["a lost response", lost, "unknown"],
    ["a timeout", silent, "unknown"],
    ["status 503", status(503), "unknown"],
    ["code 100", code100, "unknown"],
    ["a refused connection", refused, "connect"]
  ] as const)(
    'after %s, a phase of the last attempt that says "not sent" becomes unknown',
    ([, first, phase]) =>
      Effect.gen(function* () {
        const { calls, centrifugo } = yield* Stub.make(failingFirst([first, untrusted]), {
          retry: RetryPolicy.transient
        })
        const error = failureOf(yield* settle(centrifugo.publish({ channel: "a", data: 1 })))
        assert(error._tag === "CentrifugoNetworkError")
        assert.deepEqual([error.code, error.attempts, error.phase], [untrusted.code, 2, phase])
        assert.strictEqual(calls.length, 2)
      })
  )

  it.effect("a server error after a repetition counts the attempts", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* Stub.make(
        failingFirst([refused, CentrifugoTransport.failure({ code: 102, message: "unknown channel" })])
      )
      const error = failureOf(yield* settle(centrifugo.publish({ channel: "zz:a", data: 1 })))
      assert.strictEqual(error._tag, "CentrifugoUnknownChannelError")
      assert.strictEqual(error.attempts, 2)
    })
  )

  it.effect("repeated code 100 is an InternalError after all attempts", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(() => Effect.succeed(code100), {
        retry: RetryPolicy.make({ maxAttempts: 3 })
      })
      const error = failureOf(yield* settle(centrifugo.publish({ channel: "a", data: 1 })))
      assert.strictEqual(error._tag, "CentrifugoInternalError")
      assert.strictEqual(error.attempts, 3)
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect("delays double and have a jitter of a fifth", () =>
    Effect.gen(function* () {
      const times: Array<number> = []
      const { centrifugo } = yield* Stub.make(
        () =>
          Effect.flatMap(TestClock.currentTimeMillis, (now) => {
            times.push(now)
            return Effect.fail(refused)
          }),
        { retry: RetryPolicy.make({ baseDelay: "1 second", maxAttempts: 4 }) }
      )
      yield* settle(centrifugo.info())
      const delays = times.slice(1).map((time, i) => time - times[i]!)
      assert.strictEqual(delays.length, 3)
      delays.forEach((delay, i) => {
        assert.isAtLeast(delay, 2 ** i * 800)
        assert.isAtMost(delay, 2 ** i * 1200 + 1)
      })
    })
  )

  it.effect("an interrupted call makes no further attempt", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(() => Effect.fail(refused))
      const fiber = yield* Effect.fork(centrifugo.info())
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(calls.length, 1)
    })
  )

  it.effect("a policy can be set for a single call", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(() => Effect.fail(lost), {
        retry: RetryPolicy.transient
      })
      yield* settle(
        centrifugo.publish({ channel: "a", data: 1 }).pipe(CallOptions.with({ retry: RetryPolicy.none }))
      )
      assert.strictEqual(calls.length, 1)
    })
  )
})

describe("time", () => {
  it.effect("a Retry-After past the deadline fails at once instead of sleeping", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(() => Effect.fail(status(503, 3_600_000)), {
        retry: RetryPolicy.transient,
        deadline: "2 seconds"
      })
      const error = failureOf(yield* settle(centrifugo.publish({ channel: "a", data: 1 })))
      assert.isTrue(error._tag === "CentrifugoStatusError" && error.status === 503)
      assert.isAtMost(error.elapsed, 2000)
      assert.strictEqual(calls.length, 1)
    })
  )

  it.effect("a Retry-After within the cap is waited for", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* Stub.make(failingFirst([status(429, 5000)]), {
        retry: RetryPolicy.transient
      })
      const fiber = yield* Effect.fork(centrifugo.publish({ channel: "a", data: 1 }))
      yield* TestClock.adjust("4999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), { offset: 1, epoch: "e" })
    })
  )

  it.effect("no attempt begins after maxElapsed", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(() => Effect.fail(refused), {
        retry: RetryPolicy.make({ schedule: Schedule.spaced("1 second"), maxElapsed: "3500 millis" })
      })
      const error = failureOf(yield* settle(centrifugo.info()))
      assert.strictEqual(calls.length, 4)
      assert.strictEqual(error.attempts, 4)
    })
  )

  it.effect("the first attempt times out, the second is answered", () =>
    Effect.gen(function* () {
      let attempt = 0
      const { calls, centrifugo } = yield* Stub.make(
        (call) =>
          attempt++ === 0
            ? Effect.zipRight(
                Effect.sleep(call.timeout),
                Effect.fail(
                  new CentrifugoError.TimeoutError({ method, phase: "unknown", timeout: call.timeout })
                )
              )
            : Effect.succeed(published),
        { timeout: "200 millis", retry: RetryPolicy.transient }
      )
      assert.isTrue(Exit.isSuccess(yield* settle(centrifugo.publish({ channel: "a", data: 1 }))))
      assert.deepStrictEqual(
        calls.map((call) => call.timeout),
        [200, 200]
      )
    })
  )

  it.effect("the last attempts get only the time left until the deadline", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(
        () => Effect.zipRight(Effect.sleep("400 millis"), Effect.fail(lost)),
        {
          timeout: "1 second",
          deadline: "1200 millis",
          retry: RetryPolicy.make({ schedule: Schedule.spaced("100 millis") })
        }
      )
      const error = failureOf(yield* settle(centrifugo.publish({ channel: "a", data: 1 })))
      assert.deepStrictEqual(
        calls.map((call) => call.timeout),
        [1000, 700, 200]
      )
      assert.strictEqual(error.attempts, 3)
    })
  )

  it.effect("a deadline shorter than the timeout limits the only attempt", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* Stub.answering({ nodes: [] })
      yield* centrifugo.info().pipe(CallOptions.with({ deadline: "50 millis" }))
      assert.strictEqual(call().timeout, 50)
    })
  )
})

describe("idempotency keys", () => {
  it.effect("all attempts have the same key", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(failingFirst([lost, status(503), code100]), {
        retry: RetryPolicy.transient
      })
      yield* settle(centrifugo.publish({ channel: "a", data: 1 }))
      const keys = calls.map((call) => bodyOf(call)["idempotency_key"])
      assert.strictEqual(keys.length, 4)
      assert.strictEqual(new Set(keys).size, 1)
      assert.isString(keys[0])
    })
  )

  it.effect("the user's own key is kept", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* Stub.answering({}, { retry: RetryPolicy.transient })
      yield* centrifugo.publish({ channel: "a", data: 1, idempotencyKey: "mine" })
      assert.strictEqual(bodyOf(call())["idempotency_key"], "mine")
    })
  )

  it.effect(
    "with the user's own key a call can be repeated after a lost response, by a policy that repeats such calls",
    () =>
      Effect.gen(function* () {
        const { calls, centrifugo } = yield* Stub.make(failingFirst([lost]))
        const exit = yield* settle(centrifugo.publish({ channel: "a", data: 1, idempotencyKey: "mine" }))
        // The default policy never repeats a call that was possibly carried out.
        assert.isTrue(Exit.isFailure(exit))
        assert.strictEqual(calls.length, 1)
      })
  )

  it.effect("no key is created if the policy can't repeat a sent call, or the method takes none", () =>
    Effect.gen(function* () {
      const byDefault = yield* Stub.answering({})
      yield* byDefault.centrifugo.publish({ channel: "a", data: 1 })
      assert.notProperty(bodyOf(byDefault.call()), "idempotency_key")
      const transient = yield* Stub.answering({ presence: {} }, { retry: RetryPolicy.transient })
      yield* transient.centrifugo.presence({ channel: "a" })
      assert.deepStrictEqual(bodyOf(transient.call()), { channel: "a" })
    })
  )

  it.effect("every keyed member of a batch has its own key, the same in each attempt", () =>
    Effect.gen(function* () {
      const replies = CentrifugoTransport.result({
        replies: [{ publish: {} }, { publish: {} }, { presence: { presence: {} } }]
      })
      let attempt = 0
      const { calls, centrifugo } = yield* Stub.make(
        () => (attempt++ === 0 ? Effect.fail(lost) : Effect.succeed(replies)),
        { retry: RetryPolicy.transient }
      )
      const request = Batch.batch([
        CentrifugoApi.publish({ channel: "a", data: 1 }),
        CentrifugoApi.publish({ channel: "a", data: 1 }),
        CentrifugoApi.history({ channel: "a" })
      ])
      yield* settle(centrifugo.send(request))
      assert.strictEqual(calls.length, 2)
      assert.strictEqual(calls[0]!.body, calls[1]!.body)
      const commands = bodyOf(calls[0])["commands"] as ReadonlyArray<Record<string, Record<string, unknown>>>
      const keys = commands.flatMap((command) => command["publish"]?.["idempotency_key"] ?? [])
      assert.strictEqual(new Set(keys).size, 2)
      assert.deepStrictEqual(commands[2], { history: { channel: "a" } })
    })
  )

  it.effect("a batch with an unsafe member is not repeated once it was sent", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* Stub.make(() => Effect.fail(lost), {
        retry: RetryPolicy.transient
      })
      yield* settle(centrifugo.batch([CentrifugoApi.publish({ channel: "a", data: 1 }), unsafe()]))
      assert.strictEqual(calls.length, 1)
    })
  )
})

describe("a wait that is longer than a timer can hold", () => {
  for (const batching of [false, true]) {
    it.live(`is no immediate retry, batching ${batching}`, () =>
      Effect.gen(function* () {
        // 34 days. Node fires a longer timer than 2^31 - 1 milliseconds at once.
        const busy = new CentrifugoError.StatusError({
          method,
          status: 503,
          body: "",
          retryAfter: 3_000_000_000
        })
        const { calls, centrifugo } = yield* Stub.failing(busy, {
          batching,
          retry: RetryPolicy.make({ maxElapsed: "60 days" })
        })
        const call = yield* Effect.fork(centrifugo.publish({ channel: "a", data: 1 }))
        yield* Effect.sleep("100 millis")
        assert.strictEqual(calls.length, 1)
        yield* Fiber.interrupt(call)
      })
    )
  }
})
