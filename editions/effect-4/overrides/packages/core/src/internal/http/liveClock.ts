// Replaces the file of this name; reviewed at 0ff37e047072fdb6.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"

const live = Context.get(Context.empty(), Clock.Clock)

/** Whether the clock is Effect's live clock, not a test clock. */
export const isLive = (clock: Clock.Clock): boolean => clock === live
