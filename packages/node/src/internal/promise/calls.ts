/** Runs effects for callers that use Promises. */
import { isCentrifugoError } from "@effect-centrifugo/core/CentrifugoError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { onAbort } from "./signal.js"

/** The caller's stack, for errors. */
export interface Site {
  readonly stack: string
}

/** A function of the client. */
export type Entry = (...args: ReadonlyArray<never>) => unknown

/** Captures the stack frames above a function. V8 formats them only when they are read. */
export const siteOf = (entry: Entry): Site => {
  const site = { stack: "" }
  Error.captureStackTrace(site, entry)
  return site
}

/**
 * Runs an effect as a Promise. It rejects with the error itself. On abort it rejects at once with the signal's
 * reason, even if the call takes longer to end. `site` supplies the caller's stack, which a fiber's own stack
 * does not contain.
 */
export const run = <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal, site?: Site): Promise<A> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const fiber = Effect.runFork(effect)
    const abort = () => {
      reject(signal?.reason)
      fiber.unsafeInterruptAsFork(fiber.id())
    }
    const forget = signal === undefined ? undefined : onAbort(signal, abort)
    fiber.addObserver((exit) => {
      forget?.()
      if (Exit.isSuccess(exit)) resolve(exit.value)
      else reject(withStack(Cause.squash(exit.cause), site))
    })
  })

const withStack = (error: unknown, site: Site | undefined): unknown => {
  // Each call has its own error instance, so its stack can be changed. Other errors come from the user's code,
  // and their stack already shows where.
  if (site !== undefined && isCentrifugoError(error)) {
    error.stack = `${error.name}: ${error.message}${framesOf(site)}`
  }
  return error
}

/**
 * Returns the frames of a stack without its first line. `Error.stackTraceLimit` can remove all frames, and
 * `Error.prepareStackTrace` can replace the string.
 */
const framesOf = (site: Site): string => {
  try {
    const stack: unknown = site.stack
    const start = typeof stack === "string" ? stack.indexOf("\n") : -1
    return start < 0 ? "" : String(stack).slice(start)
  } catch {
    return ""
  }
}

/** The calls in flight. */
export class InFlight {
  readonly #results = new Set<Promise<unknown>>()

  /** Adds a call until it settles, and returns its transformed result. */
  add<A, B>(call: Promise<A>, change: (result: A) => B): Promise<B> {
    const result = call.then(change)
    this.#results.add(result)
    const forget = () => this.#results.delete(result)
    // Attached to `call`, not to `result`, so that a rejection of `result` that the caller does not handle is
    // still reported.
    call.then(forget, forget)
    return result
  }

  /** Handles the rejections of all calls in flight, so that closing the client does not end the process. */
  ignoreRejections(): void {
    for (const result of this.#results) result.catch(() => undefined)
  }
}
