/**
 * Sends many requests without a fiber per request: a stream feeds a dispatcher, and a bounded window emits the outcomes
 * in the order of the requests. `CallOptions` apply where the stream runs: `timeout` to each attempt of a batch,
 * `deadline` from the moment at which a request is read. docs/batching.md has the promises.
 */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import { isRequest, type Request } from "../../ApiMethod.js"
import * as Batcher from "../../Batcher.js"
import { CallOptions } from "../../CallOptions.js"
import type { CallError } from "../../CentrifugoError.js"
import { async } from "../../CentrifugoTransport.js"
import type { Dispatcher } from "../batcher/Dispatcher.js"
import { type Caller, type Outcome as Carried, Pending } from "../batcher/Pending.js"
import * as meter from "../call/meter.js"
import { BadOption, ofCall, type Settings } from "../call/Settings.js"
import { tracerOf } from "../call/tracer.js"
import { queueMicrotask } from "../http/timers.js"
import { notARequest, prepare } from "./send.js"

/**
 * Limits of the batches. An option that you do not set is that of the layer's `batching`, or else its default.
 *
 * @since 0.1.0
 */
export interface Options extends Pick<Batcher.Options, "maxSize" | "maxBytes" | "concurrency"> {}

/**
 * A request, or a pair of your own value and a request.
 *
 * @since 0.1.0
 */
export type Item = Request.Any | readonly [value: unknown, request: Request.Any]

/**
 * The outcome of a request.
 *
 * @since 0.1.0
 */
export type Outcome<Q> = Either.Either<Request.Success<Q>, Request.Error<Q> | CallError>

/**
 * A request with its outcome, or for a pair, its value with the outcome.
 *
 * @since 0.1.0
 */
export type Sent<I> = I extends readonly [infer V, infer Q extends Request.Any]
  ? readonly [value: V, outcome: Outcome<Q>]
  : I extends Request.Any
    ? { readonly request: I; readonly outcome: Outcome<I> }
    : never

/**
 * A stream or an iterable.
 *
 * @since 0.1.0
 */
export type Source<I, E, R> = Stream.Stream<I, E, R> | Iterable<I>

/**
 * Takes requests and options, or only options as a step of a pipe. Invalid options are a defect.
 *
 * @since 0.1.0
 */
export interface SendAll {
  <I extends Item, E = never, R = never>(
    requests: Source<I, E, R>,
    options?: Options
  ): Stream.Stream<Sent<I>, E, R>
  (
    options?: Options
  ): <I extends Item, E = never, R = never>(requests: Source<I, E, R>) => Stream.Stream<Sent<I>, E, R>
}

/** Makes `sendAll` over a dispatcher's transport. Limits that the options do not set are the dispatcher's. */
export const make = (dispatcher: Dispatcher, client: Settings): SendAll => {
  const sendAll = <I extends Item, E, R>(
    items: Source<I, E, R>,
    options: Options = {}
  ): Stream.Stream<Sent<I>, E, R> => {
    const outcomes = Effect.gen(function* () {
      const limits = yield* Effect.orDie(Batcher.check({ ...dispatcher.limits, ...options }))
      const own = ofCall(yield* CallOptions, client)
      const settings = own instanceof BadOption ? client : own
      const problem = own instanceof BadOption ? own : undefined
      const batches = yield* dispatcher.other(limits, yield* Effect.runtime(), settings.headers)
      const clock = yield* Effect.clock
      const tracer = yield* Effect.withFiberRuntime<Tracer.Tracer | undefined>((fiber) =>
        Effect.succeed(tracerOf(fiber))
      )
      const window = new Window<E>(batches, limits, { settings, clock, tracer, span: undefined }, problem)
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

const more = Option.some(undefined)
const ended = [Chunk.empty(), Option.none()] as const

/**
 * The maximum number of requests that wait to be sent. Of a thousand, some can leave even if others wait for their
 * channels. More would only stay in memory, where the garbage collector copies them.
 */
const enoughWaiting = 1000

/** The requests whose outcomes have not been emitted. Bounds their number, and the total size of the unsettled ones. */
class Window<E> {
  /** The items, and their outcomes at the same indexes. */
  #items: Array<Item> = []
  #outcomes: Array<Outcome<Request.Any> | undefined> = []
  /** The position of the first item in the stream. */
  #first = 0
  /** The total length of the bodies without an outcome. */
  #length = 0
  /** How the stream ends after the last outcome; `undefined` while more requests may come. */
  #end: Exit.Exit<void, E> | undefined = undefined
  /** The caller of the requests that are read in this tick. */
  #now: Caller | undefined = undefined
  readonly #tally: meter.Tally
  /** Resumes the feeding fiber when there is room. */
  #roomy: (() => void) | undefined = undefined
  /** Resumes the reading fiber when the first request has its outcome. */
  #ready: (() => void) | undefined = undefined
  readonly #maxItems: number
  readonly #maxWaiting: number
  readonly #maxLength: number

  constructor(
    readonly dispatcher: Dispatcher,
    { concurrency, maxBytes, maxSize }: Batcher.Checked,
    readonly reader: Omit<Caller, "start">,
    /** The invalid call option with which every request fails, if there is one. */
    readonly problem: BadOption | undefined
  ) {
    this.#tally = new meter.Tally(reader.settings.meter)
    // Room for one batch more than can be in flight, so that the next batch is ready when one completes.
    this.#maxItems = (concurrency + 1) * maxSize
    this.#maxWaiting = Math.max(maxSize, enoughWaiting)
    this.#maxLength = (concurrency + 1) * maxBytes
  }

  /** Reads items to the end of their stream, and pauses while there is no room. */
  feed<R>(items: Stream.Stream<Item, E, R>): Effect.Effect<void, never, R> {
    const put = (chunk: ReadonlyArray<Item>, from: number): Effect.Effect<void> =>
      Effect.suspend(() => {
        let next = from
        while (next < chunk.length && this.#hasRoom) this.#add(chunk[next++]!)
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
      const open = this.#outcomes.indexOf(undefined)
      const outcomes = this.#outcomes.splice(0, open === -1 ? this.#outcomes.length : open)
      const items = this.#items.splice(0, outcomes.length)
      this.#first += items.length
      this.#changed()
      if (items.length === 0 && this.#end !== undefined) return Effect.as(this.#end, ended)
      return Effect.succeed([Chunk.unsafeFromArray(items.map((item, i) => sent(item, outcomes[i]))), more])
    }
  )

  get #hasRoom(): boolean {
    return (
      this.#end === undefined &&
      this.#items.length < this.#maxItems &&
      this.dispatcher.waiting < this.#maxWaiting &&
      this.#length < this.#maxLength
    )
  }

  get #isReady(): boolean {
    return this.#items.length === 0 ? this.#end !== undefined : this.#outcomes[0] !== undefined
  }

  readonly #room: Effect.Effect<void> = async((wake) => {
    this.#roomy = () => wake(Effect.void)
  })

  #add(item: Item): void {
    const request = requestOf(item)
    const position = this.#first + this.#items.length
    if (!isRequest(request)) {
      this.#items.push(item)
      this.#outcomes.push(Either.left(notARequest))
      return this.#changed()
    }
    const prepared =
      this.problem === undefined
        ? prepare(request, this.#caller)
        : Either.left(this.problem.error(request.method))
    // Count the call only now: `prepare` throws if a user-defined method does, and then nothing would count its end.
    this.#tally.begin(request.method)
    this.#items.push(item)
    this.#outcomes.push(undefined)
    if (!(prepared instanceof Pending)) return this.#settle(position, request.method, 0, prepared)
    prepared.position = position
    prepared.onOutcome = this.#onOutcome
    this.#length += prepared.body.length
    this.dispatcher.add(prepared)
  }

  /** Shared by all calls: a closure per call would stay in memory longer than the call. */
  readonly #onOutcome = (carried: Carried, pending: Pending): void => {
    this.#length -= pending.body.length
    try {
      if (carried._tag !== "NoReply") return this.#settleCall(pending, pending.outcomeOf(carried))
      const error = Cause.failureOption(carried.cause)
      if (Option.isSome(error)) return this.#settleCall(pending, pending.outcomeOfError(error.value))
      this.#lose(pending, carried.cause as Cause.Cause<never>)
    } catch (defect) {
      this.#lose(pending, Cause.die(defect))
    }
  }

  #settleCall({ caller, method, position }: Pending, outcome: Outcome<Request.Any>): void {
    this.#settle(position, method, this.#elapsed(caller), outcome)
  }

  #settle(position: number, method: string, millis: number, outcome: Outcome<Request.Any>): void {
    // Negative if the stream has ended meanwhile: see `#lose`.
    const index = position - this.#first
    if (index >= 0) this.#outcomes[index] = outcome
    this.#tally.end(method, millis / 1000, meter.outcomeOf(outcome))
    this.#changed()
  }

  /** Ends the stream with a defect or an interruption. No outcome follows. */
  #lose({ caller, method }: Pending, cause: Cause.Cause<never>): void {
    this.#tally.end(method, this.#elapsed(caller) / 1000, meter.outcomeOfCause(cause))
    this.#first += this.#items.length
    this.#items = []
    this.#outcomes = []
    this.#end = Exit.failCause(cause)
    this.#changed()
  }

  /** The milliseconds since a call began; 0 if the clock was set back meanwhile. */
  #elapsed({ start }: Caller): number {
    return Math.max(0, this.#caller.start - start)
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

  /** Calls that are read in the same tick share their caller. Its `start` is the current time. */
  get #caller(): Caller {
    if (this.#now === undefined) {
      const { clock, settings, span, tracer } = this.reader
      this.#now = { settings, tracer, clock, start: clock.unsafeCurrentTimeMillis(), span }
      queueMicrotask(() => {
        this.#now = undefined
        this.#tally.flush()
      })
    }
    return this.#now
  }
}

const requestOf = (item: Item): Request.Any => (Array.isArray(item) ? item[1] : item) as Request.Any

const sent = (item: Item, outcome: unknown) =>
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
