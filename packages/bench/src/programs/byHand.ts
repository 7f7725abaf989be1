/** Publishes once with `HttpClient` alone. `publishOnce.ts` is compared with it. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const url = "http://localhost:8000/api"
const apiKey = Redacted.make("api_key")

class ServerError extends Data.TaggedError("ServerError")<{
  readonly code: number
  readonly message: string
}> {}

const Reply = Schema.Struct({
  error: Schema.optional(Schema.Struct({ code: Schema.Number, message: Schema.String })),
  result: Schema.optional(
    Schema.Struct({ offset: Schema.optional(Schema.Number), epoch: Schema.optional(Schema.String) })
  )
})

const publish = (payload: { readonly channel: string; readonly data: unknown }) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const request = yield* HttpClientRequest.post(`${url}/publish`).pipe(
      HttpClientRequest.setHeader("X-API-Key", Redacted.value(apiKey)),
      HttpClientRequest.bodyJson(payload)
    )
    const response = yield* client.execute(request)
    const reply = yield* HttpClientResponse.filterStatusOk(response).pipe(
      Effect.flatMap(HttpClientResponse.schemaBodyJson(Reply))
    )
    if (reply.error !== undefined) return yield* new ServerError(reply.error)
    return reply.result ?? {}
  }).pipe(Effect.timeout("10 seconds"))

const program = Effect.gen(function* () {
  const position = yield* publish({ channel: "news", data: { text: "hello" } })
  yield* Console.log(position)
})

await program.pipe(Effect.provide(FetchHttpClient.layer), Effect.runPromise)
