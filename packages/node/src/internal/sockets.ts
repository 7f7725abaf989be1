import { Client, type Dispatcher, Pool } from "undici"
import * as Connector from "./connector.js"
import { clearTimeout, setImmediate, setTimeout } from "./timers.js"

/** The destination of calls: a pool of sockets. */
export interface Sockets {
  readonly dispatcher: () => Dispatcher
  /** Reports that a call has released its socket. */
  readonly left: () => void
  readonly close: () => Promise<void>
}

/**
 * Whether this undici supports what `own` needs. Bun replaces undici with its own implementation, whose pool
 * has no `dispatch`.
 */
export const areSupported: boolean = typeof Pool.prototype.dispatch === "function"

/**
 * Whether test tools have replaced the global `setImmediate` (fake timers, jsdom in jest). Undici uses it to
 * free a used socket and to check an idle one, so each socket can only serve one call then.
 */
export const areUsedOnce = (): boolean => globalThis.setImmediate !== setImmediate

/** Returns why a value cannot be the dispatcher, or `undefined`. */
export const problemOf = (value: unknown): string | undefined => {
  const expected = "expected a dispatcher of undici 7 or newer, such as its Agent, Pool or ProxyAgent"
  if (typeof value !== "object" || value === null) return expected
  if (!("dispatch" in value) || typeof value.dispatch !== "function") {
    return `${expected}; this one has no method "dispatch", as those of node:http and node:https`
  }
  // All dispatchers of undici 5 and 6 have this property, and none of 7. Their handlers have different methods.
  return "interceptors" in value ? `${expected}; this one is of undici 6 or older` : undefined
}

/**
 * Undici's pool treats a client that rejected a request (for example because of an invalid header) as busy, and
 * waits for it forever. After as many rejections as the pool has sockets, nothing would be sent.
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
  /** Pools whose sockets wait for a `setImmediate` that has since been replaced. */
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
    const destroyed = Promise.all([pool, ...retired].map((each) => each.destroy()))
    // A destroyed pool does not end a socket that is still connecting.
    connector.close()
    await within(destroyed, reportTime)
  }
  return { dispatcher, left, close }
}

/** How long a destroyed pool may take to report its end, in milliseconds. Its sockets are closed before that. */
const reportTime = 1000

/**
 * Waits for a promise, for at most `millis` milliseconds. A pool that lost a task to fake timers never reports
 * its end.
 */
const within = (promise: Promise<unknown>, millis: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, millis)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    promise.then(end, end)
  })

/** Uses the dispatcher from the options. The user closes it. */
export const given = (dispatcher: Dispatcher): Sockets => ({
  dispatcher: () => dispatcher,
  left: () => {},
  close: () => Promise.resolve()
})
