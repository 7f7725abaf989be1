/**
 * The parts of `@effect/platform` that the transport uses, by their keys. Importing their modules would add 5 %
 * to the load time of all programs. Importing them on demand would add 11 kB to all bundles: without code
 * splitting, esbuild wraps each module of Effect that an `import()` can reach.
 */
import type * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpBody from "@effect/platform/HttpBody"
import type * as Client from "@effect/platform/HttpClient"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { constFalse, constTrue } from "effect/Function"
import { globalValue } from "effect/GlobalValue"
import * as Inspectable from "effect/Inspectable"
import type { Predicate } from "effect/Predicate"

/** The tag of the client. */
export const HttpClient = /* @__PURE__ */ Context.GenericTag<Client.HttpClient>("@effect/platform/HttpClient")

/** The tag of the options that `FetchHttpClient` passes to fetch. */
export const RequestInit = /* @__PURE__ */ Context.GenericTag<
  FetchHttpClient.RequestInit,
  globalThis.RequestInit
>("@effect/platform/FetchHttpClient/FetchOptions")

const tracerDisabledWhen = /* @__PURE__ */ globalValue(
  /* @__PURE__ */ Symbol.for("@effect/platform/HttpClient/tracerDisabledWhen"),
  () => FiberRef.unsafeMake<Predicate<HttpClientRequest>>(constFalse)
)

/** Runs requests without the client's own span. */
export const withoutSpan: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = (self) =>
  Effect.locally(self, tracerDisabledWhen, constTrue)

const BodyTypeId: HttpBody.TypeId = /* @__PURE__ */ Symbol.for("@effect/platform/HttpBody") as HttpBody.TypeId

/** A request body of text. */
export const textBody = (text: string, contentType: string): HttpBody.Uint8Array => {
  const body = new TextEncoder().encode(text)
  const fields = { _tag: "Uint8Array", contentType, contentLength: body.length } as const
  return {
    ...Inspectable.BaseProto,
    ...fields,
    [BodyTypeId]: BodyTypeId,
    body,
    toJSON: () => ({ _id: "@effect/platform/HttpBody", ...fields, body: text })
  }
}
