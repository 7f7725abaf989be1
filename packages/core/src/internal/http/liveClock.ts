import * as Clock from "effect/Clock"

const live: unknown = Object.getPrototypeOf(Clock.make())

/** Whether the clock is Effect's live clock, not a test clock. */
export const isLive = (clock: Clock.Clock): boolean => Object.getPrototypeOf(clock) === live
