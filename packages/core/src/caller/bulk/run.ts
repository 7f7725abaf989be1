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
import type { Request } from "../../method/ApiMethod.js"
import { Engine, type Limits } from "../../policy/batcher/engine.js"
import { Entry, type Outcome as BatcherOutcome } from "../../policy/batcher/entry.js"
import { join } from "../../policy/batcher/join.js"
import * as meter from "../../policy/meter.js"
import type { Call, Service as Transport } from "../../transport/Transport.js"
import { type InForce, Refused } from "../inForce.js"
import { type Failed, prepare, Prepared } from "../prepare.js"
import { type Place, Window } from "./window.js"

export interface Sent {
  readonly request: Request.Any
  readonly outcome: Either.Either<unknown, unknown>
}

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
    const window = new Window<Sent, E>({ count: batches * limits.maxSize, bytes: batches * limits.maxBytes })
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
  constructor(
    readonly engine: Engine,
    readonly window: Window<Sent, E>,
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
    const sending = new Sending(this, request)
    if (options instanceof Refused) return sending.settle(Either.left(options.error(request.method)))
    const prepared = prepare(request, options, surroundings.clock)
    if (!(prepared instanceof Prepared)) return sending.settle(prepared)
    // What can't travel in a batch goes alone, but in its place.
    const call = request.batchable ? prepared.call : { ...prepared.call, channels: request.channels }
    window.load(sending.place, call.body.length)
    this.engine.add(new Item(call, fiber, sending, prepared))
  }

  /** The rare case that a single request needs a fiber. */
  again(prepared: Prepared<unknown, unknown>, reply: Failed, sending: Sending<E>): void {
    const { engine } = this
    const { runtime, scope } = this.surroundings
    const again = prepared.sendAgain({ send: (call) => join(engine, call, () => undefined) }, reply)
    Runtime.runFork(runtime, Effect.either(again), { scope }).addObserver((exit) =>
      Exit.isSuccess(exit) ? sending.settle(exit.value) : sending.fail(exit.cause)
    )
  }
}

/** A request on its way to its outcome. Classes, because thousands wait at a time, and closures are larger. */
class Sending<E> {
  readonly place: Place<Sent>
  readonly #start: bigint

  constructor(
    readonly sender: Sender<E>,
    readonly request: Request.Any
  ) {
    this.place = sender.window.enter()
    this.#start = meter.begin(request.method, sender.surroundings.clock)
  }

  settle(outcome: Sent["outcome"]): void {
    this.#end(meter.outcomeOf(outcome))
    this.sender.window.settle(this.place, { request: this.request, outcome })
  }

  fail(cause: Cause.Cause<never>): void {
    this.#end(meter.outcomeOf(Exit.failCause(cause)))
    this.sender.window.fail(cause)
  }

  #end(outcome: string): void {
    meter.end(this.request.method, this.sender.surroundings.clock, this.#start, outcome)
  }
}

class Item<E> extends Entry {
  constructor(
    call: Call,
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    readonly sending: Sending<E>,
    readonly prepared: Prepared<unknown, unknown>
  ) {
    super(call, fiber)
  }

  override settle(exit: BatcherOutcome): void {
    const { prepared, sending } = this
    if (Exit.isSuccess(exit)) {
      if (prepared.repeatsAfter(exit.value)) sending.sender.again(prepared, exit.value, sending)
      else sending.settle(prepared.read(exit.value))
    } else {
      const error = Cause.failureOrCause(exit.cause)
      if (Either.isLeft(error)) sending.settle(prepared.fail(error.left))
      else sending.fail(error.right)
    }
  }
}
