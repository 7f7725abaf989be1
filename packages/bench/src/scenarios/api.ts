/**
 * Calls the server API for the benchmark itself. It uses `fetch`, so that no client under test verifies its own
 * work.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Address } from "../clients/Worker.js"

export class ApiError extends Data.TaggedError("ApiError")<{ readonly problem: string }> {
  override get message() {
    return this.problem
  }
}

interface Reply<A> {
  readonly result?: A
  readonly error?: unknown
}

const post = (server: Address, method: string, payload: object): Effect.Effect<unknown, ApiError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(`${server.url}/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": server.key },
        body: JSON.stringify(payload),
        signal
      })
      return (await response.json()) as unknown
    },
    catch: (error) => new ApiError({ problem: `${method}: ${String(error)}` })
  })

/** Calls a method and returns its result; a server error fails. `A` is the known result type. */
export const call = <A>(server: Address, method: string, payload: object): Effect.Effect<A, ApiError> =>
  Effect.flatMap(post(server, method, payload), (answer) => {
    const { error, result } = answer as Reply<A>
    return result === undefined
      ? new ApiError({ problem: `${method}: ${JSON.stringify(error)}` })
      : Effect.succeed(result)
  })

/** Fills a channel with publications. */
export const fill = (server: Address, channel: string, count: number): Effect.Effect<void, ApiError> => {
  const commands = Array.from({ length: count }, (_, n) => ({
    publish: { channel, data: { hello: "world", n }, tags: { kind: "greeting" } }
  }))
  return Effect.flatMap(post(server, "batch", { commands }), (answer) => {
    const { replies = [] } = answer as { readonly replies?: ReadonlyArray<object> }
    const done = replies.filter((reply) => "publish" in reply).length
    return done === count
      ? Effect.void
      : new ApiError({ problem: `${done} of ${count} publications of ${channel} were accepted` })
  })
}

/**
 * Makes the server collect its garbage, with its debugging endpoint. Otherwise the garbage of one client is
 * collected while the next one is measured, which can cost as much as the calls.
 */
export const collectGarbage = (server: Address): Effect.Effect<void, ApiError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(new URL("/debug/pprof/heap?gc=1", server.url), { signal })
      if (!response.ok) throw new Error(`status ${response.status}`)
      await response.arrayBuffer()
    },
    catch: (error) => new ApiError({ problem: `collecting the server's garbage: ${String(error)}` })
  })
