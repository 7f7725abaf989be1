/** The state of a map together with what changes while it is read. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import type { Position } from "./PositionError.js"
import * as read from "./read.js"

/** A page of a state; the position is that of the map when it was read. */
export interface StatePage<A> extends Position {
  readonly entries: ReadonlyArray<A>
  /** Where the next page begins; on the last page absent or empty. */
  readonly cursor?: string
}

/** Whether no page follows. One without entries need not be the last: Redis answers such to a cursor. */
export const isLast = ({ cursor }: StatePage<unknown>): boolean => cursor === undefined || cursor === ""

export const positionOf = ({ epoch, offset }: Position): Position => ({ offset, epoch })

export type Event<A> =
  | { readonly _tag: "Entry"; readonly entry: A }
  | { readonly _tag: "Change"; readonly change: read.Positioned<A> }
  | { readonly _tag: "Complete"; readonly position: Position }

/** How far a copy has come. */
interface Copying<Page> {
  /** The changes up to it have been handed on. */
  readonly position: Position
  /** The page that was read last. */
  readonly page: Page
  /** Where the map stood when that page was read. */
  readonly top: number
  /** Whether its entries have been handed on. */
  readonly isTaken: boolean
}

/**
 * The pages of a state, each behind the changes up to the moment at which it was read; then `Complete`, and
 * then the changes since, as `following` reads them.
 *
 * An entry is handed on only where its key has not changed since the first page. Otherwise the change has
 * come already, or will: an older value never overwrites a newer one.
 */
export const copy = <A extends read.Item, E, R, E2, R2>(
  source: read.Source<A, E, R>,
  first: StatePage<A>,
  nextPage: (page: StatePage<A>) => Effect.Effect<StatePage<A>, read.Failure<E>, R>,
  pageSize: number,
  following: (since: Position) => Stream.Stream<read.Positioned<A>, E2, R2>
): Stream.Stream<Event<A>, read.Failure<E> | E2, R | R2> => {
  type State = Copying<StatePage<A>>
  type Step = readonly [Chunk.Chunk<Event<A>>, State]
  const start = positionOf(first)

  const catchUp = (state: State) => {
    const lacking = Math.max(1, state.top - state.position.offset)
    return Effect.map(
      read.readNext(source, state.position, Math.min(pageSize, lacking), false),
      ({ items, position }): Step => [
        Chunk.map(items, (change) => ({ _tag: "Change", change })),
        { ...state, position, top: Math.max(state.top, position.offset) }
      ]
    )
  }
  const take = (state: State): Step => [
    Chunk.fromIterable(state.page.entries.filter(({ offset }) => offset <= start.offset)).pipe(
      Chunk.map((entry) => ({ _tag: "Entry", entry }))
    ),
    { ...state, isTaken: true }
  ]
  const readOn = ({ page, position }: State) =>
    Effect.map(nextPage(page), (page): Step => [
      Chunk.empty(),
      { position, page, top: page.offset, isTaken: false }
    ])
  const step = (state: State) => {
    if (state.position.offset !== state.top) return catchUp(state)
    return state.isTaken ? readOn(state) : Effect.succeed(take(state))
  }

  return Stream.unwrap(
    Effect.map(Ref.make(start), (reached) => {
      const started: State = { position: start, page: first, top: start.offset, isTaken: false }
      const events = Stream.paginateChunkEffect(started, (state) =>
        Effect.flatMap(step(state), ([events, next]) => {
          const isDone = next.isTaken && isLast(next.page)
          return Effect.as(Ref.set(reached, next.position), [
            events,
            isDone ? Option.none<State>() : Option.some(next)
          ] as const)
        })
      )
      const rest = Effect.map(Ref.get(reached), (position) =>
        Stream.concat(
          Stream.make<[Event<A>]>({ _tag: "Complete", position }),
          Stream.map(following(position), (change): Event<A> => ({ _tag: "Change", change }))
        )
      )
      return Stream.concat(events, Stream.unwrap(rest))
    })
  )
}
