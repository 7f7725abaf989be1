/** Converts streams to async iterators and back. */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Pull, pullOf } from "./pull.js"
import { onAbort } from "./signal.js"

/** Makes a stream from a source; untyped callers can pass anything. */
export const sourceOf = <A>(
  source: Iterable<A> | AsyncIterable<A>
): Stream.Stream<A, unknown> | Iterable<A> => {
  if (typeof source === "object" && source !== null) {
    if (Symbol.asyncIterator in source) return fromAsyncIterable(source)
    if (Symbol.iterator in source) return source
  }
  throw new TypeError("sendAll: expected an iterable of requests, such as requests.publish(payload)")
}

/** Like `Stream.fromAsyncIterable`, but ending the stream does not wait for the iterator. */
const fromAsyncIterable = <A>(source: AsyncIterable<A>): Stream.Stream<A, unknown> =>
  Stream.unwrapScoped(
    Effect.map(
      Effect.acquireRelease(
        Effect.try({ try: () => source[Symbol.asyncIterator](), catch: identity }),
        (iterator) => Effect.sync(() => leave(iterator))
      ),
      (iterator) =>
        Stream.paginateChunkEffect(undefined, () =>
          Effect.map(
            Effect.tryPromise({ try: () => Promise.resolve(iterator.next()), catch: identity }),
            (item) =>
              item.done === true
                ? [Chunk.empty<A>(), Option.none()]
                : [Chunk.unsafeFromArray([item.value]), Option.some(undefined)]
          )
        )
    )
  )

/** Calls `return` without awaiting it: in an async generator it waits for a pending `next`, possibly forever. */
const leave = (iterator: AsyncIterator<unknown>): void => {
  const leaving = async () => iterator.return?.()
  leaving().catch(() => undefined)
}

/** A pending call of `next`. */
interface Waiting<B> {
  readonly resolve: (result: IteratorResult<B, void>) => void
  readonly reject: (error: unknown) => void
}

/**
 * An async iterator over a stream, which it pulls only on demand. `return` and the signal end it at once: the
 * stream is interrupted, and the caller does not wait for the interruption.
 */
class Values<A, E, B> implements AsyncGenerator<B, void, void> {
  readonly #scope = Effect.runSync(Scope.make())
  #pull: Pull<A, E>
  readonly #change: (value: A) => B
  readonly #signal: AbortSignal | undefined
  #forgetSignal: (() => void) | undefined
  #isStarted = false
  #isOver = false
  /** The failure, until a caller has received it. */
  #failure: { readonly error: unknown } | undefined
  #values: Iterator<A> = [].values()
  readonly #waiting: Array<Waiting<B>> = []
  #fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined

  constructor(make: () => Stream.Stream<A, E>, change: (value: A) => B, signal: AbortSignal | undefined) {
    this.#pull = Effect.flatMap(
      Effect.suspend(() => pullOf(make(), this.#scope)),
      (pull) => (this.#pull = pull)
    )
    this.#change = change
    this.#signal = signal
  }

  next(): Promise<IteratorResult<B, void>> {
    return new Promise((resolve, reject) => {
      this.#start()
      this.#waiting.push({ resolve, reject })
      this.#serve()
    })
  }

  return(): Promise<IteratorResult<B, void>> {
    this.#end()
    return Promise.resolve(done)
  }

  throw(error: unknown): Promise<never> {
    this.#end()
    return Promise.reject(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end()
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    if (this.#signal?.aborted === true) return this.#abort()
    if (this.#signal !== undefined) this.#forgetSignal = onAbort(this.#signal, this.#abort)
  }

  readonly #abort = () => this.#end({ error: this.#signal?.reason })

  /** Settles pending calls of `next` with the available values, and pulls the stream if calls remain. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      if (this.#isOver) {
        const { reject, resolve } = this.#waiting.shift()!
        const failure = this.#failure
        this.#failure = undefined
        if (failure === undefined) resolve(done)
        else reject(failure.error)
        continue
      }
      const { done: isEmpty, value } = this.#values.next()
      if (isEmpty === true) return this.#ask()
      this.#waiting.shift()!.resolve({ done: false, value: this.#change(value) })
    }
  }

  #ask(): void {
    if (this.#fiber !== undefined) return
    const fiber = Effect.runFork(this.#pull)
    this.#fiber = fiber
    fiber.addObserver((exit) => {
      this.#fiber = undefined
      if (this.#isOver) return
      if (Exit.isFailure(exit)) this.#end({ error: Cause.squash(exit.cause) })
      else if (exit.value === undefined) this.#end()
      else this.#values = exit.value.values()
      this.#serve()
    })
  }

  #end(failure?: { readonly error: unknown }): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#failure = failure
    this.#forgetSignal?.()
    this.#fiber?.unsafeInterruptAsFork(this.#fiber.id())
    Effect.runFork(Effect.ignore(Scope.close(this.#scope, Exit.void)))
    this.#serve()
  }
}

const done = { done: true, value: undefined } as const

/** Runs a stream on demand, and ends it when its reader stops. */
export const iterate = <A, E, B>(
  make: () => Stream.Stream<A, E>,
  change: (value: A) => B,
  signal?: AbortSignal
): AsyncGenerator<B, void, void> => new Values(make, change, signal)
