/**
 * What the transport takes from `@effect/platform`, in a file of its own: imported as a whole when it is needed, and
 * what isn't named here does not get into a bundle.
 */
export { RequestInit } from "@effect/platform/FetchHttpClient"
export { text as textBody } from "@effect/platform/HttpBody"
export { HttpClient, withTracerDisabledWhen } from "@effect/platform/HttpClient"
export { post } from "@effect/platform/HttpClientRequest"
