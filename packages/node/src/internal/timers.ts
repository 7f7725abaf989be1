/** Node's own timers, taken once: test tools replace the globals, and the functions of these modules too. */
import process from "node:process"
import timers from "node:timers"

export const { clearTimeout, setImmediate, setTimeout } = timers
export const { nextTick } = process
