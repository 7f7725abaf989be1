/** Sends many requests: a stream feeds a dispatcher, and a bounded window emits the outcomes in order. */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import * as Batcher from "../../Batcher.js"
import { CallOptions } from "../../CallOptions.js"
import { isRequest, type Request } from "../../ApiMethod.js"
import type { Dispatcher } from "../batcher/Dispatcher.js"
import type { Limits } from "../batcher/pack.js"
import type { Outcome as Carried, Pending } from "../batcher/Pending.js"
import type { Item, Options, SendAll, Sent, Source } from "../call/Bulk.js"
import * as meter from "../call/meter.js"
import { tracerOf } from "../call/tracer.js"
import { queueMicrotask } from "../http/timers.js"
import { BadOption, type CallSettings, ofCall } from "./options.js"
import { notARequest, prepare, Prepared } from "./prepare.js"
import { async } from "../../CentrifugoTransport.js"

type Outcome = Either.Either<unknown, unknown>

const more = Option.some(undefined)
const ended = [Chunk.empty(), Option.none()] as const

/** A request in the window, from when it is read until its outcome is emitted. */
class Slot {
  outcome: Outcome | undefined = undefined
  constructor(
    readonly item: Item,
    /** When the call began, in nanoseconds. */
    readonly began: bigint
  ) {}
}

/** Makes `sendAll` over a dispatcher's transport. Limits that the options do not set are the dispatcher's. */
export const make = (dispatcher: Dispatcher, client: CallSettings): SendAll => {
  const sendAll = <I extends Item, E, R>(
    items: Source<I, E, R>,
    options: Options = {}
  ): Stream.Stream<Sent<I>, E, R> => {
    const outcomes = Effect.gen(function* () {
      const limits = yield* Effect.orDie(Batcher.check({ ...dispatcher.limits, ...options }))
      const settings = ofCall(yield* CallOptions, client)
      const headers = settings instanceof BadOption ? {} : settings.headers
      const own = yield* dispatcher.other(limits, yield* Effect.runtime(), headers)
      const window = new Window<E>(own, limits, settings, client.meter, yield* Effect.clock)
      yield* Effect.forkScoped(window.feed(streamOf(items, limits.maxSize)))
      return Stream.paginateChunkEffect(undefined, () => window.take)
    })
    // Each outcome belongs to its own item, but the window does not know their types.
    return Stream.unwrapScoped(outcomes) as Stream.Stream<unknown, E, R> as Stream.Stream<Sent<I>, E, R>
  }
  return ((first?: Source<Item, unknown, unknown> | Options, options?: Options) =>
    isSource(first)
      ? sendAll(first, options)
      : isPrimitive(first)
        ? sendAll([first as Item])
        : (items: Source<Item, unknown, unknown>) =>
            sendAll(isPrimitive(items) ? [items as Item] : items, first)) as SendAll
}

/** The requests whose outcomes have not been emitted. Bounds their number, and the total size of the unsettled ones. */
class Window<E> {
  #slots: Array<Slot> = []
  #bytes = 0
  /** How the stream ends after the last outcome; `undefined` while more requests may come. */
  #end: Exit.Exit<void, E> | undefined = undefined
  /** The current time, read once and cleared in a microtask. */
  #now: { readonly millis: number; readonly nanos: bigint } | undefined = undefined
  readonly #tally: meter.Tally
  /** Resumes the feeding fiber when there is room. */
  #roomy: (() => void) | undefined = undefined
  /** Resumes the reading fiber when the first request has its outcome. */
  #ready: (() => void) | undefined = undefined
  readonly #maxSlots: number
  readonly #maxBytes: number

  constructor(
    readonly dispatcher: Dispatcher,
    limits: Limits,
    readonly settings: CallSettings | BadOption,
    own: meter.Meter,
    readonly clock: Clock.Clock
  ) {
    this.#tally = new meter.Tally(own)
    // Room for one batch more than can be in flight, so that the next batch is ready when one completes.
    this.#maxSlots = (limits.concurrency + 1) * limits.maxSize
    this.#maxBytes = (limits.concurrency + 1) * limits.maxBytes
  }

  /** Reads items to the end of their stream, and pauses while there is no room. */
  feed<R>(items: Stream.Stream<Item, E, R>): Effect.Effect<void, never, R> {
    const put = (chunk: ReadonlyArray<Item>, from: number): Effect.Effect<void> =>
      Effect.withFiberRuntime((fiber) => {
        let next = from
        const tracer = tracerOf(fiber)
        while (next < chunk.length && this.#hasRoom) this.#add(chunk[next++]!, tracer)
        return next === chunk.length && this.#hasRoom
          ? Effect.void
          : Effect.zipRight(this.#room, put(chunk, next))
      })
    return Stream.runForEachChunk(items, (chunk) => put(Chunk.toReadonlyArray(chunk), 0)).pipe(
      Effect.exit,
      Effect.map((end) => this.#close(end))
    )
  }

  /** Returns the next outcomes, and whether others follow. */
  readonly take: Effect.Effect<readonly [Chunk.Chunk<unknown>, Option.Option<undefined>], E> = Effect.suspend(
    () => {
      if (!this.#isReady) {
        const ready = async<void, never>((wake) => {
          this.#ready = () => wake(Effect.void)
        })
        return Effect.zipRight(ready, this.take)
      }
      const open = this.#slots.findIndex(({ outcome }) => outcome === undefined)
      const settled = this.#slots.splice(0, open === -1 ? this.#slots.length : open)
      this.#changed()
      if (settled.length === 0 && this.#end !== undefined) return Effect.as(this.#end, ended)
      return Effect.succeed([Chunk.unsafeFromArray(settled.map(sent)), more] as const)
    }
  )

  get #hasRoom(): boolean {
    return this.#slots.length < this.#maxSlots && this.#bytes < this.#maxBytes
  }

  get #isReady(): boolean {
    const [first] = this.#slots
    return first === undefined ? this.#end !== undefined : first.outcome !== undefined
  }

  readonly #room: Effect.Effect<void> = async((wake) => {
    this.#roomy = () => wake(Effect.void)
  })

  #add(item: Item, tracer: Tracer.Tracer | undefined): void {
    const { settings } = this
    const given = requestOf(item)
    const slot = new Slot(item, this.#time().nanos)
    if (!isRequest(given)) {
      slot.outcome = Either.left(notARequest)
      this.#slots.push(slot)
      return this.#changed()
    }
    const prepared =
      settings instanceof BadOption
        ? Either.left(settings.error(given.method))
        : prepare(given, settings, tracer, this.clock)
    // Count the call only now: `prepare` throws if a user-defined method does, and then nothing would count its end.
    this.#tally.begin(given.method)
    this.#slots.push(slot)
    if (!(prepared instanceof Prepared)) return this.#settle(slot, prepared)
    this.#bytes += prepared.call.body.length
    prepared.onOutcome = (carried) => this.#onOutcome(slot, prepared, carried)
    this.dispatcher.add(prepared)
  }

  #onOutcome(slot: Slot, pending: Prepared<unknown, unknown>, carried: Carried): void {
    this.#bytes -= pending.call.body.length
    try {
      if (carried._tag !== "NoReply") return this.#settle(slot, pending.outcomeOf(carried))
      const error = Cause.failureOption(carried.cause)
      if (Option.isSome(error)) return this.#settle(slot, pending.outcomeOfError(error.value))
      this.#lose(pending, slot.began, carried.cause as Cause.Cause<never>)
    } catch (defect) {
      this.#lose(pending, slot.began, Cause.die(defect))
    }
  }

  #settle(slot: Slot, outcome: Outcome): void {
    slot.outcome = outcome
    const { method } = requestOf(slot.item)
    this.#tally.end(method, meter.secondsBetween(slot.began, this.#time().nanos), meter.outcomeOf(outcome))
    this.#changed()
  }

  /** Ends the stream with a defect or an interruption. No outcome follows. */
  #lose({ call }: Pending, began: bigint, cause: Cause.Cause<never>): void {
    const outcome = meter.outcomeOfCause(cause)
    this.#tally.end(call.method, meter.secondsBetween(began, this.#time().nanos), outcome)
    this.#slots = []
    this.#end = Exit.failCause(cause)
    this.#changed()
  }

  #close(end: Exit.Exit<void, E>): void {
    this.#end ??= end
    this.#changed()
  }

  /** Resumes the feeding and reading fibers if they can continue. */
  #changed(): void {
    if (this.#roomy !== undefined && this.#hasRoom) {
      this.#roomy()
      this.#roomy = undefined
    }
    if (this.#ready !== undefined && this.#isReady) {
      this.#ready()
      this.#ready = undefined
    }
  }

  #time() {
    if (this.#now === undefined) {
      const { clock } = this
      this.#now = { millis: clock.unsafeCurrentTimeMillis(), nanos: clock.unsafeCurrentTimeNanos() }
      queueMicrotask(() => {
        this.#now = undefined
        this.#tally.flush()
      })
    }
    return this.#now
  }
}

const requestOf = (item: Item): Request.Any => (Array.isArray(item) ? item[1] : item) as Request.Any

const sent = ({ item, outcome }: Slot) =>
  Array.isArray(item) ? [item[0], outcome] : { request: item, outcome }

const isStream = <I, E, R>(source: Source<I, E, R>): source is Stream.Stream<I, E, R> =>
  Stream.StreamTypeId in source

const isSource = <I, E, R>(value: Source<I, E, R> | Options | undefined): value is Source<I, E, R> =>
  typeof value === "object" && value !== null && (Symbol.iterator in value || Stream.StreamTypeId in value)

/** JavaScript can pass a value that is neither a source nor options. It becomes one refused request. */
const isPrimitive = (value: unknown): boolean =>
  value === null || (typeof value !== "object" && value !== undefined)

const streamOf = <I, E, R>(source: Source<I, E, R>, chunkSize: number): Stream.Stream<I, E, R> => {
  if (isStream(source)) return source
  const iterator = Effect.acquireRelease(
    Effect.sync(() => iterate(source)),
    // The source may hold something open: close it if the stream ends early.
    (iterator) => Effect.sync(() => iterator.return())
  )
  return Stream.unwrapScoped(
    Effect.map(iterator, (iterator) => Stream.fromIteratorSucceed(iterator, chunkSize))
  )
}

function* iterate<A>(source: Iterable<A>): Generator<A, void> {
  yield* source
}
