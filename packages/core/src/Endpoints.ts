/**
 * Combines several endpoints of one cluster into one transport. Calls are spread over the endpoints. A call that could
 * not be sent to one endpoint is sent to the next at once.
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
  /** The endpoint's name in logs, metrics and errors: `http://10.0.0.1:8000`. */
  readonly name: string
  /** The transport that sends calls to this endpoint. */
  readonly transport: Service
}

/** How long an endpoint rests (is skipped) after a failed connection, in milliseconds. */
const rest = 5000

class State {
  /** When the endpoint's rest ends, in milliseconds of the clock; 0 while it is in use. */
  restsUntil = 0
  /** The last failure to connect. */
  reason = ""
  readonly up: Metric.Metric.Gauge<number>
  constructor(readonly endpoint: Endpoint) {
    this.up = Metric.tagged(Telemetry.endpointAvailable, Telemetry.attributes.endpoint, endpoint.name)
  }
}

/**
 * How calls are handled while every endpoint rests after a failed connection: `fail` fails them at once with a
 * `NetworkError` (`ERR_ENDPOINTS_REST`), `try` tries every endpoint for each call.
 *
 * @since 0.1.0
 */
export type AllResting = "fail" | "try"

/**
 * Makes a transport that sends calls to the endpoints in turn. After a failed connection, an endpoint rests for five
 * seconds; then a single call tries it again. While all endpoints rest, calls fail at once, unless `allResting` is `try`.
 * A call that may have been sent is not moved to another endpoint: its retry policy decides whether to repeat it. Errors
 * contain the endpoint's name.
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

  /**
   * The order in which a call tries the endpoints: first an endpoint whose rest is over, then those in use (rotated),
   * then those at rest.
   */
  const order = (now: number): globalThis.Array<State> => {
    const from = turn++ % states.length
    const turned = [...states.slice(from), ...states.slice(0, from)]
    const due = turned.find((state) => state.restsUntil !== 0 && state.restsUntil <= now)
    // This call probes the endpoint; other calls keep skipping it.
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
              `Centrifugo endpoint ${state.endpoint.name} is skipped for ${rest} ms after a failed connection`,
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
      detail: `all ${states.length} endpoints are skipped after failed connections, the first for another ${Math.round(wait)} ms (${reasons})`
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

/** Returns the transport with a name, and adds the name to its errors. */
const named = (transport: Service, name: string): Service => ({
  ...transport,
  name,
  send: (call) =>
    Effect.mapError(transport.send(call), (error) =>
      withEffort(error, { endpoint: error.endpoint === undefined ? name : `${name}, ${error.endpoint}` })
    )
})

/**
 * Options of a layer whose `url` can list several endpoints of one cluster.
 *
 * @since 0.1.0
 */
export interface Options extends Omit<CentrifugoConfig.Options, "url"> {
  /**
   * The URL of the server API, including its prefix: `http://localhost:8000/api`. With a list, calls are spread over its
   * endpoints, and a call that could not be sent to one is sent to the next at once.
   */
  readonly url: CentrifugoConfig.Options["url"] | ReadonlyArray<CentrifugoConfig.Options["url"]>
  /**
   * Names the cluster in metrics (tag `centrifugo.client.name`) and errors, so that two clusters can be told apart.
   * Default: none.
   */
  readonly name?: string
  /** How calls are handled while every endpoint of a list rests. Default `"fail"`: they fail at once. */
  readonly allResting?: AllResting
}

/**
 * Makes one transport for all endpoints in the options. Calls `transportOf` once per endpoint.
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
      return yield* new ConfigError({ option: "url", detail: "it names no endpoint" })
    }
    const { allResting, name } = options
    if (allResting !== undefined && allResting !== "fail" && allResting !== "try") {
      return yield* new ConfigError({ option: "allResting", detail: 'expected "fail" or "try"' })
    }
    if (name !== undefined && (typeof name !== "string" || name === "")) {
      return yield* new ConfigError({ option: "name", detail: "expected a non-empty string" })
    }
    const endpoint = endpoints.map(({ name }) => name).join(", ")
    const transport = { ...make(endpoints, allResting), endpoint }
    return name === undefined ? transport : named(transport, name)
  })
