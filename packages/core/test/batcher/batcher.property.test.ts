import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, FastCheck as fc, Fiber, Option, Scope } from "effect"
import type { Batcher, CentrifugoError, CentrifugoTransport } from "../../src/index.js"
import * as Dispatcher from "../../src/internal/batcher/Dispatcher.js"
import * as calls from "./support/calls.js"
import * as ModelServer from "./support/ModelServer.js"
import { runs } from "./support/runs.js"
import { VirtualTime } from "./support/VirtualTime.js"

interface Plan {
  readonly at: number
  readonly channels: ReadonlyArray<string>
  readonly pad: number
  readonly notBatched: boolean
  readonly timeout: number
  readonly timeLimit: number | undefined
  readonly repeats: number
  readonly delay: number
  readonly interruptedAfter: number | undefined
}

const millis = (max: number) => fc.nat(max / 5).map((n) => n * 5)
const rarely = <A>(value: fc.Arbitrary<A>) => fc.option(value, { nil: undefined, freq: 4 })

const plan: fc.Arbitrary<Plan> = fc.record({
  at: millis(50),
  channels: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(["a"], ["b"], ["c"]) },
    { weight: 1, arbitrary: fc.constantFrom([], ["a", "b"], ["b", "c", "d"], ["c", "c"]) }
  ),
  pad: fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(400) }),
  notBatched: fc.nat(19).map((n) => n === 0),
  timeout: fc.constantFrom(200, 200, 200, 60, 500),
  timeLimit: rarely(fc.integer({ min: 1, max: 60 }).map((n) => n * 5)),
  repeats: fc.nat(3),
  delay: millis(60),
  interruptedAfter: rarely(millis(80))
})

const behaving = (...kinds: ReadonlyArray<ModelServer.Behaviour["kind"]>) =>
  fc.record({ kind: fc.constantFrom(...kinds), latency: millis(80), one: fc.nat(5) })
const behaviour: fc.Arbitrary<ModelServer.Behaviour> = fc.oneof(
  { weight: 6, arbitrary: behaving("answers") },
  {
    weight: 6,
    arbitrary: behaving("refused", "unavailable", "too large", "unreadable", "loses the reply")
  },
  {
    weight: 4,
    arbitrary: behaving(
      "cuts the reply off",
      "answers too few",
      "answers too many",
      "answers no list",
      "fails one",
      "stalls"
    )
  }
)

const limits = fc.record({
  maxSize: fc.integer({ min: 1, max: 8 }),
  maxBytes: fc.integer({ min: 150, max: 900 }),
  concurrency: fc.integer({ min: 1, max: 4 })
})

const passing = { "x-own": "1" }

const callOf = (id: number, plan: Plan): CentrifugoTransport.Call =>
  calls.make(id, plan.channels, {
    pad: "é".repeat(plan.pad),
    // The index in the order of the calls.
    timeout: Math.min(plan.timeout, plan.timeLimit ?? Infinity),
    deadline: plan.timeLimit === undefined ? Infinity : plan.at + plan.timeLimit,
    headers: plan.notBatched ? passing : {}
  })

/** The outcome of a call and its time, and whether the call had been sent when its caller was interrupted. */
interface Ended {
  readonly exit: Exit.Exit<CentrifugoTransport.Reply, CentrifugoError.TransportError>
  readonly at: number
}

const bytes = (text: string) => Buffer.byteLength(text)

/** Runs all calls, and returns their outcomes. */
const play = (
  plans: ReadonlyArray<Plan>,
  server: ModelServer.ModelServer,
  options: Batcher.Checked,
  closeAt?: number
) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const dispatcher = yield* Scope.extend(Dispatcher.make(server.transport, options, true), scope)
    const wasSent = (id: number) => server.requests.some(({ commands }) => commands.some((c) => c.id === id))
    const neverSent = new Set<number>()
    const fibers = yield* Effect.forEach(plans, (plan, id) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.sleep(plan.at).pipe(
          Effect.zipRight(calls.pending(callOf(id, plan), calls.repeats(plan.repeats, plan.delay))),
          Effect.flatMap((call) => dispatcher.send(call)),
          Effect.exit,
          Effect.zip(Clock.currentTimeMillis),
          Effect.fork
        )
        if (plan.interruptedAfter !== undefined) {
          yield* Effect.sleep(plan.at + plan.interruptedAfter).pipe(
            Effect.zipRight(Fiber.interrupt(fiber)),
            Effect.zipRight(Effect.sync(() => wasSent(id) || neverSent.add(id))),
            Effect.fork
          )
        }
        return fiber
      })
    )
    if (closeAt !== undefined) yield* Effect.delay(Scope.close(scope, Exit.void), closeAt)
    const ends = yield* Effect.forEach(fibers, (fiber): Effect.Effect<Ended | undefined> =>
      Effect.map(Fiber.await(fiber), (exit) =>
        Exit.isSuccess(exit) ? { exit: exit.value[0], at: exit.value[1] } : undefined
      )
    )
    // Interrupted requests have ended by now.
    yield* Effect.promise(() => new Promise(setImmediate))
    return { counts: dispatcher.counts, ends, neverSent, wasSent }
  })

const checkOwn = (plans: ReadonlyArray<Plan>, ends: ReadonlyArray<Ended | undefined>) => {
  const errors: Array<unknown> = []
  ends.forEach((end, id) => {
    const { at, interruptedAfter, notBatched, timeLimit } = plans[id]!
    // Reads the fiber's exit, because an interruption is an outcome of its own kind.
    if (end === undefined) return assert.isDefined(interruptedAfter)
    if (timeLimit !== undefined && !notBatched) assert.isAtMost(end.at, at + timeLimit)
    if (Exit.isSuccess(end.exit)) {
      if (end.exit.value._tag === "Result") assert.deepStrictEqual(end.exit.value.result, { id })
    } else {
      const failure = Cause.failureOption(end.exit.cause)
      if (Option.isNone(failure)) return assert.fail(`call ${id}: ${String(end.exit)}`)
      assert.strictEqual(failure.value.method, "call")
      errors.push(failure.value)
    }
  })
  assert.strictEqual(new Set(errors).size, errors.length)
}

/** Whether each channel saw its calls in order. */
const checkOrder = (plans: ReadonlyArray<Plan>, server: ModelServer.ModelServer) => {
  const place = (id: number) => plans[id]!.at * 1000 + id
  for (const channel of ["a", "b", "c", "d"]) {
    const seen = server.done.filter(
      ({ channels, id }) => channels.includes(channel) && !plans[id]!.notBatched && !server.displaced.has(id)
    )
    for (let i = 1; i < seen.length; i++) {
      const [before, after] = [seen[i - 1]!.id, seen[i]!.id]
      assert.isBelow(place(before), place(after), `${channel}: ${after} after ${before}`)
    }
  }
}

const checkSizes = (server: ModelServer.ModelServer, { maxBytes, maxSize }: Batcher.Checked) => {
  for (const { body, commands, method } of server.requests) {
    assert.isAtMost(commands.length, maxSize)
    assert.strictEqual(method === "batch", commands.length > 1)
    if (commands.length > 1) assert.isAtMost(bytes(body), maxBytes)
  }
}

describe("a batcher under random faults", () => {
  it.effect.prop(
    "settles every caller once with its own outcome, in order, and retains nothing",
    {
      plans: fc.array(plan, { minLength: 1, maxLength: 40 }),
      behaviours: fc.array(behaviour, { maxLength: 30 }),
      limits,
      closeAt: rarely(millis(150))
    },
    ({ behaviours, closeAt, limits, plans }) =>
      Effect.promise(async () => {
        const server = ModelServer.make(
          (_, i) => behaviours[i] ?? { kind: "answers", latency: 10 },
          ({ headers }) => !("x-own" in headers)
        )
        const options = { ...limits, maxWaiting: Infinity, shutdownTimeout: 5 }
        const { counts, ends, neverSent, wasSent } = await new VirtualTime().run(
          play(plans, server, options, closeAt)
        )
        checkOwn(plans, ends)
        checkOrder(plans, server)
        checkSizes(server, options)
        assert.isAtMost(server.peak(), limits.concurrency)
        for (const id of neverSent) assert.isFalse(wasSent(id), `call ${id} was sent after its interruption`)
        assert.deepStrictEqual(counts, { waiting: 0, channels: 0, batches: 0, inFlight: 0, slotRequests: 0 })
      }),
    { fastCheck: { numRuns: runs(200) }, timeout: 60_000 * Math.max(1, runs(200) / 200) }
  )
})
