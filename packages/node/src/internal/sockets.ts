import { setMaxListeners } from "node:events"
import { Client, type Dispatcher, Pool } from "undici"

/** What calls are handed to. */
export interface Sockets {
  readonly dispatcher: Dispatcher
  readonly close: () => Promise<void>
}

/**
 * Whether this undici can do what `own` needs of it. Bun puts one of its own in the place of undici, whose
 * pool has no `dispatch`.
 */
export const areSupported: boolean = typeof Pool.prototype.dispatch === "function"

/**
 * A client that refused a request, for a header that can't be sent, say, is taken for a busy one by its
 * pool, which then waits for it forever: after as many refusals as it has sockets, nothing is sent.
 */
class Steady extends Client {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return super.dispatch(options, handler) || this.stats.size === 0
  }
}

export const own = (
  origin: string,
  options: { readonly maxConnections: number; readonly keepAlive: number; readonly connectTimeout: number }
): Sockets => {
  const sockets = new AbortController()
  setMaxListeners(0, sockets.signal)
  const pool = new Pool(origin, {
    connections: options.maxConnections,
    pipelining: 1,
    factory: (origin, options) => new Steady(origin, options),
    keepAliveTimeout: options.keepAlive,
    keepAliveMaxTimeout: options.keepAlive,
    // The pool forgets a socket that is still connecting when it is destroyed; the signal does not.
    connect: { timeout: options.connectTimeout, signal: sockets.signal }
  })
  const close = async () => {
    const destroyed = pool.destroy()
    sockets.abort()
    await destroyed
  }
  return { dispatcher: pool, close }
}

/** Somebody else's, who also closes them. */
export const lent = (dispatcher: Dispatcher): Sockets => ({ dispatcher, close: () => Promise.resolve() })
