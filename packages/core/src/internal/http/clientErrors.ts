/** The errors of HTTP clients that still have an answer. */
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"

/** The response that the client took for a failure because of its status. */
export const responseOf = (error: HttpClientError): HttpClientResponse | undefined =>
  error._tag === "ResponseError" && error.reason === "StatusCode" ? error.response : undefined

/** Whether the response has no body. */
export const isEmptyBody = (error: HttpClientError): boolean =>
  error._tag === "ResponseError" && error.reason === "EmptyBody"
