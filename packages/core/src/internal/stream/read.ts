/** Reads a server stream page by page. Emits each item exactly once, or fails with a `PositionError`. */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import {
  type EncodeError,
  fromServer,
  type UnexpectedServerError,
  type UnrecoverablePositionError
} from "../../CentrifugoError.js"
import { Delays } from "../call/Delays.js"
import {
  EpochChangedError,
  GapError,
  type Position,
  PositionAheadError,
  type PositionError,
  ReadNotSupportedError
} from "./PositionError.js"

/** The default page size. */
export const defaultPageSize = 100

export interface Item {
  readonly offset: number
}

/** The parameters of one page request. */
export interface Query {
  /** The maximum number of items to return; at least 1. */
  readonly limit: number
  /** Only items after this position; with `reverse`, before it. */
  readonly since?: Position
  /** Whether to read from the newest item to the oldest. */
  readonly reverse: boolean
}

/** A page of items. `offset` and `epoch` are the position of the stream's newest item. */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly offset: number
  readonly epoch: string
}

interface Origin {
  readonly method: string
  readonly channel: string
}

export interface Source<A, E, R> extends Origin {
  readonly read: (query: Query) => Effect.Effect<Page<A>, E, R>
}

export interface Options<R> {
  readonly pageSize?: number | undefined
  readonly since?: Position | undefined
  readonly reverse?: boolean | undefined
  readonly follow?: Schedule.Schedule<unknown, unknown, R> | undefined
}

export type Positioned<A> = A & { readonly position: Position }

/** The errors of a call, with code 112 replaced by a `PositionError`. */
export type Failure<E> =
  | Exclude<E, UnrecoverablePositionError>
  | EncodeError
  | UnexpectedServerError
  | PositionError
  | ReadNotSupportedError

const isUnrecoverable: (error: unknown) => error is UnrecoverablePositionError = Predicate.isTagged(
  "CentrifugoUnrecoverablePositionError"
) as Predicate.Refinement<unknown, UnrecoverablePositionError>

/** An empty epoch matches any other: the PostgreSQL engine has no epoch for a channel without metadata. */
const isSameEpoch = (a: string, b: string): boolean => a === "" || b === "" || a === b

const topOf = ({ epoch, offset }: Page<unknown>): Position => ({ offset, epoch })

/** Replaces code 112, the server's response to a request with this position, by a `PositionError`. */
export const explained =
  <A extends Item, E, R>(source: Source<A, E, R>, position: Position | undefined) =>
  <B, E2, R2>(request: Effect.Effect<B, E2, R2>): Effect.Effect<B, Failure<E | E2>, R | R2> =>
    Effect.catchAll(request, (error): Effect.Effect<never, Failure<E | E2>, R> => {
      if (!isUnrecoverable(error)) return Effect.fail(error as Exclude<E2, UnrecoverablePositionError>)
      if (position !== undefined) return lost(source, position)
      // The request had no `since`, so it had no position to recover: report code 112 as unexpected.
      const { code, serverMessage: message, ...origin }: UnrecoverablePositionError = error
      return Effect.fail(fromServer([], { code, message }, origin))
    })

const readPage = <A extends Item, E, R>(
  source: Source<A, E, R>,
  query: Query
): Effect.Effect<Page<A>, Failure<E>, R> => explained(source, query.since)(source.read(query))

/**
 * Fails with the reason why the server cannot continue from a position. Code 112 contains neither the reason
 * (another epoch, or for maps missing items) nor the stream's top, so this function reads the oldest item to find
 * both.
 */
const lost = <A extends Item, E, R>(
  source: Source<A, E, R>,
  position: Position
): Effect.Effect<never, Failure<E>, R> =>
  Effect.flatMap(readPage(source, { limit: 1, reverse: false }), (page) => {
    const [oldest] = page.items
    const fields = {
      method: source.method,
      channel: source.channel,
      position,
      top: topOf(page),
      ...(oldest === undefined ? {} : { first: oldest.offset })
    }
    return Effect.fail(
      isSameEpoch(position.epoch, page.epoch) ? new GapError(fields) : new EpochChangedError(fields)
    )
  })

/**
 * Returns the items before the first missing offset. The next request starts there and detects the gap.
 */
const upToHole = <A extends Item>(items: ReadonlyArray<A>, step: 1 | -1): ReadonlyArray<A> => {
  const hole = items.findIndex(({ offset }, i) => i > 0 && offset !== items[i - 1]!.offset + step)
  return hole < 0 ? items : items.slice(0, hole)
}

interface Read<A> {
  readonly items: ReadonlyArray<Positioned<A>>
  /** The position of the last item. Without items: the previous position, or the top. */
  readonly position: Position
  /** The offset of the top. */
  readonly top: number
}

/** Reads the items that follow a position, or fails with a `PositionError`. */
export const readNext = <A extends Item, E, R>(
  source: Source<A, E, R>,
  position: Position | undefined,
  limit: number,
  reverse: boolean
): Effect.Effect<Read<A>, Failure<E>, R> =>
  Effect.flatMap(
    readPage(source, { limit, reverse, ...(position === undefined ? {} : { since: position }) }),
    (page): Effect.Effect<Read<A>, Failure<E>, R> => {
      const step = reverse ? -1 : 1
      const first = page.items[0]?.offset
      if (position !== undefined) {
        // A cleared map returns another epoch instead of code 112.
        if (!isSameEpoch(position.epoch, page.epoch)) return lost(source, position)
        const next = position.offset + step
        const fields = { method: source.method, channel: source.channel, position, top: topOf(page) }
        if (next > page.offset + (reverse ? 0 : 1)) return Effect.fail(new PositionAheadError(fields))
        if (reverse && first !== undefined && first > next) return notBackwards(source)
        // Backwards, an empty page means that all stored items were read.
        const isGap = first === undefined ? !reverse && next <= page.offset : first !== next
        if (isGap) return Effect.fail(new GapError({ ...fields, ...(first === undefined ? {} : { first }) }))
      } else if (reverse && isAscending(page.items)) {
        return notBackwards(source)
      }
      const epoch = page.epoch === "" ? (position?.epoch ?? "") : page.epoch
      const items = upToHole(page.items, step).map((item) => ({
        ...item,
        position: { offset: item.offset, epoch }
      }))
      return Effect.succeed({
        items,
        position: items.at(-1)?.position ?? { offset: position?.offset ?? page.offset, epoch },
        top: page.offset
      })
    }
  )

const isAscending = ([first, second]: ReadonlyArray<Item>): boolean =>
  first !== undefined && second !== undefined && first.offset < second.offset

/** An engine that cannot read backwards ignores `reverse` and starts at the oldest item. */
const notBackwards = ({ channel, method }: Origin): Effect.Effect<never, ReadNotSupportedError> =>
  Effect.fail(
    new ReadNotSupportedError({
      method,
      channel,
      option: "engine.redis.history_use_lists",
      detail:
        "the server returned the oldest publication instead of the newest: its engine can't read backwards. Read forwards, or store histories in streams, which is the default"
    })
  )

/** Reads from a position to the top that the first page reported. */
const toTop = <A extends Item, E, R>(
  source: Source<A, E, R>,
  pageSize: number,
  since: Position | undefined
): Stream.Stream<Positioned<A>, Failure<E>, R> => {
  interface State {
    readonly position: Position | undefined
    readonly left: number
    readonly end?: number
  }
  const start: State = { position: since, left: pageSize }
  return Stream.paginateChunkEffect(start, ({ end, left, position }) =>
    Effect.map(readNext(source, position, Math.min(pageSize, left), false), (read) => {
      const top = end ?? read.top
      const next: State = { position: read.position, left: top - read.position.offset, end: top }
      return [Chunk.unsafeFromArray(read.items), next.left > 0 ? Option.some(next) : Option.none()]
    })
  )
}

/** Reads from a position, and polls again as scheduled. */
const following = <A extends Item, E, R, R2>(
  source: Source<A, E, R>,
  pageSize: number,
  since: Position | undefined,
  follow: Schedule.Schedule<unknown, unknown, R2>
): Stream.Stream<Positioned<A>, Failure<E>, R | R2> => {
  interface State {
    readonly position: Position | undefined
    readonly isAtTop: boolean
  }
  const start: State = { position: since, isAtTop: false }
  return Stream.suspend(() => {
    const delays = new Delays(follow)
    return Stream.paginateChunkEffect(start, ({ isAtTop, position }) =>
      Effect.gen(function* () {
        if (isAtTop && !(yield* waited(delays))) return [Chunk.empty<Positioned<A>>(), Option.none<State>()]
        const read = yield* readNext(source, position, pageSize, false)
        if (read.items.length > 0) delays.reset()
        const next: State = { position: read.position, isAtTop: read.position.offset >= read.top }
        return [Chunk.unsafeFromArray(read.items), Option.some(next)]
      })
    )
  })
}

/** Waits for the schedule's next step. Returns whether there was one. */
const waited = <R>(delays: Delays<unknown, R>): Effect.Effect<boolean, never, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.flatMap(delays.next(now, undefined), (delay) =>
      delay === undefined ? Effect.succeed(false) : Effect.as(Effect.sleep(delay), true)
    )
  )

/** Reads from a position back to the oldest stored item. */
const backward = <A extends Item, E, R>(
  source: Source<A, E, R>,
  pageSize: number,
  since: Position | undefined
): Stream.Stream<Positioned<A>, Failure<E>, R> => {
  type Page = readonly [Chunk.Chunk<Positioned<A>>, Option.Option<Position>]
  const end: Page = [Chunk.empty(), Option.none()]
  return Stream.paginateChunkEffect(since, (position) =>
    Effect.gen(function* () {
      // Nothing precedes offset 1. The server fails for a position at 0, and on Redis it starts at the newest
      // item again for a position at 1.
      if (position !== undefined && position.offset <= 1) return end
      const read = yield* readNext(source, position, pageSize, true)
      if (position === since) yield* checkOrder(source, since, read)
      if (read.items.length === 0) return end
      return [Chunk.unsafeFromArray(read.items), Option.some(read.position)] as const
    })
  )
}

/**
 * Checks that the engine can read backwards. Reads once more if the first page does not prove it: the page has
 * one item that is not the newest, or no items before `since`.
 */
const checkOrder = <A extends Item, E, R>(
  source: Source<A, E, R>,
  since: Position | undefined,
  { items, position, top }: Read<A>
): Effect.Effect<void, Failure<E>, R> => {
  if (since === undefined) {
    return items.length === 1 && position.offset < top
      ? Effect.flatMap(readPage(source, { limit: 2, reverse: true }), (page) =>
          isAscending(page.items) ? notBackwards(source) : Effect.void
        )
      : Effect.void
  }
  if (items.length > 0) return Effect.void
  return Effect.flatMap(readPage(source, { limit: 1, reverse: false }), ({ epoch, items: [oldest] }) =>
    oldest !== undefined && oldest.offset < since.offset && isSameEpoch(since.epoch, epoch)
      ? notBackwards(source)
      : Effect.void
  )
}

/** Reads a stream with validated options. */
export const stream = <A extends Item, E, R, R2 = never>(
  source: Source<A, E, R>,
  { follow, pageSize = defaultPageSize, reverse, since }: Options<R2>
): Stream.Stream<Positioned<A>, Failure<E>, R | R2> => {
  if (reverse === true) return backward(source, pageSize, since)
  return follow === undefined ? toTop(source, pageSize, since) : following(source, pageSize, since, follow)
}
