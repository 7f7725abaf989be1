// Replaces the file of this name; reviewed at 39f684d15944ee55.
/** The errors of HTTP clients that contain a response. */
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"

/** Returns the response inside an error, if the HTTP client is configured to fail on some statuses. */
export const responseOf = ({ reason }: HttpClientError): HttpClientResponse | undefined =>
  reason._tag === "StatusCodeError" ? reason.response : undefined

/** Whether the response has no body. */
export const isEmptyBody = ({ reason }: HttpClientError): boolean => reason._tag === "EmptyBodyError"

/** Whether an error is that of a request that no client can send. */
export const isNotCreated = ({ reason }: { readonly name: string; readonly reason?: unknown }): boolean =>
  typeof reason === "object" &&
  reason !== null &&
  "_tag" in reason &&
  (reason._tag === "EncodeError" || reason._tag === "InvalidUrlError")
