import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Metric, Redacted, TestClock } from "effect"
import {
  Centrifugo,
  CentrifugoApi,
  type CentrifugoConfig,
  CentrifugoError,
  CentrifugoTransport,
  Endpoints,
  RetryPolicy,
  Telemetry
} from "../../src/index.js"

const down = (code = "ECONNREFUSED") =>
  new CentrifugoError.NetworkError({ method: "info", phase: "connect", detail: "refused", code })
const lost = new CentrifugoError.NetworkError({ method: "info", phase: "unknown", detail: "reset" })

/** Endpoints that a test switches on and off, and the order in which calls reached them. */
const cluster = (...names: ReadonlyArray<string>) => {
  const trouble = new Map<string, CentrifugoError.TransportError>()
  const seen: Array<string> = []
  const timeouts: Array<number> = []
  const endpoint = (name: string): Endpoints.Endpoint => ({
    name,
    transport: {
      send: (call: CentrifugoTransport.Call) =>
        Effect.suspend(() => {
          seen.push(name)
          timeouts.push(call.timeout)
          const error = trouble.get(name)
          return error === undefined
            ? Effect.succeed(CentrifugoTransport.result({ nodes: [] }))
            : Effect.fail(error)
        })
    }
  })
  const [first, ...others] = names.map(endpoint)
  const endpoints = [first!, ...others] as const
  return { endpoints, trouble, seen, timeouts, transport: Endpoints.make(endpoints) }
}

const once = (transport: CentrifugoTransport.Service) =>
  Effect.scoped(
    Effect.flatMap(
      Effect.orDie(Centrifugo.fromTransport(transport, { retry: RetryPolicy.none })),
      ({ info }) => info()
    )
  )

describe("Endpoints", () => {
  it.effect("rotates through all of them", () =>
    Effect.gen(function* () {
      const { seen, transport } = cluster("a", "b", "c")
      yield* Effect.repeatN(once(transport), 5)
      assert.deepStrictEqual(seen, ["a", "b", "c", "a", "b", "c"])
    })
  )

  it.effect("a call that was not sent moves to the next at once, and the failed endpoint rests", () =>
    Effect.gen(function* () {
      const { seen, transport, trouble } = cluster("a", "b")
      trouble.set("a", down())
      yield* Effect.repeatN(once(transport), 3)
      assert.deepStrictEqual(seen, ["a", "b", "b", "b", "b"])
    })
  )

  it.effect("after its rest one call tries it again, and success brings it back", () =>
    Effect.gen(function* () {
      const { seen, transport, trouble } = cluster("a", "b")
      trouble.set("a", down())
      yield* once(transport)
      yield* TestClock.adjust("5 seconds")
      yield* once(transport)
      // It failed again, and rests again.
      assert.deepStrictEqual(seen, ["a", "b", "a", "b"])
      trouble.delete("a")
      yield* TestClock.adjust("5 seconds")
      seen.length = 0
      yield* Effect.repeatN(once(transport), 3)
      assert.strictEqual(seen[0], "a")
      assert.sameMembers(seen, ["a", "a", "b", "b"])
    })
  )

  it.effect("a call that was possibly sent does not move", () =>
    Effect.gen(function* () {
      const { seen, transport, trouble } = cluster("a", "b")
      trouble.set("a", lost)
      const exit = yield* Effect.exit(once(transport))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(seen, ["a"])
    })
  )

  it.effect("if all are down, a call tries each, and later calls fail at once while they rest", () =>
    Effect.gen(function* () {
      const { seen, transport, trouble } = cluster("a", "b")
      trouble.set("a", down()).set("b", down("EHOSTUNREACH"))
      const first = yield* Effect.flip(once(transport))
      assert.deepInclude(first, { code: "EHOSTUNREACH", endpoint: "b" })
      yield* TestClock.adjust("1 second")
      const refused = yield* Effect.flip(once(transport))
      assert.deepInclude(refused, { code: "ERR_ENDPOINTS_REST", phase: "connect" })
      assert.match(refused.message, /all 2 endpoints are skipped .* another 4000 ms \(a: .*; b: .*\)/)
      assert.deepStrictEqual(seen, ["a", "b"])
      trouble.clear()
      yield* TestClock.adjust("4 seconds")
      yield* once(transport)
      assert.lengthOf(seen, 3)
    })
  )

  it.effect("if all are down, with `try` every call still tries each", () =>
    Effect.gen(function* () {
      const { endpoints, seen, trouble } = cluster("a", "b")
      const transport = Endpoints.make(endpoints, "try")
      trouble.set("a", down()).set("b", down("EHOSTUNREACH"))
      yield* Effect.flip(once(transport))
      const error = yield* Effect.flip(once(transport))
      assert.isTrue(error._tag === "CentrifugoNetworkError" && error.code !== "ERR_ENDPOINTS_REST")
      assert.deepStrictEqual(seen.slice().sort(), ["a", "a", "b", "b"])
    })
  )

  it.effect("a name appears in the errors and metrics of its clients", () =>
    Effect.gen(function* () {
      const transport = yield* Endpoints.fromOptions(
        { url: ["http://a/api", "http://b/api"], apiKey: Redacted.make("key"), name: "eu" },
        () => Effect.succeed({ send: () => Effect.fail(lost) })
      )
      const { info } = yield* Centrifugo.fromTransport(transport)
      const error = yield* Effect.flip(info())
      assert.deepInclude(error, { endpoint: "eu, http://a/api" })
      assert.match(error.message, /^info \(eu, http:\/\/a\/api\): /)
      const endpoint = "http://a/api, http://b/api"
      const outcome = "CentrifugoNetworkError"
      for (const selection of [
        { name: "eu" },
        { endpoint },
        { name: "eu", endpoint, method: "info", outcome }
      ]) {
        const { calls, duration, inFlight } = yield* Telemetry.snapshot(selection)
        assert.deepStrictEqual({ calls, inFlight }, { calls: 1, inFlight: 0 })
        assert.isAtLeast(duration.max, duration.min)
      }
      assert.strictEqual((yield* Telemetry.snapshot({ name: "eu", outcome: "ok" })).calls, 0)
      for (const options of [{ name: "" }, { allResting: "never" as never }]) {
        const refusal = yield* Effect.flip(
          Endpoints.fromOptions({ url: "http://a/api", apiKey: Redacted.make("key"), ...options }, () =>
            Effect.succeed(transport)
          )
        )
        assert.strictEqual(refusal._tag, "CentrifugoConfigError")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("two clusters without a name are not summed in metrics", () =>
    Effect.gen(function* () {
      const client = (url: string) =>
        Effect.flatMap(
          Endpoints.fromOptions({ url, apiKey: Redacted.make("key") }, () =>
            Effect.succeed({ send: () => Effect.succeed(CentrifugoTransport.result({})) })
          ),
          Centrifugo.fromTransport
        )
      const [one, two] = [yield* client("http://one/api"), yield* client("http://two/api")]
      yield* one.publish({ channel: "a", data: 1 })
      yield* two.publish({ channel: "a", data: 1 })
      yield* two.batch([CentrifugoApi.publish({ channel: "a", data: 1 })])
      const callsOf = (endpoint: string, method?: string) =>
        Effect.map(Telemetry.snapshot({ endpoint, method }), ({ calls }) => calls)
      assert.strictEqual(yield* callsOf("http://one/api"), 1)
      assert.strictEqual(yield* callsOf("http://two/api"), 2)
      assert.strictEqual(yield* callsOf("http://two/api", "publish"), 1)
      const { batchSize, waiting } = yield* Telemetry.snapshot({ endpoint: "http://two/api" })
      assert.deepStrictEqual(batchSize, { count: 1, sum: 1, min: 1, max: 1, mean: 1 })
      assert.strictEqual(waiting, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("its state is a metric", () =>
    Effect.gen(function* () {
      const { transport, trouble } = cluster("metric-a", "metric-b")
      const value = Effect.map(
        Metric.value(Metric.tagged(Telemetry.endpointAvailable, "endpoint", "metric-a")),
        (state) => state.value
      )
      trouble.set("metric-a", down())
      yield* Metric.set(Metric.tagged(Telemetry.endpointAvailable, "endpoint", "metric-a"), 1)
      yield* once(transport)
      assert.strictEqual(yield* value, 0)
      trouble.delete("metric-a")
      yield* TestClock.adjust("5 seconds")
      yield* once(transport)
      assert.strictEqual(yield* value, 1)
    })
  )

  it.effect("makes a transport for each URL; an invalid URL, or an empty list, fails", () =>
    Effect.gen(function* () {
      const apiKey = Redacted.make("key")
      const seen: Array<string> = []
      const transportOf = (
        config: CentrifugoConfig.CentrifugoConfig
      ): Effect.Effect<CentrifugoTransport.Service> =>
        Effect.succeed({
          send: () =>
            Effect.sync(() => {
              seen.push(`${config.origin}${config.path}`)
              return CentrifugoTransport.result({ nodes: [] })
            })
        })
      const url = ["http://a:8000/api/", new URL("https://b/centrifugo/api")]
      const transport = yield* Endpoints.fromOptions({ url, apiKey }, transportOf)
      yield* Effect.repeatN(once(transport), 1)
      assert.deepStrictEqual(seen, ["http://a:8000/api", "https://b/centrifugo/api"])
      for (const wrong of [[], ["http://a:8000/api", "b:8000/api"]]) {
        const error = yield* Effect.flip(Endpoints.fromOptions({ url: wrong, apiKey }, transportOf))
        assert.strictEqual(error.option, "url")
      }
    })
  )
})
