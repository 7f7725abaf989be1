import type { Headers } from "@effect/platform/Headers"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { isEmptyBody } from "./clientErrors.js"

/** Returned instead of a text longer than `limit` bytes. */
export const tooLarge = Symbol()

/**
 * Reads a body, up to a limit. It counts bytes as they arrive, because not all HTTP clients of `@effect/platform`
 * enforce a limit. A response with `content-length` cannot be longer without breaking the connection, so it is
 * read at once, in half the time. A compressed response can be longer, so it is counted.
 */
export const readText = (
  response: HttpClientResponse,
  headers: Headers,
  limit: number
): Effect.Effect<string, HttpClientError | typeof tooLarge> => {
  const length = headers["content-length"]
  if (length === undefined || headers["content-encoding"] !== undefined) return counted(response, limit)
  return Number(length) <= limit ? response.text : Effect.zipRight(drop(response), Effect.fail(tooLarge))
}

const counted = (response: HttpClientResponse, limit: number) =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let text = ""
    let size = 0
    return response.stream.pipe(
      Stream.runForEach((bytes) => {
        size += bytes.length
        text += decoder.decode(bytes, { stream: true })
        return size > limit ? Effect.fail(tooLarge) : Effect.void
      }),
      Effect.catchIf(isEmpty, () => Effect.void),
      Effect.map(() => text + decoder.decode()),
      // A replaced fetch (node-fetch, a mock) may return a body that is not a web stream.
      Effect.catchAllDefect((defect) => (size === 0 ? whole(response, limit) : Effect.die(defect)))
    )
  })

/** Reads a body whose bytes cannot be counted as they arrive. */
const whole = (
  response: HttpClientResponse,
  limit: number
): Effect.Effect<string, HttpClientError | typeof tooLarge> =>
  Effect.flatMap(response.text, (text) =>
    new TextEncoder().encode(text).length > limit ? Effect.fail(tooLarge) : Effect.succeed(text)
  )

/** Discards the body: opening and interrupting its stream releases the connection. */
const drop = (response: HttpClientResponse) =>
  Effect.ignore(Stream.runDrain(Stream.interruptWhen(response.stream, Effect.void)))

/** Whether the error only reports that the response has no body. */
const isEmpty = (error: HttpClientError | typeof tooLarge) => error !== tooLarge && isEmptyBody(error)
