/**
 * Node's own timers, captured when the module loads: test tools replace the globals and the functions of these
 * modules.
 */
import process from "node:process"
import timers from "node:timers"

export const { clearTimeout, setImmediate, setTimeout } = timers
export const nextTick: (task: () => void) => void = process.nextTick
