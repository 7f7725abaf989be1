/** The server as an `HttpApp` of `@effect/platform`. */
import type * as HttpApp from "@effect/platform/HttpApp"
import type { HttpServerResponse } from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type HttpOutcome, type HttpRequest, type HttpResponse, plain } from "./http.js"

/**
 * Loaded with the first request. A program that mounts an app has loaded it already; other programs never load
 * it.
 */
const loadPlatform = Effect.promise(async () => {
  const [request, response] = await Promise.all([
    import("@effect/platform/HttpServerRequest"),
    import("@effect/platform/HttpServerResponse")
  ])
  return { request, response }
})

type Platform = Effect.Effect.Success<typeof loadPlatform>

export const make = <R>(
  respond: (request: HttpRequest) => Effect.Effect<HttpOutcome, never, R>
): HttpApp.Default<never, R> =>
  Effect.gen(function* () {
    const platform = yield* loadPlatform
    const { headers, method, text, url } = yield* platform.request.HttpServerRequest
    const [path = "", query] = url.split(/\?(.*)/s)
    const body = Effect.mapError(text, () => unreadable)
    const outcome = yield* respond({
      method,
      path,
      ...(query === undefined ? {} : { query }),
      headers,
      body
    })
    return toResponse(platform, outcome)
  })

const unreadable: HttpResponse = plain(500, "Internal Server Error\n")

const toResponse = ({ response }: Platform, outcome: HttpOutcome): HttpServerResponse => {
  const { body, headers, status } = outcome.response ?? { body: "", headers: {}, status: 200 }
  const { "content-type": contentType = "text/plain", ...others } = headers
  if (outcome._tag === "Response") {
    return body === ""
      ? response.empty({ status, headers })
      : response.text(body, { status, headers: others, contentType })
  }
  // An `HttpApp` cannot access the socket. A response body that fails breaks the connection.
  const bytes = new TextEncoder().encode(body).subarray(0, outcome.bytes)
  const broken = Stream.concat(
    Stream.make(bytes),
    Stream.fail(new Error("the connection was broken on purpose"))
  )
  return response.stream(broken, { status, headers: others, contentType })
}
