/** A transport over `fetch`, to copy and change. Connections, retries of endpoints and a rotating key are up to you. */
import { CentrifugoError, CentrifugoTransport, HttpTransport } from "@effect-centrifugo/core"
import { Effect, Layer, Redacted } from "effect"

export const layer = (url: string, apiKey: Redacted.Redacted) =>
  Layer.succeed(CentrifugoTransport.CentrifugoTransport, {
    send: ({ body, headers, method, timeout }) =>
      Effect.tryPromise({
        try: async (signal) => {
          const response = await fetch(`${url}/${method}`, {
            method: "POST",
            headers: { "content-type": "application/json", ...headers, "x-api-key": Redacted.value(apiKey) },
            body,
            redirect: "manual",
            signal
          })
          return { method, status: response.status, text: await response.text() }
        },
        catch: (error) => HttpTransport.networkError(error, { method, origin: url, apiKey, phase: "unknown" })
      }).pipe(
        Effect.flatMap((answer) => HttpTransport.readAnswer(answer, apiKey)),
        Effect.timeoutFail({
          duration: timeout,
          onTimeout: () => new CentrifugoError.TimeoutError({ method, phase: "unknown", timeout })
        })
      )
  })
