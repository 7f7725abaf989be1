/**
 * Several endpoints of one cluster as one transport: calls are spread over them, and what could not
 * be sent to one goes to the next at once.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { ConfigError, NetworkError, type TransportError, withEffort } from "./CentrifugoError.js"
import * as CentrifugoConfig from "./CentrifugoConfig.js"
import type { Call, Service } from "./CentrifugoTransport.js"
import type { Reply } from "./internal/codec/Reply.js"
import * as Telemetry from "./Telemetry.js"

/**
 * One server of a cluster.
 *
 * @since 0.1.0
 */
export interface Endpoint {
  /** Names it in logs and metrics: `http://10.0.0.1:8000`. */
  readonly name: string
  /** What carries calls to it. */
  readonly transport: Service
}

/** How long an endpoint is left alone after a connection to it failed, in milliseconds. */
const rest = 5000

class State {
  /** Until when it is left alone; 0 while it is in use. */
  restsUntil = 0
  /** Why it rests. */
  reason = ""
  readonly up: Metric.Metric.Gauge<number>
  constructor(readonly endpoint: Endpoint) {
    this.up = Metric.tagged(Telemetry.endpointAvailable, Telemetry.attributes.endpoint, endpoint.name)
  }
}

/**
 * What is done while every endpoint rests: `fail` refuses calls at once with a `NetworkError` that says so, `try` has each
 * call try every endpoint.
 *
 * @since 0.1.0
 */
export type AllResting = "fail" | "try"

/**
 * Spreads calls over endpoints, one after the other. A failed connection gives an endpoint five
 * seconds of rest, after which a single call tries it again. While all of them rest, calls fail at once, unless
 * `allResting` is `try`. A call that may have been sent is not moved: that is for its retry policy. Errors of the
 * transports get the endpoint's name.
 *
 * @since 0.1.0
 */
export const make = (
  endpoints: Array.NonEmptyReadonlyArray<Endpoint>,
  allResting: AllResting = "fail"
): Service => {
  if (endpoints.length === 1) return endpoints[0].transport
  const states = endpoints.map((endpoint) => new State(endpoint))
  let turn = 0

  /** The order in which a call tries them: one whose rest is over, those in use by turns, the others. */
  const order = (now: number): globalThis.Array<State> => {
    const from = turn++ % states.length
    const turned = [...states.slice(from), ...states.slice(0, from)]
    const due = turned.find((state) => state.restsUntil !== 0 && state.restsUntil <= now)
    // This call finds out; others go on avoiding it meanwhile.
    if (due !== undefined) due.restsUntil = now + rest
    const rank = (state: State) => (state === due ? 0 : state.restsUntil === 0 ? 1 : 2)
    return turned.sort((a, b) => rank(a) - rank(b))
  }

  const reached = (state: State): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (state.restsUntil === 0) return Effect.void
      state.restsUntil = 0
      return Effect.zipRight(
        Metric.set(state.up, 1),
        Effect.logInfo(`Centrifugo endpoint ${state.endpoint.name} is in use again`)
      )
    })

  const failed = (state: State, error: TransportError, now: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      const wasInUse = state.restsUntil === 0
      state.restsUntil = now + rest
      state.reason = "detail" in error ? error.detail : error._tag
      return wasInUse
        ? Effect.zipRight(
            Metric.set(state.up, 0),
            Effect.logWarning(
              `Centrifugo endpoint ${state.endpoint.name} rests for ${rest} ms`,
              error.message
            )
          )
        : Effect.void
    })

  const attempt = (
    call: Call,
    states: ReadonlyArray<State>,
    index: number,
    ends: number
  ): Effect.Effect<Reply, TransportError> => {
    const state = states[index]!
    return Effect.matchEffect(state.endpoint.transport.send(call), {
      onSuccess: (reply) => Effect.as(reached(state), reply),
      onFailure: (failure) => {
        const error = withEffort(failure, { endpoint: state.endpoint.name })
        if (!("phase" in error)) return Effect.zipRight(reached(state), Effect.fail(error))
        if (error.phase !== "connect") return Effect.fail(error)
        return Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.zipRight(
            failed(state, error, now),
            index + 1 < states.length && now < ends
              ? attempt({ ...call, timeout: ends - now }, states, index + 1, ends)
              : Effect.fail(error)
          )
        )
      }
    })
  }

  const refusal = ({ method }: Call, now: number): NetworkError | undefined => {
    if (allResting === "try" || states.some(({ restsUntil }) => restsUntil <= now)) return undefined
    const wait = Math.min(...states.map(({ restsUntil }) => restsUntil)) - now
    const reasons = states.map(({ endpoint, reason }) => `${endpoint.name}: ${reason}`).join("; ")
    return new NetworkError({
      method,
      phase: "connect",
      code: "ERR_ENDPOINTS_REST",
      detail: `all ${states.length} endpoints rest after failed connections, the first for another ${Math.round(wait)} ms (${reasons})`
    })
  }

  return {
    send: (call) =>
      Effect.flatMap(
        Clock.currentTimeMillis,
        (now) => refusal(call, now) ?? attempt(call, order(now), 0, now + call.timeout)
      )
  }
}

/** The same transport with a name, which its errors carry. */
const named = (transport: Service, name: string): Service => ({
  ...transport,
  name,
  send: (call) =>
    Effect.mapError(transport.send(call), (error) =>
      withEffort(error, { endpoint: error.endpoint === undefined ? name : `${name}, ${error.endpoint}` })
    )
})

/**
 * Options of a layer, where `url` may name several endpoints of one cluster.
 *
 * @since 0.1.0
 */
export interface Options extends Omit<CentrifugoConfig.Options, "url"> {
  /**
   * Of the server API, its prefix included: `http://localhost:8000/api`. Calls are spread over the
   * endpoints of a list, and what could not be sent to one goes to the next at once.
   */
  readonly url: CentrifugoConfig.Options["url"] | ReadonlyArray<CentrifugoConfig.Options["url"]>
  /**
   * Names the cluster in metrics (tag `centrifugo.client.name`) and errors, so that two clusters can be told apart.
   * Default: none.
   */
  readonly name?: string
  /** What is done with calls while every endpoint of a list rests. Default `"fail"`: they fail at once. */
  readonly allResting?: AllResting
}

/**
 * One transport over all endpoints that the options name, each over a transport of its own.
 *
 * @since 0.1.0
 */
export const fromOptions = <E, R>(
  options: Options,
  transportOf: (config: CentrifugoConfig.CentrifugoConfig) => Effect.Effect<Service, E, R>
): Effect.Effect<Service, E | ConfigError, R> =>
  Effect.gen(function* () {
    const urls = Array.ensure(options.url)
    const endpoints = yield* Effect.forEach(urls, (url) =>
      Effect.gen(function* () {
        const config = yield* CentrifugoConfig.make({ ...options, url })
        return { name: `${config.origin}${config.path}`, transport: yield* transportOf(config) }
      })
    )
    if (!Array.isNonEmptyReadonlyArray(endpoints)) {
      return yield* new ConfigError({ option: "url", detail: "it names no endpoint at all" })
    }
    const { allResting, name } = options
    if (allResting !== undefined && allResting !== "fail" && allResting !== "try") {
      return yield* new ConfigError({ option: "allResting", detail: 'expected "fail" or "try"' })
    }
    if (name !== undefined && (typeof name !== "string" || name === "")) {
      return yield* new ConfigError({ option: "name", detail: "expected a text that is not empty" })
    }
    const endpoint = endpoints.map(({ name }) => name).join(", ")
    const transport = { ...make(endpoints, allResting), endpoint }
    return name === undefined ? transport : named(transport, name)
  })
