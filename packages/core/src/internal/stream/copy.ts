/** Reads the state of a map together with the changes made during the reading. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import type { Position } from "./PositionError.js"
import * as read from "./read.js"

/** A page of a map's state. The position is the map's position when the page was read. */
export interface StatePage<A> extends Position {
  readonly entries: ReadonlyArray<A>
  /** The cursor of the next page; absent or empty on the last page. */
  readonly cursor?: string
}

/** Whether this is the last page. An empty page need not be the last: Redis can return one with a cursor. */
export const isLast = ({ cursor }: StatePage<unknown>): boolean => cursor === undefined || cursor === ""

export const positionOf = ({ epoch, offset }: Position): Position => ({ offset, epoch })

export type Event<A> =
  | { readonly _tag: "Entry"; readonly entry: A }
  | { readonly _tag: "Change"; readonly change: read.Positioned<A> }
  | { readonly _tag: "Complete"; readonly position: Position }

/** The progress of a copy. */
interface Copying<Page> {
  /** Changes up to this position have been emitted. */
  readonly position: Position
  /** The page that was read last. */
  readonly page: Page
  /** The map's top offset when that page was read. */
  readonly top: number
  /** Whether the page's entries have been emitted. */
  readonly isTaken: boolean
}

/**
 * Emits the pages of a state. Before each page, it emits the changes made until that page was read. After the
 * last page, it emits `Complete`, and then the changes that `following` reads.
 *
 * Skips an entry whose key changed after the first page was read, because the change itself is emitted. So an
 * older value never overwrites a newer one.
 */
export const copy = <A extends read.Item, E, R, E2, R2>(
  source: read.Source<A, E, R>,
  first: StatePage<A>,
  nextPage: (page: StatePage<A>) => Effect.Effect<StatePage<A>, read.Failure<E>, R>,
  pageSize: number,
  following: (since: Position) => Stream.Stream<read.Positioned<A>, E2, R2>
): Stream.Stream<Event<A>, read.Failure<E> | E2, R | R2> => {
  type State = Copying<StatePage<A>>
  type Step = readonly [ReadonlyArray<Event<A>>, State]
  const start = positionOf(first)

  const catchUp = (state: State) => {
    const lacking = Math.max(1, state.top - state.position.offset)
    return Effect.map(
      read.readNext(source, state.position, Math.min(pageSize, lacking), false),
      ({ items, position }): Step => [
        items.map((change) => ({ _tag: "Change", change })),
        { ...state, position, top: Math.max(state.top, position.offset) }
      ]
    )
  }
  const take = (state: State): Step => [
    state.page.entries
      .filter(({ offset }) => offset <= start.offset)
      .map((entry) => ({ _tag: "Entry", entry })),
    { ...state, isTaken: true }
  ]
  const readOn = ({ page, position }: State) =>
    Effect.map(nextPage(page), (page): Step => [[], { position, page, top: page.offset, isTaken: false }])
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
            Chunk.unsafeFromArray(events),
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
