/**
 * The parts of `@effect/platform` that the transport uses. In its own file, so that it is imported on demand,
 * and bundlers leave out the rest.
 */
export { RequestInit } from "@effect/platform/FetchHttpClient"
export { text as textBody } from "@effect/platform/HttpBody"
export { HttpClient, withTracerDisabledWhen } from "@effect/platform/HttpClient"
export { post } from "@effect/platform/HttpClientRequest"
