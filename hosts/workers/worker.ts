import { Batch, Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { FetchHttpClient } from "@effect/platform"
import { Cause, Effect, Exit, Layer, ManagedRuntime, Predicate, Redacted } from "effect"

interface Env {
  readonly CENTRIFUGO_API_URL: string
  readonly CENTRIFUGO_API_KEY: string
}

const makeRuntime = (env: Env, batching: boolean) =>
  ManagedRuntime.make(
    Centrifugo.layer({
      url: env.CENTRIFUGO_API_URL,
      apiKey: Redacted.make(env.CENTRIFUGO_API_KEY),
      batching
    }).pipe(Layer.provide(FetchHttpClient.layer))
  )

/** One for the isolate, whose requests share it. */
const runtimes = new Map<boolean, ReturnType<typeof makeRuntime>>()

const runtimeOf = (env: Env, batching: boolean) => {
  const runtime = runtimes.get(batching) ?? makeRuntime(env, batching)
  runtimes.set(batching, runtime)
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

const tagOf = (error: unknown): string =>
  Predicate.hasProperty(error, "_tag") ? String(error._tag) : String(error)

export default {
  fetch: async (request: Request, env: Env): Promise<Response> => {
    const { pathname } = new URL(request.url)
    const program: Effect.Effect<unknown, unknown, Centrifugo.Centrifugo> =
      pathname === "/batch" ? batch : publish
    const exit = await runtimeOf(env, pathname === "/batching").runPromiseExit(program)
    return Response.json({ outcome: Exit.isSuccess(exit) ? "published" : tagOf(Cause.squash(exit.cause)) })
  }
}
