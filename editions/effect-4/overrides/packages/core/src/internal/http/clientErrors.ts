// Replaces the file of this name; reviewed at 39f684d15944ee55.
/** The errors of HTTP clients that still have an answer. */
import type { HttpClientError } from "effect/http/HttpClientError"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"

/** The response that the client took for a failure because of its status. */
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
