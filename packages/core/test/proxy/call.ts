/** Calls an app as the server does, without a socket. */
import { HttpApp } from "@effect/platform"
import { Cause, Effect, Logger } from "effect"

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export const connection = { client: "c-1", transport: "websocket", protocol: "json", encoding: "json" }

/** Posts a body to a path of the app, in the fiber's environment. */
export const post = <R>(
  app: HttpApp.Default<never, R>,
  path: string,
  body: unknown,
  headers: Record<string, string> = {}
): Effect.Effect<Answer, never, R> =>
  Effect.flatMap(Effect.runtime<R>(), (runtime) =>
    Effect.promise(async (signal) => {
      const handler = HttpApp.toWebHandlerRuntime(runtime)(app)
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
  const layer = Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ cause, logLevel, message }) => {
      lines.push(`${logLevel.label} ${String(message)} ${Cause.pretty(cause)}`)
    })
  )
  return { lines, layer }
}
