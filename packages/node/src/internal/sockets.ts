import { Client, type Dispatcher, Pool } from "undici"
import * as Connector from "./connector.js"
import { setImmediate } from "./timers.js"

/** What calls are handed to. */
export interface Sockets {
  readonly dispatcher: () => Dispatcher
  /** To be called when a call has left its socket. */
  readonly left: () => void
  readonly close: () => Promise<void>
}

/**
 * Whether this undici can do what `own` needs of it. Bun puts one of its own in the place of undici, whose
 * pool has no `dispatch`.
 */
export const areSupported: boolean = typeof Pool.prototype.dispatch === "function"

/**
 * Whether test tools have replaced the global `setImmediate` (fake timers, jsdom in jest). Undici frees a used
 * socket by it, and checks an idle one, so that each socket can then serve one call only.
 */
export const areUsedOnce = (): boolean => globalThis.setImmediate !== setImmediate

/** Why something can't be the dispatcher, or `undefined`. */
export const misfitOf = (value: unknown): string | undefined => {
  const expected = "expected a dispatcher of undici 7 or newer, such as its Agent, Pool or ProxyAgent"
  if (typeof value !== "object" || value === null) return expected
  if (!("dispatch" in value) || typeof value.dispatch !== "function") {
    return `${expected}; this one has no method "dispatch", as those of node:http and node:https`
  }
  // Undici 5 and 6 have it on all dispatchers, 7 on none. Their handlers have other methods than those of 7.
  return "interceptors" in value ? `${expected}; this one is of undici 6 or older` : undefined
}

/**
 * A client that refused a request, for a header that can't be sent, say, is taken for a busy one by its
 * pool, which then waits for it forever: after as many refusals as it has sockets, nothing is sent.
 */
class Steady extends Client {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return super.dispatch(options, handler) || this.stats.size === 0
  }
}

export interface Options {
  readonly maxConnections: number
  readonly keepAlive: number
  readonly connectTimeout: number
}

export const own = (origin: string, options: Options): Sockets => {
  const connector = Connector.make(options.connectTimeout)
  const open = () =>
    new Pool(origin, {
      connections: options.maxConnections,
      pipelining: 1,
      factory: (origin, options) => new Steady(origin, options),
      keepAliveTimeout: options.keepAlive,
      keepAliveMaxTimeout: options.keepAlive,
      connect: connector.connect
    })
  let pool = open()
  let wereUsedOnce = areUsedOnce()
  /** Pools whose sockets wait for a `setImmediate` that was replaced meanwhile. */
  const retired = new Set<Pool>()

  const left = () => {
    const isNow = areUsedOnce()
    if (isNow === wereUsedOnce) return
    wereUsedOnce = isNow
    if (isNow) retire()
  }
  const dispatcher = () => {
    left()
    return pool
  }
  const retire = () => {
    const old = pool
    pool = open()
    retired.add(old)
    void old.close().then(() => retired.delete(old))
  }
  const close = async () => {
    const destroyed = [pool, ...retired].map((each) => each.destroy())
    // The pool forgets a socket that is still connecting when it is destroyed.
    connector.close()
    await Promise.all(destroyed)
  }
  return { dispatcher, left, close }
}

/** Somebody else's, who also closes them. */
export const lent = (dispatcher: Dispatcher): Sockets => ({
  dispatcher: () => dispatcher,
  left: () => {},
  close: () => Promise.resolve()
})
