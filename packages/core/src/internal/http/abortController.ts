/** The part of Node's global object that this module uses. Other runtimes do not have it. */
interface Node {
  readonly process?: {
    readonly getBuiltinModule?: (
      name: "node:util"
    ) => { readonly transferableAbortController?: () => AbortController } | undefined
  }
}

/**
 * The AbortController whose signals the global `fetch` accepts. A test DOM may replace the global controller but
 * not `fetch`, which then rejects every signal (jsdom, on Node 24 and newer). `Request` accepts the same signals
 * as `fetch`, so this function tries it.
 */
export const abortController = (): typeof AbortController => {
  const { AbortController, Request } = globalThis
  try {
    new Request("http://localhost", { signal: new AbortController().signal })
    return AbortController
  } catch {
    const util = (globalThis as Node).process?.getBuiltinModule?.("node:util")
    const own = util?.transferableAbortController?.().constructor
    return (own as typeof AbortController | undefined) ?? AbortController
  }
}
