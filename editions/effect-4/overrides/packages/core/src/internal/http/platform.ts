// Replaces the file of this name; reviewed at af0c9f91dc004413.
/** The parts of `effect/http` that the transport uses. */
import * as Effect from "effect/Effect"
import { TracerDisabledWhen } from "effect/http/HttpClient"

export { RequestInit } from "effect/http/FetchHttpClient"
export { text as textBody } from "effect/http/HttpBody"
export { HttpClient } from "effect/http/HttpClient"

/** Runs requests without the client's own span. */
export const withoutSpan = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, TracerDisabledWhen, () => true)
