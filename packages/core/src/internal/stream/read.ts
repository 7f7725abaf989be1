/** Reading a stream of the server page by page, so that each of its items is handed on once or a gap is an error. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import {
  type EncodeError,
  fromServer,
  type UnexpectedServerError,
  type UnrecoverablePositionError
} from "../../CentrifugoError.js"
import {
  EpochChangedError,
  GapError,
  type Position,
  PositionAheadError,
  type PositionError,
  ReadNotSupportedError
} from "./PositionError.js"

/** How many items a request asks for, unless the options say. */
export const defaultPageSize = 100

export interface Item {
  readonly offset: number
}

/** What one request asks for. */
export interface Query {
  /** How many items at most; never 0, nor below. */
  readonly limit: number
  /** Only what came after it; with `reverse`, before it. */
  readonly since?: Position
  /** From the newest to the oldest. */
  readonly reverse: boolean
}

/** What it answers: `offset` and `epoch` are those of the stream's top. */
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
  readonly pageSize?: number
  readonly since?: Position
  readonly reverse?: boolean
  readonly follow?: Schedule.Schedule<unknown, unknown, R>
}

export type Positioned<A> = A & { readonly position: Position }

/** What is left of a call's failures: code 112 is told as a `PositionError`. */
export type Failure<E> =
  | Exclude<E, UnrecoverablePositionError>
  | EncodeError
  | UnexpectedServerError
  | PositionError
  | ReadNotSupportedError

const isUnrecoverable: (error: unknown) => error is UnrecoverablePositionError = Predicate.isTagged(
  "CentrifugoUnrecoverablePositionError"
) as Predicate.Refinement<unknown, UnrecoverablePositionError>

/** A server without meta data for a channel (PostgreSQL) gives it no epoch yet. */
const isSameEpoch = (a: string, b: string): boolean => a === "" || b === "" || a === b

const topOf = ({ epoch, offset }: Page<unknown>): Position => ({ offset, epoch })

/** Puts a `PositionError` in the place of code 112, as the answer to a request with this position. */
export const explained =
  <A extends Item, E, R>(source: Source<A, E, R>, position: Position | undefined) =>
  <B, E2, R2>(request: Effect.Effect<B, E2, R2>): Effect.Effect<B, Failure<E | E2>, R | R2> =>
    Effect.catchAll(request, (error): Effect.Effect<never, Failure<E | E2>, R> => {
      if (!isUnrecoverable(error)) return Effect.fail(error as Exclude<E2, UnrecoverablePositionError>)
      if (position !== undefined) return lost(source, position)
      // There was no position that could be unrecoverable.
      const { code, serverMessage: message, ...origin }: UnrecoverablePositionError = error
      return Effect.fail(fromServer([], { code, message }, origin))
    })

const readPage = <A extends Item, E, R>(
  source: Source<A, E, R>,
  query: Query
): Effect.Effect<Page<A>, Failure<E>, R> => explained(source, query.since)(source.read(query))

/**
 * Fails with why the server can't read on from a position. Code 112 tells neither whether the epoch is
 * another one or (of maps) items are gone, nor where the stream stands, so one more read does.
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

/** The items up to a hole: what lies behind it is asked for again, and is a gap then like any other. */
const upToHole = <A extends Item>(items: ReadonlyArray<A>, step: 1 | -1): ReadonlyArray<A> => {
  const hole = items.findIndex(({ offset }, i) => i > 0 && offset !== items[i - 1]!.offset + step)
  return hole < 0 ? items : items.slice(0, hole)
}

interface Read<A> {
  readonly items: Chunk.Chunk<Positioned<A>>
  /** Of the last item; where there is none, as before, or of the top. */
  readonly position: Position
  /** The offset of the top. */
  readonly top: number
}

/** The items next to a position, or why they can't be had. */
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
        // A map that was cleared answers so instead of with code 112.
        if (!isSameEpoch(position.epoch, page.epoch)) return lost(source, position)
        const next = position.offset + step
        const fields = { method: source.method, channel: source.channel, position, top: topOf(page) }
        if (next > page.offset + (reverse ? 0 : 1)) return Effect.fail(new PositionAheadError(fields))
        if (reverse && first !== undefined && first > next) return notBackwards(source)
        // Backwards, nothing more is the end of what is stored.
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
        items: Chunk.unsafeFromArray(items),
        position: items.at(-1)?.position ?? { offset: position?.offset ?? page.offset, epoch },
        top: page.offset
      })
    }
  )

const isAscending = ([first, second]: ReadonlyArray<Item>): boolean =>
  first !== undefined && second !== undefined && first.offset < second.offset

/** An engine that can't read backwards answers from the oldest, whatever it was asked for. */
const notBackwards = ({ channel, method }: Origin): Effect.Effect<never, ReadNotSupportedError> =>
  Effect.fail(
    new ReadNotSupportedError({
      method,
      channel,
      option: "engine.redis.history_use_lists",
      detail:
        "the server answered from the oldest publication where the newest was asked for: its engine can't read backwards. Read forwards, or store histories in streams, which is the default"
    })
  )

/** From the position to the top that the first page told of. */
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
      return [read.items, next.left > 0 ? Option.some(next) : Option.none()]
    })
  )
}

/** From the position on, asking again whenever the schedule says so. */
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
  const run = (driver: Schedule.ScheduleDriver<unknown, unknown, R2>) => {
    const waited = Effect.match(driver.next(undefined), { onSuccess: () => true, onFailure: () => false })
    return Stream.paginateChunkEffect(start, ({ isAtTop, position }) =>
      Effect.gen(function* () {
        if (isAtTop && !(yield* waited)) return [Chunk.empty<Positioned<A>>(), Option.none<State>()]
        const read = yield* readNext(source, position, pageSize, false)
        if (Chunk.isNonEmpty(read.items)) yield* driver.reset
        const next: State = { position: read.position, isAtTop: read.position.offset >= read.top }
        return [read.items, Option.some(next)]
      })
    )
  }
  return Stream.unwrap(Effect.map(Schedule.driver(follow), run))
}

/** From the position back to the oldest that is stored. */
const backward = <A extends Item, E, R>(
  source: Source<A, E, R>,
  pageSize: number,
  since: Position | undefined
): Stream.Stream<Positioned<A>, Failure<E>, R> => {
  type Page = readonly [Chunk.Chunk<Positioned<A>>, Option.Option<Position>]
  const end: Page = [Chunk.empty(), Option.none()]
  return Stream.paginateChunkEffect(since, (position) =>
    Effect.gen(function* () {
      // Nothing lies before the first. The server fails when it is asked for what is before 0, and on Redis
      // begins from the newest once more when asked for what is before 1.
      if (position !== undefined && position.offset <= 1) return end
      const read = yield* readNext(source, position, pageSize, true)
      if (position === since) yield* checkOrder(source, since, read)
      return Chunk.isEmpty(read.items) ? end : ([read.items, Option.some(read.position)] as const)
    })
  )
}

/**
 * Whether the engine reads backwards, where the first page does not show it: a single item that is not the
 * newest, or none before a position.
 */
const checkOrder = <A extends Item, E, R>(
  source: Source<A, E, R>,
  since: Position | undefined,
  { items, position, top }: Read<A>
): Effect.Effect<void, Failure<E>, R> => {
  if (since === undefined) {
    return Chunk.size(items) === 1 && position.offset < top
      ? Effect.flatMap(readPage(source, { limit: 2, reverse: true }), (page) =>
          isAscending(page.items) ? notBackwards(source) : Effect.void
        )
      : Effect.void
  }
  if (Chunk.isNonEmpty(items)) return Effect.void
  return Effect.flatMap(readPage(source, { limit: 1, reverse: false }), ({ epoch, items: [oldest] }) =>
    oldest !== undefined && oldest.offset < since.offset && isSameEpoch(since.epoch, epoch)
      ? notBackwards(source)
      : Effect.void
  )
}

/** The whole stream as its options say, which have been checked. */
export const stream = <A extends Item, E, R, R2 = never>(
  source: Source<A, E, R>,
  { follow, pageSize = defaultPageSize, reverse, since }: Options<R2>
): Stream.Stream<Positioned<A>, Failure<E>, R | R2> => {
  if (reverse === true) return backward(source, pageSize, since)
  return follow === undefined ? toTop(source, pageSize, since) : following(source, pageSize, since, follow)
}
