/**
 * The client for code that isn't Effect: each call is a Promise, which rejects with the errors of
 * `CentrifugoError` themselves.
 *
 * - Where the Effect client has an `Either`, there is an `Outcome` here: `{ ok: true, value }` or
 *   `{ ok: false, error }`.
 * - Options of a single call are its second argument, an `AbortSignal` among them.
 * - What is needed beside the client comes from here too: the errors, the retry policies and, for `batch`,
 *   `send` and `sendAll`, the requests.
 *
 * @example
 * ```ts
 * import { CentrifugoPromise } from "@effect-centrifugo/node"
 *
 * const notify = async (centrifugo: CentrifugoPromise.Service, user: string) => {
 *   try {
 *     return await centrifugo.publish({ channel: `user:${user}`, data: { hello: user } }, { timeout: 200 })
 *   } catch (error) {
 *     if (error instanceof CentrifugoPromise.CentrifugoError.UnknownChannelError) return undefined
 *     throw error
 *   }
 * }
 * ```
 * @since 0.1.0
 */
import * as CentrifugoApi from "@effect-centrifugo/core/CentrifugoApi"
import type * as ApiMethod from "@effect-centrifugo/core/ApiMethod"
import type * as Batch from "@effect-centrifugo/core/Batch"
import * as CallOptions from "@effect-centrifugo/core/CallOptions"
import type * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import * as CentrifugoError from "@effect-centrifugo/core/CentrifugoError"
import * as RetryPolicy from "@effect-centrifugo/core/RetryPolicy"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CentrifugoNode from "./CentrifugoNode.js"
import * as calls from "./internal/promise/calls.js"
import { iterate, sourceOf } from "./internal/promise/iterate.js"
import { ofSendAll, problemOf } from "./internal/promise/options.js"
import { plain, type Plain } from "./internal/promise/plain.js"

export type { Outcome, Plain } from "./internal/promise/plain.js"

/**
 * The key, or what gives it.
 *
 * @since 0.1.0
 */
export type ApiKey = string | Redacted.Redacted

/**
 * What `make` takes: where the server is, its key, the policies, and the sockets.
 *
 * @since 0.1.0
 */
export interface Options extends Omit<CentrifugoNode.Options, "apiKey"> {
  /**
   * The server's `http_api.key`. One that rotates is given as a function, which is called for each
   * attempt, within the attempt's timeout, so it should remember what it read; where it fails, the call
   * rejects with an `ApiKeyError`.
   */
  readonly apiKey: ApiKey | (() => ApiKey | PromiseLike<ApiKey>)
}

/**
 * Options of a single call; each is the client's where it isn't given.
 *
 * @since 0.1.0
 */
export interface Call extends CallOptions.Options {
  /**
   * Gives the call up: its Promise rejects at once with the signal's reason, as `fetch` does. Whether the
   * server has carried it out by then is not known. Default: none.
   */
  readonly signal?: AbortSignal
}

type Methods = typeof CentrifugoApi.methods
type AnyMethod = (...args: ReadonlyArray<never>) => ApiMethod.Request.Any
type Payload<F extends AnyMethod> = ApiMethod.Request.Payload<ReturnType<F>>
type Success<F extends AnyMethod> = ApiMethod.Request.Success<ReturnType<F>>

/** Options in the place of a payload that has no fields would be passed over in silence. */
type Arguments<P> = keyof P extends never
  ? [payload?: { readonly [key: string]: never }]
  : ApiMethod.Arguments<P>

/**
 * A function for each method of the server API, with its options after the payload.
 *
 * @since 0.1.0
 */
export type Functions = {
  readonly [K in keyof Methods]: Methods[K] extends ApiMethod.ApiMethod<infer _M, infer P, infer A, infer _E>
    ? (...args: [...Arguments<P>, options?: Call]) => Promise<Plain<A>>
    : never
}

/**
 * The client. Its functions need no `this`.
 *
 * @since 0.1.0
 */
export interface Service extends Functions, AsyncDisposable {
  /** See `CentrifugoApi.history`: with a `schema` it types the publications' data. */
  readonly history: {
    <D, I>(
      payload: Payload<Methods["history"]> & { readonly schema: Schema.Schema<D, I> },
      options?: Call
    ): Promise<Plain<CentrifugoApi.TypedHistory<D>>>
    (payload: Payload<Methods["history"]>, options?: Call): Promise<Plain<Success<Methods["history"]>>>
  }
  /** See `CentrifugoApi.rpc`: with a `schema` it types the answer, with a `paramsSchema` what is sent. */
  readonly rpc: {
    <P extends {} | null, PI, D, DI>(
      payload: CentrifugoApi.TypedRpcPayload<P, PI, D, DI>,
      options?: Call
    ): Promise<Plain<CentrifugoApi.TypedRpcResult<D>>>
    (payload: Payload<Methods["rpc"]>, options?: Call): Promise<Plain<Success<Methods["rpc"]>>>
  }
  /** Sends a request: `send(requests.publish(payload))` is `publish(payload)`. */
  readonly send: <M extends string, P, A, E>(
    request: ApiMethod.Request<M, P, A, E>,
    options?: Call
  ) => Promise<Plain<A>>
  /** Sends many requests in one, each with its own outcome; see `Batch`. */
  readonly batch: <const Rs extends Batch.Members>(
    requests: Rs,
    options?: Batch.Options & Call
  ) => Promise<Plain<Batch.Outcomes<Rs>>>
  /**
   * Sends any number of requests, and gives each with its outcome, in order; see `Bulk`. Nothing is sent
   * before the first is asked for. Leaving the loop, or the signal, gives up what is under way and ends the
   * iteration at once, also while the source waits for its next item.
   */
  readonly sendAll: <Q extends ApiMethod.Request.Any>(
    requests: Iterable<Q> | AsyncIterable<Q>,
    options?: Centrifugo.SendAllOptions & Call
  ) => AsyncGenerator<Plain<Centrifugo.Sent<Q>>, void, void>
  /**
   * Resolves where the server is there, at this URL, and takes the API key: by asking for `info`. A wrong
   * key is an `UnauthorizedError`, a URL without the API's prefix a `StatusError`.
   */
  readonly check: (options?: Call) => Promise<void>
  /**
   * Refuses new calls, lets those under way end within `shutdownTimeout` (500 ms by default), and ends the
   * rest with a `NetworkError`; nobody has to catch that one. A second time does nothing more.
   */
  readonly close: () => Promise<void>
}

/**
 * A client with sockets of its own, until it is closed: by `close`, or by `await using`. Rejects with a
 * `ConfigError` where an option can't work; whether the server is there shows on the first call, or by
 * `check`.
 *
 * @example
 * ```ts
 * import { CentrifugoPromise } from "@effect-centrifugo/node"
 *
 * const centrifugo = await CentrifugoPromise.make({
 *   url: "http://localhost:8000/api",
 *   apiKey: process.env.CENTRIFUGO_API_KEY ?? "",
 *   retry: CentrifugoPromise.RetryPolicy.transient,
 *   batching: true
 * })
 *
 * const { offset } = await centrifugo.publish({ channel: "news", data: { text: "hello" } })
 *
 * await centrifugo.close()
 * ```
 * @since 0.1.0
 */
export const make = async (options: Options): Promise<Service> => {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined) {
    throw new CentrifugoError.ConfigError({ option: unknown, detail: "there is no such option" })
  }
  const scope = Effect.runSync(Scope.make())
  const opened = CentrifugoNode.make({ ...options, apiKey: keyOf(options.apiKey) })
  const client = await calls.run(
    Effect.onError(Scope.extend(opened, scope), () => Scope.close(scope, Exit.void))
  )
  const inFlight = new calls.InFlight()
  const { batch, check, send, sendAll } = client
  const call: Run = (method, make, options, entry) => {
    const site = calls.siteOf(entry)
    const problem = problemOf(method, options)
    if (problem !== undefined) return calls.run(problem, undefined, site)
    // What a caller without types passes shall reject, not throw.
    const effect = Effect.suspend(make)
    const { signal, ...own } = options ?? {}
    const placed = options === undefined ? effect : CallOptions.with(effect, own)
    return inFlight.add(calls.run(placed, signal, site), plain)
  }
  let closed: Promise<void> | undefined
  const close = () => {
    inFlight.excuse()
    return (closed ??= calls.run(Scope.close(scope, Exit.void)))
  }
  return {
    ...functions(send, call),
    send: function entry(request, options) {
      return call("send", () => send(request), options, entry)
    },
    batch: function entry(requests, options) {
      const { parallel, ...own } = options ?? {}
      const make = () => batch(requests, parallel === undefined ? {} : { parallel })
      return call("batch", make, typeof options === "object" ? own : options, entry)
    },
    sendAll: (requests, options) => {
      const problem = problemOf("sendAll", options, ofSendAll)
      if (problem !== undefined) return iterate(() => Stream.fail(problem), plain)
      const { signal, ...own } = options ?? {}
      const { concurrency: _c, maxBytes: _b, maxSize: _s, ...ofEach } = own
      return iterate(
        () => Stream.provideService(sendAll(sourceOf(requests), own), CallOptions.CallOptions, ofEach),
        plain,
        signal
      )
    },
    check: function entry(options) {
      return call("check", () => check, options, entry)
    },
    close,
    [Symbol.asyncDispose]: close
  }
}

/** For callers without types: a misspelt option would be passed over. */
const known: { readonly [name in keyof Required<Options>]: true } = {
  allResting: true,
  apiKey: true,
  auth: true,
  batching: true,
  connectTimeout: true,
  deadline: true,
  dispatcher: true,
  headers: true,
  keepAlive: true,
  maxConnections: true,
  maxResponseSize: true,
  name: true,
  retry: true,
  shutdownTimeout: true,
  timeout: true,
  url: true
}

type Run = <A, E>(
  method: string,
  make: () => Effect.Effect<A, E>,
  options: Call | undefined,
  entry: calls.Entry
) => Promise<Plain<A>>

/** Derived types know the last overload only, of `history` and `rpc`. */
type All = Functions & Pick<Service, "history" | "rpc">

const functions = (send: Centrifugo.Service["send"], call: Run): All => {
  const entries = Object.entries<AnyMethod>(CentrifugoApi.methods).map(([name, method]) => [
    name,
    function entry(payload: never, options?: Call) {
      return call(name, () => send(method(payload)), options, entry)
    }
  ])
  return Object.fromEntries(entries) as All
}

const keyOf = (apiKey: Options["apiKey"]): CentrifugoNode.Options["apiKey"] =>
  typeof apiKey === "function"
    ? Effect.map(Effect.tryPromise({ try: async () => apiKey(), catch: identity }), redacted)
    : redacted(apiKey)

const redacted = (key: ApiKey): Redacted.Redacted => (Redacted.isRedacted(key) ? key : Redacted.make(key))

export {
  /**
   * The errors: classes for `instanceof`, and guards such as `isRetryable`.
   *
   * @since 0.1.0
   */
  CentrifugoError,
  /**
   * What `retry` takes.
   *
   * @since 0.1.0
   */
  RetryPolicy
}

export {
  /**
   * The methods as makers of requests, which `send`, `batch` and `sendAll` take.
   *
   * @since 0.1.0
   */
  methods as requests
} from "@effect-centrifugo/core/CentrifugoApi"
