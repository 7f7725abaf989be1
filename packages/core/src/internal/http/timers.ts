/** The runtime's own timers, captured when the module loads: test tools replace the globals with fake timers. */
export const { clearTimeout, queueMicrotask, setTimeout } = globalThis
