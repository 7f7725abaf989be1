/** The errors of HTTP clients that contain a response. */
import type { HttpClientError } from "@effect/platform/HttpClientError"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"

/** Returns the response inside an error, if the HTTP client is configured to fail on some statuses. */
export const responseOf = (error: HttpClientError): HttpClientResponse | undefined =>
  error._tag === "ResponseError" && error.reason === "StatusCode" ? error.response : undefined

/** Whether the response has no body. */
export const isEmptyBody = (error: HttpClientError): boolean =>
  error._tag === "ResponseError" && error.reason === "EmptyBody"

/** Whether an error is that of a request that no client can send. */
export const isNotCreated = (error: { readonly name: string; readonly reason?: unknown }): boolean =>
  error.name === "RequestError" && (error.reason === "Encode" || error.reason === "InvalidUrl")
