/**
 * Runs interleaved rounds: in each round, every client that does not skip the round does its job once, so that other
 * load on the machine affects all clients. A warm-up, which is not recorded, precedes them.
 */
import * as Effect from "effect/Effect"
import type { Answer } from "../clients/protocol.js"
import { arranged } from "../stats.js"

export interface Contestant<W, E> {
  readonly who: W
  readonly name: string
  readonly warmUp: Effect.Effect<unknown, E>
  /** Runs and verifies one measurement. */
  readonly measure: (round: number) => Effect.Effect<Answer, E>
}

export interface Sampled<W> {
  readonly who: W
  readonly answers: ReadonlyArray<Answer>
}

export interface Dropped<W, E> {
  readonly who: W
  readonly error: E
}

export interface Rules {
  readonly rounds: number
  /** The number of rounds in earlier series: the order continues from there. */
  readonly before: number
  /**
   * A client that takes more milliseconds in the first round only runs in every second round, so that the
   * others get more rounds in the same time.
   */
  readonly restAfter: number
  readonly progress: (text: string) => Effect.Effect<void>
}

/** Runs the race. A client that fails leaves it; the others continue. */
export const race = <W, E>(
  contestants: ReadonlyArray<Contestant<W, E>>,
  { before, progress, restAfter, rounds }: Rules
): Effect.Effect<{
  readonly sampled: ReadonlyArray<Sampled<W>>
  readonly dropped: ReadonlyArray<Dropped<W, E>>
}> =>
  Effect.gen(function* () {
    const answers = new Map<W, Array<Answer>>(contestants.map(({ who }) => [who, []]))
    const dropped: Array<Dropped<W, E>> = []

    const drop = (who: W) => (error: E) =>
      Effect.sync(() => {
        answers.delete(who)
        dropped.push({ who, error })
      })
    const isSlow = (who: W) => (answers.get(who)?.[0]?.millis ?? 0) > restAfter
    const runningIn = (round: number) => {
      const isResting = (who: W) => round % 2 === 1 && isSlow(who)
      return contestants.filter(({ who }) => answers.has(who) && !isResting(who))
    }

    for (const { name, warmUp, who } of contestants) {
      yield* progress(`warm-up, ${name}`)
      yield* Effect.catchAll(warmUp, drop(who))
    }
    for (let round = 0; round < rounds; round++) {
      for (const { measure, name, who } of arranged(runningIn(round), before + round)) {
        yield* progress(`round ${round + 1} of ${rounds}, ${name}`)
        yield* measure(round).pipe(
          Effect.map((answer) => answers.get(who)?.push(answer)),
          Effect.catchAll(drop(who))
        )
      }
    }
    return { sampled: [...answers].map(([who, answers]) => ({ who, answers })), dropped }
  })
