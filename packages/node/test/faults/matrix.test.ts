/**
 * Every fault with every kind of call, under both policies, in every way to send, over three transports. `expected`
 * computes the outcome, and the test compares it with the callers' results and with the requests that the peer sees.
 *
 * Time is the TestClock's: timeouts, delays and `Retry-After` take no real time, and happen at exact moments.
 */
import { type ApiMethod, Centrifugo, CentrifugoApi, RetryPolicy } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Either, Exit, Scope, Stream, TestClock } from "effect"
import { keepAlive, type MakeClient, options, over } from "../transports/over.js"
import { type Fault, faults } from "./faults.js"
import * as Peer from "./peer.js"

type Kind = ApiMethod.Repeat
type Policy = "default" | "transient"

const kinds: ReadonlyArray<Kind> = ["read", "keyed", "natural", "unsafe"]

const requestOf = (kind: Kind, data: string) => {
  switch (kind) {
    case "read":
      return CentrifugoApi.info()
    case "keyed":
      return CentrifugoApi.publish({ channel: "news", data })
    case "natural":
      return CentrifugoApi.unsubscribe({ channel: "news", user: "42" })
    case "unsafe":
      return CentrifugoApi.rpc({ method: "charge", params: data })
  }
}
type Request = ReturnType<typeof requestOf>

const methodOf = (kind: Kind) => requestOf(kind, "").method

const policies: Record<Policy, { readonly retry: RetryPolicy.RetryPolicy; readonly attempts: number }> = {
  default: { retry: RetryPolicy.unsent, attempts: 3 },
  transient: { retry: RetryPolicy.transient, attempts: 4 }
}

interface Transport {
  readonly name: string
  readonly make: MakeClient
  /** Whether its sockets close with its scope. The global fetch keeps its sockets, so the peer closes them. */
  readonly ownsSockets: boolean
}

const transports: ReadonlyArray<Transport> = [
  { name: "UndiciTransport", make: CentrifugoNode.make, ownsSockets: true },
  { name: "FetchTransport", make: Centrifugo.makeFetch, ownsSockets: false },
  { name: "node:http", make: over(keepAlive), ownsSockets: true }
]

interface Way {
  readonly name: string
  readonly options: Pick<Centrifugo.Options, "batching">
  /** Whether calls share requests. */
  readonly joins: boolean
  readonly send: (
    client: Centrifugo.Service,
    requests: ReadonlyArray<Request>
  ) => Effect.Effect<ReadonlyArray<Either.Either<unknown, unknown>>>
}

const each: Way["send"] = (client, requests) =>
  Effect.forEach(
    requests,
    (request) => Effect.either(client.send<string, unknown, unknown, unknown>(request)),
    {
      concurrency: "unbounded"
    }
  )

const ways: ReadonlyArray<Way> = [
  { name: "single", options: {}, joins: false, send: each },
  { name: "batched", options: { batching: true }, joins: true, send: each },
  {
    name: "bulk",
    options: {},
    joins: true,
    send: (client, requests) =>
      Effect.map(Stream.runCollect(client.sendAll(requests)), (sent) =>
        [...sent].map(({ outcome }) => outcome)
      )
  }
]

/** The calls of a test: one call, or with batching one of each kind and two that are never repeated. */
const loadsOf = ({ joins }: Way): ReadonlyArray<ReadonlyArray<Kind>> =>
  joins ? [kinds, ["unsafe", "unsafe"]] : kinds.map((kind) => [kind])

interface Expected {
  /** "success", or the error's tag and phase. */
  readonly outcome: string
  readonly attempts: number
}

/** The rules of `RetryPolicy`, restated for a peer that fails a number of `times`. */
const expected = (fault: Fault, kind: Kind, policy: Policy, times: number): Expected => {
  const { failure, leaves } = fault
  if (failure === undefined) return { outcome: "success", attempts: 1 }
  const repeats =
    // A call that was never sent can always be sent again.
    leaves === "unsent" ||
    // A call that was possibly carried out is repeated only if the policy and the method allow it.
    (leaves === "doubt" && policy === "transient" && kind !== "unsafe")
  return {
    outcome: repeats && times === 1 ? "success" : words(failure.tag, failure.phase),
    attempts: !repeats ? 1 : times === 1 ? 2 : policies[policy].attempts
  }
}

const words = (tag: string, phase: string | undefined) => (phase === undefined ? tag : `${tag}, ${phase}`)

/** An outcome in the form of `expected`. A success has no number of attempts. */
const observed = (outcome: Either.Either<unknown, unknown>): Partial<Expected> => {
  if (Either.isRight(outcome)) return { outcome: "success" }
  const { _tag, attempts, phase } = outcome.left as { _tag: string; attempts: number; phase?: string }
  return { outcome: words(_tag, phase), attempts }
}

const timeout = 5000

/** Lets pending socket events happen. */
const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/**
 * Moves the clock whenever the calls wait for it: to the end of the timeout after each stall, and to the end of each
 * delay between attempts. Calls that wait for the peer have timeouts that are never reached.
 */
const passTime = (fault: Fault, peer: Peer.Peer, times: number) =>
  Effect.gen(function* () {
    let stalls = 0
    for (;;) {
      yield* turn
      if (fault.stalls === true && peer.failed() > stalls) {
        stalls++
        yield* TestClock.adjust(timeout)
      }
      const now = yield* Clock.currentTimeMillis
      const [delay] = [...(yield* TestClock.sleeps())]
        .map((at) => at - now)
        .filter((delay) => delay > 0 && delay < 2000)
        .sort((a, b) => a - b)
      if (delay === undefined) continue
      if (fault.refuses === true && times === 1) yield* peer.listen
      // Delays have fractions, which the clock would round.
      yield* TestClock.adjust(Math.ceil(delay))
    }
  })

interface Case {
  readonly fault: Fault
  readonly policy: Policy
  readonly way: Way
  readonly transport: Transport
  readonly load: ReadonlyArray<Kind>
  /** The number of attempts that the peer fails. */
  readonly times: number
}

const run = ({ fault, load, policy, times, transport: { make, ownsSockets }, way }: Case) =>
  Effect.gen(function* () {
    const peer = yield* Peer.start(fault)
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const client = yield* make({
      ...options(peer.url),
      ...way.options,
      retry: policies[policy].retry,
      timeout: fault.stalls === true ? timeout : "1 hour"
    }).pipe(Scope.extend(scope))

    if (fault.keptSocket !== undefined) yield* client.check
    if (fault.keptSocket === "between") yield* peer.closeIdle
    const before = peer.requests.length
    peer.arm(times)

    const requests = load.map((kind) => requestOf(kind, "x".repeat(fault.size ?? 10)))
    const outcomes = yield* Effect.raceFirst(way.send(client, requests), passTime(fault, peer, times))
    const seen = peer.requests.slice(before)

    const wanted = load.map((kind) => expected(fault, kind, policy, times))
    assert.deepStrictEqual(
      outcomes.map(observed),
      wanted.map(({ attempts, outcome }) => (outcome === "success" ? { outcome } : { outcome, attempts })),
      "what the callers got"
    )

    assert.deepStrictEqual(
      load.map((kind) => seen.flat().filter(({ method }) => method === methodOf(kind)).length),
      load.map(
        (kind, i) =>
          completeRequests(fault, wanted[i]!, times) * load.filter((other) => other === kind).length
      ),
      "how often the peer saw each call"
    )
    if (fault.atHead !== undefined) {
      assert.strictEqual(peer.failed(), Math.min(times, Math.max(...wanted.map(({ attempts }) => attempts))))
    }
    if (fault.atRequest !== undefined) {
      assert.strictEqual(seen[0]?.length, load.length, "calls that are made together travel together")
    }

    const publications = new Set(
      seen.flat().flatMap(({ method, text }) => (method === "publish" ? [text] : []))
    )
    const keyed = load.filter((kind) => kind === "keyed").length
    assert.isAtMost(publications.size, keyed, "a repeated publication is the same, key included")
    for (const text of publications) {
      assert.strictEqual(text.includes("idempotency_key"), policy === "transient")
    }

    if (fault.asksToWait !== undefined && wanted.some(({ attempts }) => attempts > 1)) {
      assert.isAtLeast(yield* Clock.currentTimeMillis, fault.asksToWait)
    }

    yield* Scope.close(scope, Exit.void)
    yield* ownsSockets ? peer.drained : peer.closeIdle
  })

/** The number of attempts of a call that the peer read. It does not count attempts while it refused connections. */
const completeRequests = ({ atRequest, failure }: Fault, { attempts }: Expected, times: number) =>
  attempts - (atRequest !== undefined || failure === undefined ? 0 : Math.min(times, attempts))

for (const transport of transports) {
  for (const way of ways) {
    describe(`faults over ${transport.name}, ${way.name}`, () => {
      for (const fault of faults) {
        for (const policy of ["default", "transient"] as const) {
          for (const load of loadsOf(way)) {
            it.scoped(`${fault.title}: ${policy}, ${load.join(" and ")}`, () =>
              run({ fault, load, policy, transport, way, times: 1 })
            )
          }
          // A call that is not repeated behaves the same after one fault or many.
          if (expected(fault, "keyed", policy, Infinity).attempts === 1) continue
          it.scoped(`${fault.title}, each time: ${policy}`, () =>
            run({
              fault,
              load: way.joins ? ["keyed", "keyed"] : ["keyed"],
              policy,
              transport,
              way,
              times: Infinity
            })
          )
        }
      }
    })
  }
}
