/** The app that the server calls. */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as ProxyProtocol from "../../ProxyProtocol.js"
import { accept, refuse } from "./answer.js"
import type { Call } from "./model.js"
import {
  check,
  type Checked,
  events,
  type Options,
  readHandlers,
  secretHeader,
  type Untyped,
  wireName
} from "./options.js"
import { Denied, Expired } from "./refusals.js"
import { within } from "./within.js"

/** The size limit of a request, in bytes. Clients send up to 64 KiB by default; shared polls contain many keys. */
const maxBodySize = 1024 * 1024

const byPath = new Map(events.map((event) => [wireName(event), event]))

type Response = HttpServerResponse.HttpServerResponse

const plain = (status: number, text: string): Response => HttpServerResponse.text(`${text}\n`, { status })
const json = (body: string): Response => HttpServerResponse.text(body, { contentType: "application/json" })

export const make = (handlers: object, options: Options): HttpApp.Default<never, unknown> => {
  const checked = check("ProxyApp.make", options)
  const existing = readHandlers("ProxyApp.make", handlers)
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const { headers, method, url } = request
    const { secret } = checked
    if (secret !== undefined && !isSame(headers[secretHeader] ?? "", secret)) {
      return Effect.succeed(plain(401, "The proxy's secret is missing or wrong"))
    }
    const name = url.replace(/[?#].*$/s, "").replace(/^.*\//s, "")
    const event = byPath.get(name)
    if (event === undefined) return Effect.succeed(plain(404, "No such proxy event"))
    const handler = existing.get(event)
    if (handler === undefined) {
      const text = `There is no ${event} handler: add one, or remove the proxy from the server's configuration`
      const isAsked = method === "POST"
      return Effect.as(isAsked ? Effect.logWarning(text) : Effect.void, plain(404, text))
    }
    if (method !== "POST") {
      return Effect.succeed(HttpServerResponse.empty({ status: 405, headers: { allow: "POST" } }))
    }
    return answer(event, handler, request, checked)
  })
}

/** Compares in a time that depends only on the length of the sent text. */
const isSame = (given: string, expected: string): boolean => {
  let difference = given.length ^ expected.length
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i % expected.length)
  }
  return difference === 0
}

const readBody = (request: HttpServerRequest.HttpServerRequest) =>
  request.text.pipe(
    HttpIncomingMessage.withMaxBodySize(Option.some(maxBodySize)),
    Effect.filterOrFail(
      ({ length }) => length <= maxBodySize,
      () => new Error(`the body is over ${maxBodySize} bytes`)
    )
  )

const answer = (
  event: ProxyProtocol.Event,
  handler: Untyped,
  request: HttpServerRequest.HttpServerRequest,
  { timeout }: Checked
): Effect.Effect<Response, never, unknown> =>
  Effect.matchCauseEffect(
    Effect.flatMap(readBody(request), (body) => ProxyProtocol.decodeRequest(event, body)),
    {
      onFailure: (cause) =>
        Cause.isInterruptedOnly(cause)
          ? Effect.failCause(cause as Cause.Cause<never>)
          : failed(400, `A ${event} request of the proxy can't be read`, cause),
      onSuccess: (decoded) => run(event, handler, callOf(decoded, request), timeout)
    }
  )

const failed = (status: number, text: string, cause: Cause.Cause<unknown>) =>
  Effect.as(Effect.logError(text, cause), plain(status, text))

const run = (
  event: ProxyProtocol.Event,
  handler: Untyped,
  call: Call<ProxyProtocol.Request<ProxyProtocol.Event>>,
  timeout: number
): Effect.Effect<Response, never, unknown> => {
  const deadline = Math.max(1, Math.floor(timeout * 0.8))
  // An uninterruptible handler continues in the background, so that the response is sent in time.
  const outcome = Effect.suspend(() => dispatch(event, handler, call))
  // The platform runs apps uninterruptibly.
  return Effect.flatMap(within(outcome, deadline), (exit) => {
    if (Option.isNone(exit)) {
      const text = `The ${event} handler has not answered within ${deadline} ms`
      return Effect.as(Effect.logError(text), plain(504, text))
    }
    return Effect.flatMap(Clock.currentTimeMillis, (now) => respond(event, exit.value, now))
  })
}

const respond = (event: ProxyProtocol.Event, exit: Exit.Exit<unknown, unknown>, now: number) => {
  if (Exit.isSuccess(exit)) {
    return Either.match(accept(event, exit.value, now), {
      onLeft: (error) =>
        failed(500, `The ${event} handler returned an answer that can't be sent`, Cause.fail(error)),
      onRight: (body) => Effect.succeed(json(body))
    })
  }
  const refusal = Option.map(Cause.failureOption(exit.cause), (error) => refuse(event, error))
  return Option.isSome(refusal) && refusal.value !== undefined
    ? Effect.succeed(json(refusal.value))
    : failed(500, `The ${event} handler failed`, exit.cause)
}

type Answer = Effect.Effect<unknown, unknown, unknown>

const dispatch = (
  event: ProxyProtocol.Event,
  handler: Untyped,
  call: Call<ProxyProtocol.Request<ProxyProtocol.Event>>
): Answer => {
  const request = call.request as never
  switch (handler._tag) {
    case "Function":
      return handler.handle(request, call as never) as Answer
    case "Rpc":
      return (
        handler.handlers.handle(request, call as never) ??
        new Denied({ code: 404, message: "method not found", temporary: false })
      )
    case "Channels": {
      for (const { handle } of handler.handlers) {
        const answer = handle(request, call as never)
        if (answer !== undefined) return answer
      }
      return unhandled(event)
    }
  }
}

/** Refuses a request for a channel that no typed channel matches. */
const unhandled = (event: ProxyProtocol.Event): Answer => {
  if (event === "sharedPollRefresh")
    return Effect.dieMessage("no handler has a template that matches this channel")
  return event === "subRefresh"
    ? new Expired()
    : new Denied({ code: 403, message: "permission denied", temporary: false })
}

const callOf = <R>(request: R, { cookies, headers }: HttpServerRequest.HttpServerRequest): Call<R> => {
  const header = (name: string) => headers[name.toLowerCase()]
  return {
    request,
    header,
    get cookies() {
      return cookies
    },
    get clientIp() {
      return header("x-real-ip") ?? header("x-forwarded-for")?.split(",").at(-1)?.trim()
    }
  }
}
