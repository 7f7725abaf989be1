/** The server API for the benchmark's own use: by `fetch`, so that no client under test vouches for itself. */
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

/** The result of a call; the server's error is ours. `A` is what the server is known to answer. */
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
 * Has the server collect its garbage, by its debugging endpoint: what one client has left there would be collected
 * while the next is on the clock, at a cost as large as that of the calls.
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
