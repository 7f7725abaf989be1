// Replaces the file of this name; reviewed at 5551bdbbfea28808.
/** A clock that jumps to the next timer as soon as all fibers are idle. */
import { Clock, Duration, Effect } from "effect"

export class VirtualTime implements Clock.Clock {
  #now = 0
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  currentTimeMillisUnsafe(): number {
    return this.#now
  }
  currentTimeNanosUnsafe(): bigint {
    return BigInt(Math.round(this.#now * 1e6))
  }
  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }
  readonly monotonicTimeNanos = Effect.sync(() => this.monotonicTimeNanosUnsafe())
  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const sleeper = { at: this.#now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
      this.#sleepers.add(sleeper)
      return Effect.sync(() => this.#sleepers.delete(sleeper))
    })
  }

  /** Runs an effect to its end in this time. Fails if the effect waits for anything but this clock. */
  async run<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    let isOver = false
    const outcome = Effect.runPromise(Effect.provideService(effect, Clock.Clock, this)).finally(
      () => (isOver = true)
    )
    for (let idle = 0; !isOver; idle = this.#jump() ? 0 : idle + 1) {
      // All runnable fibers run in microtasks. Real time also passes, for code that ignores the clock.
      await new Promise((resume) => (idle < 3 ? setImmediate(resume) : setTimeout(resume, 1)))
      if (idle > 500) throw new Error("the effect is not waiting for the clock")
    }
    return outcome
  }

  /** Jumps to the next timer, if there is one. */
  #jump(): boolean {
    const next = Math.min(...[...this.#sleepers].map(({ at }) => at))
    if (next === Infinity) return false
    this.#now = Math.max(this.#now, next)
    for (const sleeper of this.#sleepers) {
      if (sleeper.at > this.#now) continue
      this.#sleepers.delete(sleeper)
      sleeper.wake()
    }
    return true
  }
}
