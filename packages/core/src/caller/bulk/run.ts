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
import type { TransportError } from "../../errors/CentrifugoError.js"
import type { Request } from "../../method/ApiMethod.js"
import { Engine, type Limits } from "../../policy/batcher/engine.js"
import { Entry } from "../../policy/batcher/entry.js"
import { join } from "../../policy/batcher/join.js"
import * as meter from "../../policy/meter.js"
import type { Service as Transport } from "../../transport/Transport.js"
import type { Reply } from "../../wire/Reply.js"
import { type InForce, Refused } from "../inForce.js"
import { type Failed, prepare, Prepared } from "../prepare.js"
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

class Sender<E> {
  #time: bigint | undefined = undefined

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

  #add(request: Request.Any, fiber: Fiber.RuntimeFiber<unknown, unknown>): void {
    const { options, surroundings, window } = this
    meter.begin(request.method)
    const start = this.#now()
    const place = window.enter(request)
    if (options instanceof Refused) {
      return this.settle(place, start, Either.left(options.error(request.method)))
    }
    const prepared = prepare(request, options, surroundings.clock)
    if (!(prepared instanceof Prepared)) return this.settle(place, start, prepared)
    window.load(prepared.body.length)
    this.engine.add(new Item(this, fiber, prepared, place, start))
  }

  settle(place: Place<Request.Any, Outcome>, start: bigint, outcome: Outcome, bytes = 0): void {
    meter.end(place.request.method, this.#now() - start, meter.outcomeOf(outcome))
    this.window.settle(place, outcome, bytes)
  }

  fail({ request }: Place<Request.Any, Outcome>, start: bigint, cause: Cause.Cause<never>): void {
    meter.end(request.method, this.#now() - start, meter.outcomeOf(Exit.failCause(cause)))
    this.window.fail(cause)
  }

  /** In nanoseconds; read once for all that is done at a time, which is thousands. */
  #now(): bigint {
    if (this.#time === undefined) {
      this.#time = this.surroundings.clock.unsafeCurrentTimeNanos()
      queueMicrotask(() => (this.#time = undefined))
    }
    return this.#time
  }
}

/** A class, because thousands wait at a time, and closures are larger. */
class Item<E> extends Entry {
  constructor(
    readonly sender: Sender<E>,
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    readonly prepared: Prepared<unknown, unknown>,
    readonly place: Place<Request.Any, Outcome>,
    readonly start: bigint
  ) {
    const { request } = place
    // What can't travel in a batch goes alone, but in its place.
    super(request.batchable ? prepared : { ...prepared, channels: request.channels }, fiber)
  }

  override succeed(reply: Reply): void {
    const { prepared } = this
    if (prepared.repeatsAfter(reply)) this.#again(reply)
    else this.#end(prepared.read(reply))
  }

  override fail(cause: Cause.Cause<TransportError>): void {
    const error = Cause.failureOrCause(cause)
    if (Either.isLeft(error)) this.#end(this.prepared.fail(error.left))
    else this.#lose(error.right)
  }

  #end(outcome: Outcome): void {
    this.sender.settle(this.place, this.start, outcome, this.prepared.body.length)
  }

  #lose(cause: Cause.Cause<never>): void {
    this.sender.fail(this.place, this.start, cause)
  }

  /** The rare case that a single request needs a fiber. */
  #again(reply: Failed): void {
    const { engine, surroundings } = this.sender
    const { runtime, scope } = surroundings
    const again = this.prepared.sendAgain({ send: (call) => join(engine, call, () => undefined) }, reply)
    Runtime.runFork(runtime, Effect.either(again), { scope }).addObserver((exit) =>
      Exit.isSuccess(exit) ? this.#end(exit.value) : this.#lose(exit.cause)
    )
  }
}
