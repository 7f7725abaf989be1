/**
 * Interleaved rounds: in each, every client does the job once, so that whatever else this machine does meets all of
 * them. The first round is a warm-up and is not kept.
 */
import * as Effect from "effect/Effect"
import type { Answer } from "../clients/protocol.js"
import type { ClientId } from "../model.js"
import { arranged } from "../stats.js"

export interface Contestant<E> {
  readonly id: ClientId
  readonly warmUp: Effect.Effect<unknown, E>
  /** One measurement, verified. */
  readonly measure: (round: number) => Effect.Effect<Answer, E>
}

export interface Sampled {
  readonly id: ClientId
  readonly answers: ReadonlyArray<Answer>
}

export interface Dropped<E> {
  readonly id: ClientId
  readonly error: E
}

/** A contestant that fails is out of the race; the others go on. */
export const race = <E>(
  contestants: ReadonlyArray<Contestant<E>>,
  rounds: number,
  progress: (text: string) => Effect.Effect<void>
): Effect.Effect<{
  readonly sampled: ReadonlyArray<Sampled>
  readonly dropped: ReadonlyArray<Dropped<E>>
}> =>
  Effect.gen(function* () {
    const answers = new Map<ClientId, Array<Answer>>(contestants.map(({ id }) => [id, []]))
    const dropped: Array<Dropped<E>> = []

    const drop = (id: ClientId) => (error: E) =>
      Effect.sync(() => {
        answers.delete(id)
        dropped.push({ id, error })
      })
    const running = () => contestants.filter(({ id }) => answers.has(id))

    for (const { id, warmUp } of contestants) {
      yield* progress(`warm-up, ${id}`)
      yield* Effect.catchAll(warmUp, drop(id))
    }
    for (let round = 0; round < rounds; round++) {
      for (const { id, measure } of arranged(running(), round)) {
        yield* progress(`round ${round + 1} of ${rounds}, ${id}`)
        yield* measure(round).pipe(
          Effect.map((answer) => answers.get(id)?.push(answer)),
          Effect.catchAll(drop(id))
        )
      }
    }
    return { sampled: [...answers].map(([id, answers]) => ({ id, answers })), dropped }
  })
