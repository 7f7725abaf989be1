import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { async, schedule } from "../../CentrifugoTransport.js"

export interface Limit<E> {
  /** Milliseconds, by the clock of the caller's fiber. */
  readonly timeout: number
  readonly onTimeout: () => E
  /** Converts a defect, or an interruption from within the effect. */
  readonly onBroken: (error: unknown) => E
}

/** At level debug a fiber logs its failure, and an HTTP client's failure contains the key. */
const quietly = Effect.withUnhandledErrorLogLevel(Option.none())

/**
 * Runs an effect with a time limit, in its own fiber: only interrupting a fiber can cancel another author's
 * effect. The fiber also ends with the caller. The limit holds even if the caller is uninterruptible.
 */
export const withDeadline = <A, E>(effect: Effect.Effect<A, E>, limit: Limit<E>): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(quietly(Effect.forkDaemon(Effect.interruptible(effect))), (running) =>
      Effect.withFiberRuntime((caller) =>
        restore(
          async<A, E>((resume) => {
            const callOff = schedule(
              Context.get(caller.currentDefaultServices, Clock.Clock),
              limit.timeout,
              () => {
                resume(Effect.fail(limit.onTimeout()))
                running.unsafeInterruptAsFork(caller.id())
              }
            )
            running.addObserver((exit) => {
              callOff()
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
              callOff()
              return Fiber.interrupt(running)
            })
          })
        )
      )
    )
  )
