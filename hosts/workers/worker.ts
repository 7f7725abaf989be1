import { Batch, Centrifugo, CentrifugoApi, RetryPolicy } from "@effect-centrifugo/core"
import { Cause, Effect, Exit, ManagedRuntime, Predicate, Redacted } from "effect"

interface Env {
  readonly CENTRIFUGO_API_URL: string
  readonly CENTRIFUGO_API_KEY: string
}

const makeRuntime = (env: Env, options: Partial<Centrifugo.FetchOptions> = {}) =>
  ManagedRuntime.make(
    Centrifugo.layerFetch({
      url: env.CENTRIFUGO_API_URL,
      apiKey: Redacted.make(env.CENTRIFUGO_API_KEY),
      ...options
    })
  )

const optionsOf: Record<string, Partial<Centrifugo.FetchOptions>> = {
  "/batching": { batching: true },
  // Calls of several requests share one queue.
  "/queue": { maxConnections: 1 },
  // A port without a listener.
  "/refused": { url: "http://127.0.0.1:9/api", retry: RetryPolicy.none }
}

/** One runtime per path, shared by all requests of the isolate. */
const runtimes = new Map<string, ReturnType<typeof makeRuntime>>()

const runtimeOf = (env: Env, pathname: string) => {
  const runtime = runtimes.get(pathname) ?? makeRuntime(env, optionsOf[pathname])
  runtimes.set(pathname, runtime)
  return runtime
}

const publish = Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
  centrifugo.publish({ channel: "news", data: { text: "from a worker" } })
)

const batch = Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
  centrifugo.batch([
    CentrifugoApi.publish({ channel: "a", data: 1 }),
    CentrifugoApi.publish({ channel: "b", data: 2 })
  ])
).pipe(Batch.requireAll)

/** The error's tag, and its phase if it has one. */
const wordsOf = (error: unknown): string =>
  Predicate.hasProperty(error, "_tag")
    ? [error._tag, ...(Predicate.hasProperty(error, "phase") ? [error.phase] : [])].join(", ")
    : String(error)

export default {
  fetch: async (request: Request, env: Env): Promise<Response> => {
    const { pathname } = new URL(request.url)
    const program: Effect.Effect<unknown, unknown, Centrifugo.Centrifugo> =
      pathname === "/batch" ? batch : publish
    const exit = await runtimeOf(env, pathname).runPromiseExit(program)
    return Response.json({ outcome: Exit.isSuccess(exit) ? "published" : wordsOf(Cause.squash(exit.cause)) })
  }
}
