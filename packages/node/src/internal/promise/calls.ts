/** Running effects for code that knows nothing of fibers. */
import { isCentrifugoError } from "@effect-centrifugo/core/CentrifugoError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { onAbort } from "./signal.js"

/** Where a function of the client was called. */
export interface Site {
  readonly stack: string
}

/** A function of the client. */
export type Entry = (...args: ReadonlyArray<never>) => unknown

/** The frames above a function, which cost nothing more until they are read. */
export const siteOf = (entry: Entry): Site => {
  const site = { stack: "" }
  Error.captureStackTrace(site, entry)
  return site
}

/**
 * Rejects with the error itself, or at once with the signal's reason, however long the call takes to end
 * then. `site` is where the caller is; the frames of a fiber lead nowhere near it.
 */
export const run = <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal, site?: Site): Promise<A> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const fiber = Effect.runFork(effect)
    const abort = () => {
      fiber.unsafeInterruptAsFork(fiber.id())
      reject(signal?.reason)
    }
    const forget = signal === undefined ? undefined : onAbort(signal, abort)
    fiber.addObserver((exit) => {
      forget?.()
      if (Exit.isSuccess(exit)) resolve(exit.value)
      else reject(placed(Cause.squash(exit.cause), site))
    })
  })

const placed = (error: unknown, site: Site | undefined): unknown => {
  // Each call has an error of its own; other errors come from the user's code, and show where in it.
  if (site !== undefined && isCentrifugoError(error)) {
    error.stack = `${error.name}: ${error.message}${framesOf(site)}`
  }
  return error
}

/** There may be none (`Error.stackTraceLimit`), and tools replace what a stack is (`Error.prepareStackTrace`). */
const framesOf = (site: Site): string => {
  try {
    const stack: unknown = site.stack
    const start = typeof stack === "string" ? stack.indexOf("\n") : -1
    return start < 0 ? "" : String(stack).slice(start)
  } catch {
    return ""
  }
}

/** Calls that have no outcome yet. */
export class InFlight {
  readonly #results = new Set<Promise<unknown>>()

  /** The result, changed, and remembered until it is there. */
  add<A, B>(call: Promise<A>, change: (result: A) => B): Promise<B> {
    const result = call.then(change)
    this.#results.add(result)
    const forget = () => this.#results.delete(result)
    // On the call, not on its result: whether that is handled is for whoever asked for it.
    call.then(forget, forget)
    return result
  }

  /** Who closes a client has given up what nobody waits for: its rejection must not end the process. */
  excuse(): void {
    for (const result of this.#results) result.catch(() => undefined)
  }
}
