/** The errors of HTTP clients that contain a response. */
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"

/** The response in an error of a client that fails on some statuses. */
export const responseOf = (error: HttpClientError): HttpClientResponse | undefined =>
  error._tag === "ResponseError" && error.reason === "StatusCode" ? error.response : undefined

/** Whether the response has no body. */
export const isEmptyBody = (error: HttpClientError): boolean =>
  error._tag === "ResponseError" && error.reason === "EmptyBody"
