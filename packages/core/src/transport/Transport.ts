/**
 * What carries calls to the server. A transport knows of bodies, replies and time, but not of
 * methods' payloads; a policy is a function from transport to transport.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Fiber from "effect/Fiber"
import type { InternalError, TransportError } from "../errors/CentrifugoError.js"
import type { Reply } from "../wire/Reply.js"

/**
 * One call on its way.
 *
 * @since 0.1.0
 */
export interface Call {
  /** The method's wire name, which is the last part of the URL's path. */
  readonly method: string
  /** The whole request body, as JSON text. */
  readonly body: string
  /** Whether it may travel inside a batch. */
  readonly batchable: boolean
  /** Where it may: the channels it touches, because order matters within a channel. */
  readonly channels: ReadonlyArray<string>
  /** Headers of this call, over those of the transport. Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  /** How long this attempt may take, in milliseconds: by then the reply must have come whole. */
  readonly timeout: number
  /** When the caller stops waiting, in milliseconds of its clock; `Infinity` where it doesn't. */
  readonly deadline: number
  /** Whether it may be tried again, which is for policies to ask and not for what carries it. */
  readonly attempts: Attempts
}

/**
 * The attempts of one call: counted, and decided on, in one place.
 *
 * @since 0.1.0
 */
export interface Attempts {
  /** How many were made, the present one included. */
  readonly count: number
  /**
   * After an attempt failed: how many milliseconds to wait before the next one, which then counts as
   * begun, or `undefined` to give up.
   */
  readonly next: (error: TransportError | InternalError) => Effect.Effect<number | undefined>
}

/**
 * @since 0.1.0
 */
export interface Service {
  readonly send: (call: Call) => Effect.Effect<Reply, TransportError>
}

/**
 * @since 0.1.0
 */
export class Transport extends Context.Tag("@effect-centrifugo/core/Transport")<Transport, Service>() {}

const liveClock: unknown = Object.getPrototypeOf(Clock.make())

/**
 * Runs a task after some milliseconds on the fiber's own clock, and returns what calls it off. With
 * the live clock it is a bare timer, because a fiber per call would cost more than the rest of the
 * call; with any other (TestClock) it is that clock's sleep.
 *
 * @since 0.1.0
 */
export const schedule = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  millis: number,
  task: () => void
): (() => void) => {
  const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
  if (Object.getPrototypeOf(clock) === liveClock) {
    const timer = setTimeout(task, millis)
    return () => clearTimeout(timer)
  }
  const sleeping = Effect.runFork(Effect.zipRight(clock.sleep(Duration.millis(millis)), Effect.sync(task)))
  return () => sleeping.unsafeInterruptAsFork(FiberId.none)
}
