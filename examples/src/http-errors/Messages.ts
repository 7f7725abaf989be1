/** An HttpApi that publishes messages. Each kind of failure has its own status and body in the API. */
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { Centrifugo, CentrifugoError } from "@effect-centrifugo/core"
import { Effect, Layer, Schema } from "effect"

/** Whether the message was possibly published. If so, a client that repeats it can publish it twice. */
const fields = { published: Schema.Literal("no", "maybe") }

class Conflict extends Schema.TaggedError<Conflict>()(
  "Conflict",
  fields,
  HttpApiSchema.annotations({ status: 409 })
) {}
class Failed extends Schema.TaggedError<Failed>()(
  "Failed",
  fields,
  HttpApiSchema.annotations({ status: 500 })
) {}
class BadGateway extends Schema.TaggedError<BadGateway>()(
  "BadGateway",
  fields,
  HttpApiSchema.annotations({ status: 502 })
) {}
class Unavailable extends Schema.TaggedError<Unavailable>()(
  "Unavailable",
  fields,
  HttpApiSchema.annotations({ status: 503 })
) {}
class GatewayTimeout extends Schema.TaggedError<GatewayTimeout>()(
  "GatewayTimeout",
  fields,
  HttpApiSchema.annotations({ status: 504 })
) {}

/** Every status has an entry, or this does not compile. */
const failures = {
  409: Conflict,
  500: Failed,
  502: BadGateway,
  503: Unavailable,
  504: GatewayTimeout
} satisfies Record<CentrifugoError.HttpStatus, unknown>

const toFailure = (error: CentrifugoError.CentrifugoError) =>
  new failures[CentrifugoError.toHttpStatus(error)]({
    published: CentrifugoError.maybeCarriedOut(error) ? "maybe" : "no"
  })

const post = HttpApiEndpoint.post("post", "/rooms/:room")
  .setPath(Schema.Struct({ room: Schema.String.pipe(Schema.pattern(/^\w{1,50}$/)) }))
  .setPayload(Schema.Struct({ text: Schema.NonEmptyString }))
  .addSuccess(Schema.Void)
  .addError(Conflict)
  .addError(Failed)
  .addError(BadGateway)
  .addError(Unavailable)
  .addError(GatewayTimeout)

export const Api = HttpApi.make("chat").add(HttpApiGroup.make("messages").add(post))

const messages = HttpApiBuilder.group(Api, "messages", (handlers) =>
  handlers.handle("post", ({ path: { room }, payload: { text } }) =>
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      yield* centrifugo.publish({ channel: `chat:${room}`, data: { text } })
    }).pipe(
      // For the operator: the message names the channel and what to do.
      Effect.tapError((error) => Effect.logWarning(error.message)),
      Effect.mapError(toFailure)
    )
  )
)

export const ApiLive = HttpApiBuilder.api(Api).pipe(Layer.provide(messages))
