/**
 * Interleaved rounds: in each, every contestant does its job once, so that whatever else this machine does meets all of
 * them. The first round is a warm-up and is not kept.
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
  /** Who took more milliseconds sits out the next round: others get more rounds in the same time. */
  readonly restAfter: number
  readonly progress: (text: string) => Effect.Effect<void>
}

/** A contestant that fails is out of the race; the others go on. */
export const race = <W, E>(
  contestants: ReadonlyArray<Contestant<W, E>>,
  { progress, restAfter, rounds }: Rules
): Effect.Effect<{
  readonly sampled: ReadonlyArray<Sampled<W>>
  readonly dropped: ReadonlyArray<Dropped<W, E>>
}> =>
  Effect.gen(function* () {
    const answers = new Map<W, Array<Answer>>(contestants.map(({ who }) => [who, []]))
    const resting = new Set<W>()
    const dropped: Array<Dropped<W, E>> = []

    const drop = (who: W) => (error: E) =>
      Effect.sync(() => {
        answers.delete(who)
        dropped.push({ who, error })
      })
    const keep = (who: W, answer: Answer) => {
      answers.get(who)?.push(answer)
      if (answer.millis > restAfter) resting.add(who)
    }
    /** Ends the rest of those who had one. */
    const running = () => contestants.filter(({ who }) => answers.has(who) && !resting.delete(who))

    for (const { name, warmUp, who } of contestants) {
      yield* progress(`warm-up, ${name}`)
      yield* Effect.catchAll(warmUp, drop(who))
    }
    for (let round = 0; round < rounds; round++) {
      for (const { measure, name, who } of arranged(running(), round)) {
        yield* progress(`round ${round + 1} of ${rounds}, ${name}`)
        yield* measure(round).pipe(
          Effect.map((answer) => keep(who, answer)),
          Effect.catchAll(drop(who))
        )
      }
    }
    return { sampled: [...answers].map(([who, answers]) => ({ who, answers })), dropped }
  })
