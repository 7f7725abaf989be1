// Replaces the file of this name; reviewed at a6862011831d7778.
/** A clock that jumps to the next moment at which something happens, as soon as nothing happens any more. */
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

  /** Runs an effect to its end in this time; one that waits for nothing fails. */
  async run<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    let isOver = false
    const outcome = Effect.runPromise(Effect.provideService(effect, Clock.Clock, this)).finally(
      () => (isOver = true)
    )
    for (let idle = 0; !isOver; idle = this.#jump() ? 0 : idle + 1) {
      // Everything that may run now runs in microtasks. Some real time passes for what obeys no clock.
      await new Promise((resume) => (idle < 3 ? setImmediate(resume) : setTimeout(resume, 1)))
      if (idle > 500) throw new Error("it waits for nothing")
    }
    return outcome
  }

  /** To the next moment at which somebody wakes, if there is one. */
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
