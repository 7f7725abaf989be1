// Replaces the file of this name; reviewed at 37c8a78004ae240e.
/** Calls an app as the server does, without a socket. */
import { Cause, Effect, Logger, type Scope } from "effect"
import { HttpEffect, type HttpServerRequest, type HttpServerResponse } from "effect/http"

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export const connection = { client: "c-1", transport: "websocket", protocol: "json", encoding: "json" }

type Own = HttpServerRequest.HttpServerRequest | Scope.Scope

/** Posts a body to a path of the app, in the fiber's environment. */
export const post = <R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, never, R | HttpServerRequest.HttpServerRequest>,
  path: string,
  body: unknown,
  headers: Record<string, string> = {}
): Effect.Effect<Answer, never, Exclude<R, Own>> =>
  Effect.flatMap(Effect.context<Exclude<R, Own>>(), (context) =>
    Effect.promise(async (signal) => {
      const own = Effect.provideContext(app, context) as Effect.Effect<
        HttpServerResponse.HttpServerResponse,
        never,
        Own
      >
      const handler = HttpEffect.toWebHandler(own)
      const request = new Request(`http://backend${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
        signal
      })
      const response = await handler(request)
      const text = await response.text()
      return { status: response.status, body: response.status === 200 ? (JSON.parse(text) as unknown) : text }
    })
  )

/** Collects log entries: level, message and the pretty cause. */
export const logged = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([
    Logger.make(({ cause, logLevel, message }) => {
      lines.push(`${logLevel.toUpperCase()} ${String(message)} ${Cause.pretty(cause)}`)
    })
  ])
  return { lines, layer }
}
