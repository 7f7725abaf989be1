import { Centrifugo, CentrifugoError, TypedChannel } from "@effect-centrifugo/core"
import { Effect, ManagedRuntime, Redacted, Schema } from "effect"

interface Env {
  readonly CENTRIFUGO_API_URL: string
  readonly CENTRIFUGO_API_KEY: string
}

const Message = Schema.Struct({ text: Schema.NonEmptyString })

const Room = TypedChannel.make("room:{room}", { data: Message })

const makeRuntime = (env: Env) =>
  ManagedRuntime.make(
    Centrifugo.layerFetch({ url: env.CENTRIFUGO_API_URL, apiKey: Redacted.make(env.CENTRIFUGO_API_KEY) })
  )

let runtime: ReturnType<typeof makeRuntime> | undefined

/** One for the isolate: its requests share it, and all of them have the same `env`. */
const runtimeOf = (env: Env) => (runtime ??= makeRuntime(env))

const post = (room: string, body: string) =>
  Effect.gen(function* () {
    const message = yield* Schema.decode(Schema.parseJson(Message))(body)
    const centrifugo = yield* Centrifugo.Centrifugo
    const { offset } = yield* centrifugo.send(Room.publish({ room }, message))
    return Response.json({ offset }, { status: 201 })
  }).pipe(
    Effect.catchTag("ParseError", ({ message }) =>
      Effect.succeed(Response.json({ error: message }, { status: 400 }))
    ),
    Effect.catchAll((error) => {
      const response = Response.json({ error: error._tag }, { status: CentrifugoError.toHttpStatus(error) })
      return Effect.as(Effect.logError(error), response)
    })
  )

export default {
  fetch: async (request: Request, env: Env): Promise<Response> => {
    const [, room] = /^\/rooms\/([\w-]+)\/messages$/.exec(new URL(request.url).pathname) ?? []
    if (room === undefined) return new Response(null, { status: 404 })
    if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } })
    return runtimeOf(env).runPromise(post(room, await request.text()))
  }
}
