/**
 * The timers of a batcher: one for all whose time ends at the same millisecond of the same clock,
 * because a timer for each would be the dearest part of a batch.
 */
import type * as Clock from "effect/Clock"
import type * as Fiber from "effect/Fiber"
import * as Transport from "../../CentrifugoTransport.js"

/** What can be woken, by one alarm at a time. */
export interface Sleeper<A> {
  alarm: Alarm<A> | undefined
  readonly clock: Clock.Clock
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
}

export class Alarm<A> {
  readonly sleepers = new Set<A>()
  callOff: (() => void) | undefined = undefined
  constructor(
    readonly clock: Clock.Clock,
    readonly at: number
  ) {}
}

export class Alarms<A extends Sleeper<A>> {
  readonly #byClock = new Map<Clock.Clock, Map<number, Alarm<A>>>()
  readonly #ring: (sleeper: A, at: number) => void

  constructor(ring: (sleeper: A, at: number) => void) {
    this.#ring = ring
  }

  get size(): number {
    return [...this.#byClock.values()].reduce((sum, alarms) => sum + alarms.size, 0)
  }

  /** Takes the place of the alarm that was set before; at `Infinity` there is none. */
  set(sleeper: A, at: number): void {
    if (sleeper.alarm?.at === at) return
    this.clear(sleeper)
    if (at === Infinity) return
    sleeper.alarm = this.#at(sleeper, at)
    sleeper.alarm.sleepers.add(sleeper)
  }

  clear(sleeper: A): void {
    const { alarm } = sleeper
    if (alarm === undefined) return
    sleeper.alarm = undefined
    alarm.sleepers.delete(sleeper)
    if (alarm.sleepers.size > 0) return
    alarm.callOff?.()
    this.#forget(alarm)
  }

  #at(sleeper: A, at: number): Alarm<A> {
    const { clock } = sleeper
    let alarms = this.#byClock.get(clock)
    if (alarms === undefined) this.#byClock.set(clock, (alarms = new Map<number, Alarm<A>>()))
    const known = alarms.get(at)
    if (known !== undefined) return known
    const alarm = new Alarm<A>(clock, at)
    alarms.set(at, alarm)
    this.#start(alarm, sleeper)
    return alarm
  }

  #start(alarm: Alarm<A>, { clock, fiber }: A): void {
    const wait = alarm.at - clock.unsafeCurrentTimeMillis()
    // A clock that is not the live one may ring before `schedule` returns, with nobody there to be woken.
    if (wait > 0) alarm.callOff = Transport.schedule(fiber, wait, () => this.#ringAll(alarm))
    else queueMicrotask(() => this.#ringAll(alarm))
  }

  #ringAll(alarm: Alarm<A>): void {
    if (alarm.sleepers.size === 0) return
    this.#forget(alarm)
    for (const sleeper of alarm.sleepers) {
      sleeper.alarm = undefined
      this.#ring(sleeper, alarm.at)
    }
  }

  #forget(alarm: Alarm<A>): void {
    const { at, clock } = alarm
    const alarms = this.#byClock.get(clock)
    if (alarms?.get(at) !== alarm) return
    alarms.delete(at)
    if (alarms.size === 0) this.#byClock.delete(clock)
  }
}
