/**
 * What has gone in and not yet come out: a limited number of places, whose outcomes come out in the
 * order in which the places were taken. Who puts in waits for room, who takes out waits for the first.
 */
import type * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { Signal } from "./signal.js"

/** Something that has gone in. */
export interface Place<Q, A extends object> {
  readonly request: Q
  outcome: A | undefined
}

/** Something that has come out. */
export interface Settled<Q, A extends object> {
  readonly request: Q
  readonly outcome: A
}

export class Window<Q, A extends object, E> {
  #places: Array<Place<Q, A>> = []
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
    return this.#places.length < this.#limits.count && this.#bytes < this.#limits.bytes
  }

  /** Waits for room. */
  readonly room: Effect.Effect<void> = this.#room.wait

  enter(place: Place<Q, A>): void {
    this.#places.push(place)
  }

  /** So many bytes are kept until there is an outcome. */
  load(bytes: number): void {
    this.#bytes += bytes
  }

  /** Gives a place its outcome, which lets go of so many bytes. */
  settle(place: Place<Q, A>, outcome: A, bytes: number): void {
    place.outcome = outcome
    this.#bytes -= bytes
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
    this.#places = []
    this.end(cause)
  }

  /** The next outcomes, or the end. */
  readonly take: Effect.Effect<Chunk.Chunk<Settled<Q, A>>, Option.Option<E>> = Effect.zipRight(
    this.#ready.wait,
    Effect.suspend(() => {
      const outcomes = this.#leave()
      return outcomes.length > 0
        ? Effect.succeed(Chunk.unsafeFromArray(outcomes))
        : Effect.failCause(this.#end!)
    })
  )

  #isReady(): boolean {
    const first = this.#places[0]
    return first === undefined ? this.#end !== undefined : first.outcome !== undefined
  }

  #leave(): Array<Settled<Q, A>> {
    const open = this.#places.findIndex(({ outcome }) => outcome === undefined)
    const settled = this.#places.splice(0, open === -1 ? this.#places.length : open)
    this.#room.changed()
    return settled.map(({ outcome, request }) => ({ request, outcome: outcome! }))
  }
}
