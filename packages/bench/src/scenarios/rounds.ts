/**
 * Interleaved rounds: in each, every contestant that is not resting does its job once, so that whatever else this machine
 * does meets all of them. Before them comes a warm-up, which is not kept.
 */
import * as Effect from "effect/Effect"
import type { Answer } from "../clients/protocol.js"
import { arranged } from "../stats.js"

export interface Contestant<W, E> {
  readonly who: W
  readonly name: string
  readonly warmUp: Effect.Effect<unknown, E>
  /** One measurement, verified. */
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
  /** How many rounds there have been in earlier heats: the order goes on from there. */
  readonly before: number
  /**
   * Who takes more milliseconds in the first round sits out every other one, so that the others get more of them in the same
   * time.
   */
  readonly restAfter: number
  readonly progress: (text: string) => Effect.Effect<void>
}

/** A contestant that fails is out of the race; the others go on. */
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
