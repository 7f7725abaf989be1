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
import { Entry } from "../../policy/batcher/entry.js"
import { join } from "../../policy/batcher/join.js"
import * as meter from "../../policy/meter.js"
import type { Service as Transport } from "../../transport/Transport.js"
import { type InForce, Refused } from "../inForce.js"
import { type Failed, prepare, Prepared } from "../prepare.js"
import { Window } from "./window.js"

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
    const { engine, options, surroundings, window } = this
    const place = window.enter()
    const end = meter.begin(request.method, surroundings.clock)
    const settle = (outcome: Sent["outcome"]) => {
      end(meter.outcomeOf(outcome))
      window.settle(place, { request, outcome })
    }
    const fail = (cause: Cause.Cause<never>) => {
      end(meter.outcomeOf(Exit.failCause(cause)))
      window.fail(cause)
    }
    if (options instanceof Refused) return settle(Either.left(options.error(request.method)))
    const prepared = prepare(request, options, surroundings.clock)
    if (!(prepared instanceof Prepared)) return settle(prepared)
    // What can't travel in a batch goes alone, but in its place.
    const call = request.batchable ? prepared.call : { ...prepared.call, channels: request.channels }
    window.load(place, call.body.length)
    engine.add(
      new Entry(call, fiber, (exit) => {
        if (Exit.isSuccess(exit)) {
          if (prepared.repeatsAfter(exit.value)) this.#again(prepared, exit.value, settle, fail)
          else settle(prepared.read(exit.value))
        } else {
          const error = Cause.failureOrCause(exit.cause)
          if (Either.isLeft(error)) settle(prepared.fail(error.left))
          else fail(error.right)
        }
      })
    )
  }

  /** The rare case that a single request needs a fiber. */
  #again(
    prepared: Prepared<unknown, unknown>,
    reply: Failed,
    settle: (outcome: Sent["outcome"]) => void,
    fail: (cause: Cause.Cause<never>) => void
  ): void {
    const { engine } = this
    const { runtime, scope } = this.surroundings
    const again = prepared.sendAgain({ send: (call) => join(engine, call, () => undefined) }, reply)
    Runtime.runFork(runtime, Effect.either(again), { scope }).addObserver((exit) =>
      Exit.isSuccess(exit) ? settle(exit.value) : fail(exit.cause)
    )
  }
}
