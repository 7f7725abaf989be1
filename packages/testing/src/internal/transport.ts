/** A transport that calls the server directly, without a socket. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { NetworkError, TimeoutError, type TransportError } from "@effect-centrifugo/core/CentrifugoError"
import * as HttpTransport from "@effect-centrifugo/core/HttpTransport"
import type * as CentrifugoTransport from "@effect-centrifugo/core/CentrifugoTransport"
import type { Reply } from "@effect-centrifugo/core/CentrifugoTransport"
import { type HttpOutcome, type HttpRequest } from "./http.js"
import { type Kit, type Plan } from "./Kit.js"

/** Uses the same path, key check and response as HTTP, so both behave alike. */
export const make = (kit: Kit): CentrifugoTransport.Service => {
  const { apiKey, prefix } = kit.options
  const key = Redacted.make(apiKey)
  const requestOf = ({ body, headers, method }: CentrifugoTransport.Call): HttpRequest => ({
    method: "POST",
    path: `${prefix}/${method}`,
    headers: { ...lowerCase(headers), "content-type": "application/json", "x-api-key": apiKey },
    body
  })
  return {
    send: (call) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const { delay, outcome } = planOf(kit, requestOf(call), call.body, now)
        if (outcome === undefined || delay > call.timeout) return Effect.delay(late(call), call.timeout)
        const reply = read(call.method, outcome, key)
        return delay > 0 ? Effect.delay(reply, delay) : reply
      })
  }
}

const planOf = (kit: Kit, request: HttpRequest, body: string, now: number): Plan => {
  const method = kit.route(request)
  return typeof method === "string"
    ? kit.accept(method, request, body, now)
    : { outcome: { _tag: "Response", response: method }, delay: 0 }
}

const lowerCase = (headers: { readonly [name: string]: string }) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const late = ({ method, timeout }: CentrifugoTransport.Call) =>
  new TimeoutError({ method, phase: "unknown", timeout })

const read = (
  method: string,
  outcome: HttpOutcome,
  key: Redacted.Redacted
): Effect.Effect<Reply, TransportError> => {
  if (outcome._tag === "Response") {
    const { body, headers, status } = outcome.response
    const named = lowerCase(headers)
    return HttpTransport.readAnswer(
      { method, status, location: named.location, retryAfter: named["retry-after"], text: body },
      key
    )
  }
  const detail =
    outcome.response === undefined
      ? "the connection was reset"
      : "the connection was closed inside the response"
  return new NetworkError({ method, phase: "unknown", code: "ECONNRESET", detail })
}
