/**
 * Options of single calls. Options that you do not set are those of the client's layer.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type { RetryPolicy } from "./RetryPolicy.js"
import type * as Timeouts from "./Timeouts.js"

/**
 * Options of single calls.
 *
 * @since 0.1.0
 */
export interface Options extends Timeouts.Options {
  /** The retry policy. Default: the client's. */
  readonly retry?: RetryPolicy
  /**
   * Headers to send in addition to the layer's. They replace headers with the same name. An invalid header fails
   * the call with an `EncodeError` that names it, and so does a header that the client sets. Default: none.
   */
  readonly headers?: { readonly [name: string]: string }
}

/**
 * The current options, as a context reference that child fibers inherit.
 *
 * @since 0.1.0
 */
export class CallOptions extends Context.Reference<CallOptions>()("@effect-centrifugo/core/CallOptions", {
  defaultValue: (): Options => ({})
}) {}

const withOptions: {
  (options: Options): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, options: Options): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, options: Options): Effect.Effect<A, E, R> =>
  Effect.flatMap(CallOptions, (outer) => Effect.provideService(self, CallOptions, within(outer, options)))
)

const within = (outer: Options, inner: Options): Options => {
  const options = { ...outer, ...inner }
  return outer.headers === undefined || inner.headers === undefined
    ? options
    : { ...options, headers: { ...lowerCase(outer.headers), ...lowerCase(inner.headers) } }
}

const lowerCase = (headers: NonNullable<Options["headers"]>): NonNullable<Options["headers"]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

export {
  /**
   * Sets options for all calls of an effect. Options and headers that you do not name keep their outer value.
   *
   * @example
   * ```ts
   * import { CallOptions, Centrifugo } from "@effect-centrifugo/core"
   * import { Effect } from "effect"
   *
   * const quick = Effect.gen(function* () {
   *   const centrifugo = yield* Centrifugo.Centrifugo
   *   return yield* centrifugo.presenceStats({ channel: "news" })
   * }).pipe(CallOptions.with({ timeout: "200 millis" }))
   * ```
   * @since 0.1.0
   */
  withOptions as with
}
