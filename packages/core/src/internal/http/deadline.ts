import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { async, schedule } from "../../CentrifugoTransport.js"

export interface Limit<E> {
  /** Milliseconds, by the clock of the caller's fiber. */
  readonly timeout: number
  readonly onTimeout: () => E
  /** What a defect becomes, or an interruption from within. */
  readonly onBroken: (error: unknown) => E
}

/** A fiber logs what it fails with at level debug, and what HTTP clients fail with holds the key. */
const quietly = Effect.withUnhandledErrorLogLevel(Option.none())

/**
 * Ends an effect that takes too long, in a fiber of its own: the only way to take back what an effect
 * of somebody else's has begun. It ends with the caller as well, and where the caller can't be
 * interrupted the limit holds all the same.
 */
export const withDeadline = <A, E>(effect: Effect.Effect<A, E>, limit: Limit<E>): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(quietly(Effect.forkDaemon(Effect.interruptible(effect))), (running) =>
      Effect.withFiberRuntime((caller) =>
        restore(
          async<A, E>((resume) => {
            const callOff = schedule(caller, limit.timeout, () => {
              resume(Effect.fail(limit.onTimeout()))
              running.unsafeInterruptAsFork(caller.id())
            })
            running.addObserver((exit) => {
              callOff()
              resume(
                exit._tag === "Success"
                  ? exit
                  : Effect.fail(
                      exit.cause._tag === "Fail" ? exit.cause.error : limit.onBroken(Cause.squash(exit.cause))
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
