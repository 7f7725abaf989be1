/**
 * The client for code without Effect. Each call returns a Promise, which rejects with an error of
 * `CentrifugoError`, unwrapped.
 *
 * - Instead of an `Either`, results have an `Outcome`: `{ ok: true, value }` or `{ ok: false, error }`.
 * - Pass the options of a call, including an `AbortSignal`, as its last argument.
 * - This module also exports the errors, the retry policies, and the requests for `batch`, `send` and `sendAll`.
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
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CentrifugoNode from "./CentrifugoNode.js"
import * as calls from "./internal/promise/calls.js"
import { iterate, sourceOf } from "./internal/promise/iterate.js"
import { ofSendAll, problemOf } from "./internal/promise/options.js"
import { plain, plainSent, type Plain, type Sent } from "./internal/promise/plain.js"

export type { Outcome, Plain, Sent } from "./internal/promise/plain.js"

/**
 * The API key, as a string or `Redacted`.
 *
 * @since 0.1.0
 */
export type ApiKey = string | Redacted.Redacted

/**
 * Options of `make`: the server's URL and key, policies, and sockets.
 *
 * @since 0.1.0
 */
export interface Options extends Omit<CentrifugoNode.Options, "apiKey"> {
  /**
   * The server's `http_api.key`. For a rotating key, pass a function. The client calls it for each attempt,
   * within the attempt's timeout, so it should cache the key. If it fails, the call rejects with an
   * `ApiKeyError`.
   */
  readonly apiKey: ApiKey | (() => ApiKey | PromiseLike<ApiKey>)
}

/**
 * Options of a single call. Options that you omit default to the client's.
 *
 * @since 0.1.0
 */
export interface Call extends CallOptions.Options {
  /**
   * Aborts the call: its Promise rejects at once with the signal's reason, as `fetch` does. The server may have
   * carried out the call. Default: none.
   */
  readonly signal?: AbortSignal
}

type Methods = typeof CentrifugoApi.methods
type AnyMethod = (...args: ReadonlyArray<never>) => ApiMethod.Request.Any

/** Declares that the client's functions return Promises and take the options of a call. */
interface AsPromise extends CentrifugoApi.Form {
  readonly type: Promise<Plain<this["success"]>>
  readonly rest: [options?: Call]
}

/** For a method without payload fields, rejects options in place of the payload: they would be ignored. */
type Arguments<P> = keyof P extends never
  ? [payload?: { readonly [key: string]: never }]
  : ApiMethod.Arguments<P>

/**
 * A function for each method of the server API, with its options after the payload.
 *
 * @since 0.1.0
 */
export type Functions = {
  readonly [K in keyof Methods]: K extends keyof CentrifugoApi.Calls<AsPromise>
    ? CentrifugoApi.Calls<AsPromise>[K]
    : Methods[K] extends ApiMethod.ApiMethod<infer _M, infer P, infer A, infer _E>
      ? (...args: [...Arguments<P>, options?: Call]) => Promise<Plain<A>>
      : never
}

/**
 * The client. Its functions do not use `this`, so you can destructure it.
 *
 * @since 0.1.0
 */
export interface Service extends Functions, AsyncDisposable {
  /** Sends a request: `send(requests.publish(payload))` is `publish(payload)`. */
  readonly send: <M extends string, P, A, E>(
    request: ApiMethod.Request<M, P, A, E>,
    options?: Call
  ) => Promise<Plain<A>>
  /** Sends several requests in one HTTP request, each with its own outcome. See `Batch`. */
  readonly batch: <const Rs extends Batch.Members>(
    requests: Rs,
    options?: Batch.Options & Call
  ) => Promise<Plain<Batch.Outcomes<Rs>>>
  /**
   * Sends any number of requests in batches, and yields each with its outcome, in order. Pair a request with
   * your own value, `[value, request]`, to get `[value, outcome]`. It sends nothing before the first outcome is
   * requested. Leaving the loop or aborting the signal ends the iteration at once, even while the source waits
   * for its next item. Requests in flight are abandoned.
   */
  readonly sendAll: <I extends Centrifugo.Item>(
    requests: Iterable<I> | AsyncIterable<I>,
    options?: Centrifugo.SendAllOptions & Call
  ) => AsyncGenerator<Sent<I>, void, void>
  /**
   * Calls `info`: resolves if the server answers at this URL and accepts the API key. Rejects with an
   * `UnauthorizedError` for a wrong key, and with a `StatusError` for a URL without the API's prefix.
   */
  readonly check: (options?: Call) => Promise<void>
  /**
   * Refuses new calls, lets calls in flight finish within `shutdownTimeout` (500 ms by default), and rejects the
   * rest with a `NetworkError`. If you do not await such a call, Node does not report its rejection as unhandled.
   * Calling `close` again has no effect.
   */
  readonly close: () => Promise<void>
}

/**
 * Makes a client with its own sockets. Close it with `close` or `await using`. Rejects with a `ConfigError` for
 * an invalid option. It does not connect: use `check` to test the connection.
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
    throw new CentrifugoError.ConfigError({ option: unknown, detail: "unknown option" })
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
    // Invalid arguments of an untyped caller reject the Promise, instead of throwing.
    const effect = Effect.suspend(make)
    const { signal, ...own } = options ?? {}
    const placed = options === undefined ? effect : CallOptions.with(effect, own)
    return inFlight.add(calls.run(placed, signal, site), plain)
  }
  let closed: Promise<void> | undefined
  const close = () => {
    inFlight.ignoreRejections()
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
    sendAll: <I extends Centrifugo.Item>(
      requests: Iterable<I> | AsyncIterable<I>,
      options?: Centrifugo.SendAllOptions & Call
    ) => {
      const problem = problemOf("sendAll", options, ofSendAll)
      if (problem !== undefined) return iterate(() => Stream.fail(problem), plainSent<I>)
      const { signal, ...own } = options ?? {}
      const { concurrency: _c, maxBytes: _b, maxSize: _s, ...ofEach } = own
      return iterate(
        () => Stream.provideService(sendAll(sourceOf(requests), own), CallOptions.CallOptions, ofEach),
        plainSent<I>,
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

/** The names of all options. An untyped caller gets an error for a misspelt option. */
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

const functions = (send: Centrifugo.Service["send"], call: Run): Functions => {
  const entries = Object.entries<AnyMethod>(CentrifugoApi.methods).map(([name, method]) => [
    name,
    function entry(payload: never, options?: Call) {
      return call(name, () => send(method(payload)), options, entry)
    }
  ])
  return Object.fromEntries(entries) as Functions
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
   * The policies for the option `retry`.
   *
   * @since 0.1.0
   */
  RetryPolicy
}

export {
  /**
   * The request constructors, for `send`, `batch` and `sendAll`.
   *
   * @since 0.1.0
   */
  methods as requests
} from "@effect-centrifugo/core/CentrifugoApi"
