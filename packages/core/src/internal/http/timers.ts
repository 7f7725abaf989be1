/** The runtime's own timers, captured when the module loads: test tools replace the globals with timers that stand still. */
export const { clearTimeout, queueMicrotask, setTimeout } = globalThis
