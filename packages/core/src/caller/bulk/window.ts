/**
 * What has gone in and not yet come out: a limited number of places, whose outcomes come out in the
 * order in which the places were taken. Who puts in waits for room, who takes out waits for the first.
 */
import type * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { type Linked, Queue, unlink } from "../../policy/batcher/queue.js"
import { Signal } from "./signal.js"

export class Place<A extends object> implements Linked<Place<A>> {
  before: Linked<Place<A>> | undefined = undefined
  after: Linked<Place<A>> | undefined = undefined
  outcome: A | undefined = undefined
  bytes = 0
}

export class Window<A extends object, E> {
  #places = new Queue<Place<A>>()
  #count = 0
  #bytes = 0
  /** What comes after the last outcome; none where nothing more goes in. */
  #end: Cause.Cause<Option.Option<E>> | undefined = undefined
  readonly #limits: { readonly count: number; readonly bytes: number }
  readonly #room = new Signal(() => this.hasRoom)
  readonly #ready = new Signal(() => this.#isReady())

  constructor(limits: { readonly count: number; readonly bytes: number }) {
    this.#limits = limits
  }

  get hasRoom(): boolean {
    return this.#count < this.#limits.count && this.#bytes < this.#limits.bytes
  }

  /** Waits for room. */
  readonly room: Effect.Effect<void> = this.#room.wait

  enter(): Place<A> {
    const place = new Place<A>()
    this.#places.push(place)
    this.#count++
    return place
  }

  /** Keeps so many bytes until there is an outcome. */
  load(place: Place<A>, bytes: number): void {
    place.bytes = bytes
    this.#bytes += bytes
  }

  settle(place: Place<A>, outcome: A): void {
    place.outcome = outcome
    this.#bytes -= place.bytes
    this.#room.changed()
    this.#ready.changed()
  }

  /** Nothing more goes in. */
  end(cause: Cause.Cause<Option.Option<E>>): void {
    this.#end = cause
    this.#ready.changed()
  }

  /** Nothing more comes out, whatever has gone in. */
  fail(cause: Cause.Cause<never>): void {
    this.#places = new Queue()
    this.end(cause)
  }

  /** The next outcomes, or the end. */
  readonly take: Effect.Effect<Chunk.Chunk<A>, Option.Option<E>> = Effect.zipRight(
    this.#ready.wait,
    Effect.suspend(() => {
      const outcomes = this.#leave()
      return outcomes.length > 0
        ? Effect.succeed(Chunk.unsafeFromArray(outcomes))
        : Effect.failCause(this.#end!)
    })
  )

  #isReady(): boolean {
    const { first } = this.#places
    return first === undefined ? this.#end !== undefined : first.outcome !== undefined
  }

  #leave(): Array<A> {
    const outcomes: Array<A> = []
    for (let place = this.#places.first; place !== undefined; place = this.#places.first) {
      if (place.outcome === undefined) break
      outcomes.push(place.outcome)
      unlink(place)
      this.#count--
    }
    this.#room.changed()
    return outcomes
  }
}
