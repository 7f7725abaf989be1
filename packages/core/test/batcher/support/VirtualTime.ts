/** A clock that jumps to the next moment at which something happens, as soon as nothing happens any more. */
import { Clock, Duration, Effect } from "effect"

export class VirtualTime implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  #now = 0
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  unsafeCurrentTimeMillis(): number {
    return this.#now
  }
  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.#now) * 1_000_000n
  }
  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async((resume) => {
      const sleeper = { at: this.#now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
      this.#sleepers.add(sleeper)
      return Effect.sync(() => this.#sleepers.delete(sleeper))
    })
  }

  /** Runs an effect to its end in this time; one that waits for nothing fails. */
  async run<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    let isOver = false
    const outcome = Effect.runPromise(Effect.withClock(effect, this)).finally(() => (isOver = true))
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
