import * as Clock from "effect/Clock"

const live: unknown = Object.getPrototypeOf(Clock.make())

/** Whether the clock is the machine's, and not that of a test. */
export const isLive = (clock: Clock.Clock): boolean => Object.getPrototypeOf(clock) === live
