// Replaces the file of this name; reviewed at d24154fd682653ad.
/**
 * The parts of `effect/http` that the transport uses. In its own file, so that it is imported on demand,
 * and bundlers leave out the rest.
 */
import * as Effect from "effect/Effect"
import { type HttpClient, TracerDisabledWhen, transformResponse } from "effect/http/HttpClient"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"

export { RequestInit } from "effect/http/FetchHttpClient"
export { text as textBody } from "effect/http/HttpBody"
export { HttpClient } from "effect/http/HttpClient"
export { post } from "effect/http/HttpClientRequest"

/** Switches the client's own spans off for some requests. */
export const withTracerDisabledWhen = (
  client: HttpClient,
  predicate: (request: HttpClientRequest) => boolean
): HttpClient => transformResponse(client, Effect.provideService(TracerDisabledWhen, predicate))
