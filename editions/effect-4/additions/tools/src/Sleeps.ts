/** What sleeps on the TestClock, which does not tell it in Effect 4. */
import { Clock, Duration, Effect } from "effect"

const watched = new WeakMap<Clock.Clock, Set<{ readonly until: number }>>()

const watch = (clock: Clock.Clock) => {
  const sleeping = new Set<{ readonly until: number }>()
  const { sleep } = clock
  const counted = (duration: Duration.Duration) =>
    Effect.suspend(() => {
      const entry = { until: clock.currentTimeMillisUnsafe() + Duration.toMillis(duration) }
      sleeping.add(entry)
      return Effect.ensuring(
        sleep(duration),
        Effect.sync(() => sleeping.delete(entry))
      )
    })
  Object.assign(clock, { sleep: counted })
  watched.set(clock, sleeping)
  return sleeping
}

/** The times at which sleeps end, of those that began after the first call for a clock. */
export const sleeps: Effect.Effect<ReadonlyArray<number>> = Effect.map(Clock.Clock, (clock) =>
  Array.from(watched.get(clock) ?? watch(clock), ({ until }) => until)
)
