import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { async, schedule } from "../../CentrifugoTransport.js"
import type { Gate } from "./gate.js"

export interface Limit<E> {
  /** Milliseconds, by the clock of the caller's fiber. */
  readonly timeout: number
  readonly onTimeout: () => E
  /** Converts a defect, or an interruption from within the effect. */
  readonly onBroken: (error: unknown) => E
  /** Registers the effect in `calls` while it runs, so that closing the transport can end it with `onClosed`. */
  readonly closing?: { readonly calls: Gate<Ending>; readonly onClosed: () => E }
}

/** Ends an effect from outside. */
export interface Ending {
  readonly abandon: () => void
}

/** Disables the fiber's debug log of its failure: the failure of an HTTP client contains the API key. */
const quietly = Effect.withUnhandledErrorLogLevel(Option.none())

/**
 * Runs an effect with a time limit, in its own fiber, because only interrupting a fiber can cancel an arbitrary
 * effect. Interrupting the caller interrupts it, too. The limit holds even if the caller is uninterruptible.
 */
export const withDeadline = <A, E>(effect: Effect.Effect<A, E>, limit: Limit<E>): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(quietly(Effect.forkDaemon(Effect.interruptible(effect))), (running) =>
      Effect.withFiberRuntime((caller) =>
        restore(
          async<A, E>((resume) => {
            const end = (error: E) => {
              resume(Effect.fail(error))
              running.unsafeInterruptAsFork(caller.id())
            }
            const clock = Context.get(caller.currentDefaultServices, Clock.Clock)
            const stopTimer = schedule(clock, limit.timeout, () => end(limit.onTimeout()))
            const { closing } = limit
            const entry = { abandon: () => closing && end(closing.onClosed()) }
            closing?.calls.enter(entry)
            running.addObserver((exit) => {
              stopTimer()
              closing?.calls.leave(entry)
              resume(
                Exit.isSuccess(exit)
                  ? exit
                  : Effect.fail(
                      Option.getOrElse(Cause.failureOption(exit.cause), () =>
                        limit.onBroken(Cause.squash(exit.cause))
                      )
                    )
              )
            })
            return Effect.suspend(() => {
              stopTimer()
              return Fiber.interrupt(running)
            })
          })
        )
      )
    )
  )
