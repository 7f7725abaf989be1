/** Checks the options of the app and of the configuration, and the handlers. Throws if any is invalid. */
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import { type Event, requests } from "../../ProxyProtocol.js"
import type { ChannelEvent, ChannelHandler, RpcHandlers } from "./model.js"

/**
 * Options that the app and the server's configuration share.
 *
 * @since 0.1.0
 */
export interface Options {
  /**
   * The server's `timeout` for proxies. A handler has four fifths of this time: 800 ms by default. Default: 1 second, the
   * server's default.
   */
  readonly timeout?: Duration.DurationInput
  /**
   * A secret that the server sends with every request, in the header `X-Api-Key` (`http.static_headers`). The app
   * rejects requests without it with status 401. Default: none, so the app must not be reachable from outside.
   */
  readonly secret?: Redacted.Redacted
}

/** The header of the secret, in lower case. `@effect/platform` omits this header from spans and logs. */
export const secretHeader = "x-api-key"

export interface Checked {
  /** The server's timeout for proxies, in milliseconds. */
  readonly timeout: number
  readonly secret: string | undefined
}

export const refuse = (where: string, detail: string) => new TypeError(`${where}: ${detail}`)

export const isHeaderName = (name: unknown): name is string =>
  typeof name === "string" && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)

export const check = (where: string, options: Options): Checked => {
  const { secret, timeout = "1 second" } = options
  const duration = Duration.decodeUnknown(timeout)
  const millis = duration._tag === "Some" ? Duration.toMillis(duration.value) : 0
  if (!Number.isFinite(millis) || millis < 1) {
    throw refuse(where, "timeout: expected a duration of a millisecond or more")
  }
  const value = secret === undefined ? undefined : Redacted.isRedacted(secret) ? Redacted.value(secret) : ""
  if (value !== undefined && !(typeof value === "string" && /^[\x21-\x7e]+$/.test(value))) {
    throw refuse(where, "secret: expected a non-empty Redacted string of ASCII characters without spaces")
  }
  return { timeout: Math.ceil(millis), secret: value }
}

/** A handler without its types. */
export type Untyped =
  | { readonly _tag: "Function"; readonly handle: (request: never, call: never) => unknown }
  | { readonly _tag: "Channels"; readonly handlers: ReadonlyArray<ChannelHandler<ChannelEvent, unknown>> }
  | { readonly _tag: "Rpc"; readonly handlers: RpcHandlers<unknown> }

const read = (where: string, event: Event, handler: unknown): Untyped => {
  if (typeof handler === "function") return { _tag: "Function", handle: handler as () => unknown }
  if (event === "rpc" && typeof handler === "object" && handler !== null && "methods" in handler) {
    return { _tag: "Rpc", handlers: handler as RpcHandlers<unknown> }
  }
  if (Array.isArray(handler) && handler.length > 0) {
    const handlers = handler as ReadonlyArray<Partial<ChannelHandler<ChannelEvent, unknown>> | undefined>
    const other = handlers.find((item) => item?.event !== event)
    if (other !== undefined || handlers.includes(undefined)) {
      throw refuse(where, `${event}: expected handlers of typed channels for this event`)
    }
    const templates = handlers.map((item) => item?.template)
    const twice = templates.find((template, i) => templates.indexOf(template) < i)
    if (twice !== undefined) throw refuse(where, `${event}: there are two handlers for ${twice}`)
    return { _tag: "Channels", handlers: handlers as ReadonlyArray<ChannelHandler<ChannelEvent, unknown>> }
  }
  throw refuse(where, `${event}: expected a function, or handlers of typed channels or methods`)
}

/** Checks the handlers and returns those that are set, by event. */
export const readHandlers = (where: string, handlers: object): ReadonlyMap<Event, Untyped> => {
  const given = Object.entries(handlers).filter(([, handler]) => handler !== undefined)
  const found = new Map<Event, Untyped>()
  for (const [event, handler] of given) {
    if (!Object.hasOwn(requests, event)) throw refuse(where, `there is no event ${event}`)
    found.set(event as Event, read(where, event as Event, handler))
  }
  if (found.size === 0) throw refuse(where, "expected at least one handler")
  return found
}

/** `subRefresh` -> `sub_refresh`, as in the server's configuration and in paths. */
export const wireName = (event: Event): string =>
  event.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export const events = Object.keys(requests) as ReadonlyArray<Event>
