/** Calls the app of proxy handlers for the server, and reads its answers as the server does. */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import { ConfigError } from "@effect-centrifugo/core/CentrifugoError"
import type * as ProxyProtocol from "@effect-centrifugo/core/ProxyProtocol"
import type { ClientSubscribeOptions, PublishOptions } from "./connect.js"
import { UsageError } from "./errors.js"
import * as Proxy from "./proxy.js"

/**
 * The app that the server calls for the connections of `connectProxied`.
 *
 * @since 0.1.0
 */
export interface ServerProxy extends Proxy.ProxyOptions {
  /** An app of `ProxyApp.make`, or a router that contains it. The server only calls it for events that have a handler. */
  readonly app: HttpApp.Default<unknown>
}

/** The fields of a result on the wire, in snake_case. */
export type Result = NonNullable<Proxy.ProxyAnswer["result"]>

export type Verdict =
  /** `result` is absent if the app answered without one. */
  | { readonly _tag: "Accepted"; readonly result: Result | undefined }
  | { readonly _tag: "Denied" | "Disconnected"; readonly code: number; readonly reason: string }
  /** The app failed, so the server refuses. */
  | { readonly _tag: "Failed" }

export interface Backend {
  readonly handles: ReadonlySet<ProxyProtocol.Event>
  readonly ask: <E extends ProxyProtocol.Event>(
    event: E,
    request: Partial<ProxyProtocol.Request<E>>,
    headers: { readonly [name: string]: string }
  ) => Effect.Effect<Verdict, UsageError>
}

const bad = (detail: string) => new ConfigError({ option: "proxy", detail })

/** Makes the backend. Asks the app which events it handles. */
export const make = ({ app, ...options }: ServerProxy): Effect.Effect<Backend, ConfigError> =>
  Effect.gen(function* () {
    const events = yield* Effect.mapError(Proxy.eventsOf(app, options), (error) =>
      bad(`the app failed to answer below the path ${JSON.stringify(options.path ?? "")}: ${String(error)}`)
    )
    if (events.length === 0) {
      return yield* bad(
        "the app handles no event at this path with this secret; expected an app of ProxyApp.make"
      )
    }
    const calls = Proxy.make(app, options)
    return {
      handles: new Set(events),
      ask: (event, request, headers) =>
        Effect.map(calls[event](request, headers), verdictOf).pipe(
          Effect.catchAllCause((cause) => {
            const failure = Cause.failureOption(cause)
            if (Option.isSome(failure) && failure.value instanceof UsageError) return failure.value
            return Cause.isInterruptedOnly(cause)
              ? Effect.failCause(cause as Cause.Cause<never>)
              : Effect.as(Effect.logError(`The proxy app failed to answer ${event}`, cause), failed)
          })
        )
    }
  })

const failed: Verdict = { _tag: "Failed" }

const verdictOf = ({ disconnect, error, result, status }: Proxy.ProxyAnswer): Verdict => {
  if (status !== 200) return failed
  if (disconnect !== undefined) return { _tag: "Disconnected", ...disconnect }
  if (error !== undefined) return { _tag: "Denied", code: error.code, reason: error.message }
  return { _tag: "Accepted", result }
}

/** Returns a payload of a result, decoded if it is base64; `undefined` for none. */
export const payloadOf = (result: Result, field: "data" | "info"): unknown => {
  const base64 = result[`b64${field}`]
  return typeof base64 === "string" ? Either.getOrUndefined(Encoding.decodeBase64(base64)) : result[field]
}

/** Returns the expiry in Unix seconds; 0 for never. */
export const expiryOf = ({ expire_at: expireAt }: Result): number =>
  typeof expireAt === "number" ? expireAt : 0

interface Fields {
  readonly override?: { readonly presence?: { readonly value: boolean } }
  readonly tags?: { readonly [name: string]: string }
  readonly skip_history?: boolean
  readonly idempotency_key?: string
  readonly version?: number
  readonly version_epoch?: string
}

/** Returns the subscription's options. Of the overrides, the server in memory supports only `presence`. */
export const subscribeOptionsOf = (result: Result): ClientSubscribeOptions => {
  const presence = (result as Fields).override?.presence?.value
  return {
    info: payloadOf(result, "info"),
    data: payloadOf(result, "data"),
    expireAt: expiryOf(result),
    ...(presence === undefined ? {} : { presence })
  }
}

export const publishOptionsOf = (result: Result): PublishOptions => {
  const { idempotency_key, skip_history, tags = {}, version, version_epoch }: Fields = result
  return {
    tags: new Map(Object.entries(tags)),
    skipHistory: skip_history ?? false,
    idempotencyKey: idempotency_key ?? "",
    version: BigInt(version ?? 0),
    versionEpoch: version_epoch ?? ""
  }
}
