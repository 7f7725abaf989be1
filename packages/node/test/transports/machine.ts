/** What depends on this machine and process, and not on the code under test alone. */
import { assert } from "@effect/vitest"
import { Clock, Effect, Schedule } from "effect"

/** What keeps this process alive: how many of each kind. */
export const handles = (): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** Fails unless there are, before long, no more than before: timers of the test runner come and go, what leaks stays. */
export const noMoreThan = (before: ReadonlyMap<string, number>): Effect.Effect<void> =>
  Effect.try(() => {
    for (const [kind, count] of handles()) assert.isAtMost(count, (before.get(kind) ?? 0) + 2, kind)
  }).pipe(
    Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo("5 seconds"))),
    Effect.orDie,
    Effect.withClock(Clock.make())
  )

/** For a test that bounds real time: a busy machine may disturb one run, not three in a row. */
export const undisturbed = { retry: 2 }
