/** Node's own, if this is Node. */
interface Node {
  readonly process?: {
    readonly getBuiltinModule?: (
      name: "node:util"
    ) => { readonly transferableAbortController?: () => AbortController } | undefined
  }
}

/**
 * The AbortController whose signals the global `fetch` accepts. A DOM for tests may replace the global controller and
 * leave `fetch` as it is, which then refuses every signal (jsdom, on Node 24 and newer). `Request` accepts what `fetch`
 * accepts.
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
