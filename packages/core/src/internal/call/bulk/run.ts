/** One run over a stream of requests: in at a batcher's lanes, and out at a window, in order. */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { TransportError } from "../../../CentrifugoError.js"
import type { Effort, Request } from "../../../ApiMethod.js"
import { Engine, type Limits } from "../../batcher/engine.js"
import { type Carried, Entry } from "../../batcher/entry.js"
import { join } from "../../batcher/join.js"
import * as meter from "../meter.js"
import type { Attempts, Call, Service as Transport } from "../../../CentrifugoTransport.js"
import type { Reply } from "../../codec/Reply.js"
import { type InForce, Refused, timeoutOf } from "../inForce.js"
import { bodyOrOutcome, type Failed, keyed, Prepared } from "../prepare.js"
import { Tally } from "./tally.js"
import { type Place, type Settled, Window } from "./window.js"

type Outcome = Either.Either<unknown, unknown>

export type Sent = Settled<Request.Any, Outcome>

type Pull<A, E, R = never> = Effect.Effect<Chunk.Chunk<A>, Option.Option<E>, R>

/** From what gives the next requests to what gives the next outcomes. */
export const run = <E, R>(
  transport: Transport,
  limits: Limits,
  options: InForce | Refused,
  pull: Pull<Request.Any, E, R>
): Effect.Effect<Pull<Sent, E>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const runtime = yield* Effect.runtime()
    const headers = options instanceof Refused ? {} : options.headers
    const engine = new Engine(transport, limits, runtime, headers)
    // Nobody is left then to hear of what is under way.
    yield* Scope.addFinalizer(scope, engine.close(0))
    // One batch more than are under way, so that the next is ready when one of them is done.
    const batches = limits.concurrency + 1
    const window = new Window<Request.Any, Outcome, E>({
      count: batches * limits.maxSize,
      bytes: batches * limits.maxBytes
    })
    const sender = new Sender(engine, window, options, { runtime, scope, clock: yield* Effect.clock })
    yield* Effect.forkIn(sender.feed(pull), scope)
    return window.take
  })

interface Surroundings {
  readonly runtime: Runtime.Runtime<never>
  readonly scope: Scope.Scope
  readonly clock: Clock.Clock
}

/** When something was done: the same object for all that is done at a time, which is thousands. */
interface Moment {
  readonly nanos: bigint
  readonly millis: number
}

/** From one moment to another: the same for all that was begun at a time, and done at a time. */
interface Lapse {
  readonly from: Moment
  readonly to: Moment
  readonly seconds: number
  readonly effort: Effort
}

const lapse = (from: Moment, to: Moment): Lapse => ({
  from,
  to,
  seconds: meter.secondsBetween(from.nanos, to.nanos),
  effort: { attempts: 1, elapsed: to.millis - from.millis }
})

class Sender<E> {
  #now: Moment | undefined = undefined
  #lapse: Lapse | undefined = undefined
  readonly #tally = new Tally()

  constructor(
    readonly engine: Engine,
    readonly window: Window<Request.Any, Outcome, E>,
    readonly options: InForce | Refused,
    readonly surroundings: Surroundings
  ) {}

  /** Puts in what comes as long as there is room, and so on, to the end. */
  feed<R>(pull: Pull<Request.Any, E, R>): Effect.Effect<void, never, R> {
    const { window } = this
    const put = (requests: ReadonlyArray<Request.Any>, from: number): Effect.Effect<void> =>
      Effect.withFiberRuntime((fiber) => {
        let next = from
        while (next < requests.length && window.hasRoom) this.#add(requests[next++]!, fiber)
        return next === requests.length ? Effect.void : Effect.zipRight(window.room, put(requests, next))
      })
    const all: Effect.Effect<never, Option.Option<E>, R> = Effect.flatMap(
      Effect.zipRight(window.room, pull),
      (chunk) => Effect.flatMap(put(Chunk.toReadonlyArray(chunk), 0), () => all)
    )
    return Effect.catchAllCause(all, (cause) => Effect.sync(() => window.end(cause)))
  }

  #add(given: Request.Any, fiber: Fiber.RuntimeFiber<unknown, unknown>): void {
    const { options, window } = this
    if (options instanceof Refused) return this.#settleAtOnce(given, Either.left(options.error(given.method)))
    const request = keyed(given, options)
    const body = bodyOrOutcome(request)
    if (typeof body !== "string") return this.#settleAtOnce(given, body)
    const item = new Item(this, options, fiber, given, request, body, this.now())
    // Not before: a descriptor of the user's own may throw, and then there is no call that ends.
    this.#tally.begin(given.method)
    window.enter(item)
    window.load(body.length)
    this.engine.add(item)
  }

  /** What is not sent has its place all the same. */
  #settleAtOnce(request: Request.Any, outcome: Outcome): void {
    this.#tally.begin(request.method)
    const place: Place<Request.Any, Outcome> = { request, outcome: undefined }
    this.window.enter(place)
    this.settle(place, this.now(), outcome)
  }

  settle(place: Place<Request.Any, Outcome>, began: Moment, outcome: Outcome, bytes = 0): void {
    this.#tally.end(place.request.method, this.since(began).seconds, meter.outcomeOf(outcome))
    this.window.settle(place, outcome, bytes)
  }

  fail({ request }: Place<Request.Any, Outcome>, began: Moment, cause: Cause.Cause<never>): void {
    this.#tally.end(request.method, this.since(began).seconds, meter.outcomeOf(Exit.failCause(cause)))
    this.window.fail(cause)
  }

  since(from: Moment): Lapse {
    const to = this.now()
    const last = this.#lapse
    return last?.from === from && last.to === to ? last : (this.#lapse = lapse(from, to))
  }

  now(): Moment {
    if (this.#now === undefined) {
      const { clock } = this.surroundings
      this.#now = { nanos: clock.unsafeCurrentTimeNanos(), millis: clock.unsafeCurrentTimeMillis() }
      queueMicrotask(() => {
        this.#now = undefined
        this.#tally.tell()
      })
    }
    return this.#now
  }
}

/**
 * A request on its way: its place in the window, its entry in the batcher, and the call that is asked for there, all in
 * one, because thousands wait at a time, and what each of them keeps is copied by the collector.
 */
class Item<E> extends Entry implements Carried, Place<Request.Any, Outcome> {
  outcome: Outcome | undefined = undefined
  /** What can't travel in a batch goes alone, but in its place. Read once, as its body is: the payload is the user's. */
  readonly channels: ReadonlyArray<string>
  #prepared: Prepared<unknown, unknown> | undefined = undefined

  constructor(
    readonly sender: Sender<E>,
    readonly options: InForce,
    readonly fiber: Fiber.RuntimeFiber<unknown, unknown>,
    /** As it was given. */
    readonly request: Request.Any,
    /** As it is sent. */
    readonly keyed: Request.Any,
    /** Empty once there is an outcome. */
    public body: string,
    readonly began: Moment
  ) {
    super()
    this.channels = keyed.channels
  }

  get call(): Carried {
    return this
  }

  get method(): string {
    return this.keyed.method
  }

  get batchable(): boolean {
    return this.keyed.batchable
  }

  get timeout(): number {
    return timeoutOf(this.options)
  }

  get deadline(): number {
    return this.began.millis + this.options.deadline
  }

  get patience(): number {
    return this.options.deadline
  }

  get attempts(): Attempts {
    return this.#whole()
  }

  alone(): Call {
    return this.batchable ? this.#whole() : { ...this.#whole(), channels: this.channels }
  }

  succeed(reply: Reply): void {
    const prepared = reply._tag === "Failure" ? this.#whole() : this.#prepared
    if (prepared === undefined) this.#end(this.keyed.decode(reply, this.sender.since(this.began).effort))
    else if (prepared.repeatsAfter(reply)) this.#again(prepared, reply)
    else this.#end(prepared.read(reply))
  }

  fail(cause: Cause.Cause<TransportError>): void {
    const error = Cause.failureOrCause(cause)
    if (Either.isLeft(error)) this.#end(this.#whole().fail(error.left))
    else this.#lose(error.right)
  }

  /** With all that only those need who are sent alone, or again. */
  #whole(): Prepared<unknown, unknown> {
    const { began, body, clock, keyed, options } = this
    return (this.#prepared ??= new Prepared(keyed, body, options, clock, began.millis, undefined))
  }

  /** It may have to wait for those before it, which are still to come out: without what was sent. */
  #end(outcome: Outcome): void {
    const { length } = this.body
    this.body = ""
    this.#prepared = undefined
    this.sender.settle(this, this.began, outcome, length)
  }

  #lose(cause: Cause.Cause<never>): void {
    this.sender.fail(this, this.began, cause)
  }

  /** The rare case that a single request needs a fiber. */
  #again(prepared: Prepared<unknown, unknown>, reply: Failed): void {
    const { engine, surroundings } = this.sender
    const { runtime, scope } = surroundings
    const again = prepared.sendAgain({ send: (call) => join(engine, call, () => undefined) }, reply)
    Runtime.runFork(runtime, Effect.either(again), { scope }).addObserver((exit) =>
      Exit.isSuccess(exit) ? this.#end(exit.value) : this.#lose(exit.cause)
    )
  }
}
