/** Helpers for tests that depend on this machine and process. */
import { assert } from "@effect/vitest"
import { Clock, Effect, Schedule } from "effect"

/** The resources that keep this process alive, by kind. */
export const handles = (): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** Waits until there are no more than before. Timers of the test runner come and go, but leaks stay. */
export const noMoreThan = (before: ReadonlyMap<string, number>): Effect.Effect<void> =>
  Effect.try(() => {
    for (const [kind, count] of handles()) assert.isAtMost(count, (before.get(kind) ?? 0) + 2, kind)
  }).pipe(
    Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo("5 seconds"))),
    Effect.orDie,
    Effect.withClock(Clock.make())
  )

/** For a test with a real-time limit: a busy machine can disturb one run, but not three in a row. */
export const undisturbed = { retry: 2 }
