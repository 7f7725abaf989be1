/** The server API over HTTP: paths, API key and error modes as in the server (`protocol.md` 1.1, 1.3). */
import type * as Effect from "effect/Effect"
import { object } from "./json/write.js"
import * as Answer from "./server/Answer.js"
import { type Handled } from "./server/Server.js"

/**
 * An HTTP request, independent of the HTTP server that received it.
 *
 * @since 0.1.0
 */
export interface HttpRequest {
  /** `"POST"` */
  readonly method: string
  /** The path without the query, still encoded: `"/api/publish"`. */
  readonly path: string
  /** The query, without the `?`. */
  readonly query?: string
  /** Header names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined }
  /**
   * The whole body as text, or an effect that reads it. It is read only if the path matches a method and the
   * API key is right. If the effect fails, its error is the response.
   */
  readonly body: string | Effect.Effect<string, HttpResponse>
}

/**
 * An HTTP response to send.
 *
 * @since 0.1.0
 */
export interface HttpResponse {
  /** The HTTP status. */
  readonly status: number
  /** Header names in lower case, without `content-length`. */
  readonly headers: { readonly [name: string]: string }
  /** The whole body as text. */
  readonly body: string
}

/**
 * How to answer a request: send the response, or break the connection, optionally after the first bytes of a
 * response.
 *
 * @since 0.1.0
 */
export type HttpOutcome =
  | { readonly _tag: "Response"; readonly response: HttpResponse }
  | { readonly _tag: "Broken"; readonly response?: HttpResponse; readonly bytes: number }

/** `transport` also sets the HTTP status from the error code. */
export type ErrorMode = "default" | "transport"

export interface Settings {
  /** Without a trailing slash. */
  readonly prefix: string
  readonly apiKey: string
  readonly errorMode: ErrorMode
}

const empty = (status: number): HttpResponse => ({ status, headers: {}, body: "" })

export const plain = (status: number, body: string): HttpResponse => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  body
})

const json = (status: number, body: string): HttpResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body
})

const notFound = plain(404, "404 page not found\n")

/** The API method of a request, or a response if there is no such method. */
export const route = (
  request: HttpRequest,
  isMethod: (name: string) => boolean,
  settings: Settings
): string | HttpResponse => {
  const { query } = request
  const path = decodePath(request.path)
  const cleaned = clean(path)
  if (cleaned !== path) {
    const location = encodePath(cleaned)
    return { ...empty(307), headers: { location: query ? `${location}?${query}` : location } }
  }
  const start = `${settings.prefix}/`
  const name = path.startsWith(start) ? path.slice(start.length) : ""
  if (!isMethod(name)) return notFound
  if (request.method !== "POST") return empty(405)
  return isAuthorized(request, settings.apiKey) ? name : empty(401)
}

const decodePath = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Encodes the path for a header: a decoded path may contain line breaks. */
const encodePath = (path: string): string =>
  encodeURI(path.toWellFormed()).replace(/[?#]/g, encodeURIComponent)

/** Removes double slashes and dot segments. Go's mux redirects clients to the clean path. */
const clean = (path: string): string => {
  const parts: Array<string> = []
  for (const part of path.split("/")) {
    if (part === "..") parts.pop()
    else if (part !== "" && part !== ".") parts.push(part)
  }
  return `/${parts.join("/")}${parts.length > 0 && path.endsWith("/") ? "/" : ""}`
}

/** One header takes precedence over the other; the query parameter is always accepted. */
const isAuthorized = ({ headers, query }: HttpRequest, key: string): boolean => {
  if (key === "") return false
  const header = headers["x-api-key"] ?? ""
  const [scheme, given, ...rest] = (headers.authorization ?? "").trim().split(/\s+/)
  const isInHeaders =
    header === "" ? scheme?.toLowerCase() === "apikey" && given === key && rest.length === 0 : header === key
  return isInHeaders || (query !== undefined && new URLSearchParams(query).get("api_key") === key)
}

export const isTransportMode = (headers: HttpRequest["headers"], { errorMode }: Settings): boolean =>
  errorMode === "transport" || headers["x-centrifugo-error-mode"] === "transport"

const statuses: { readonly [code: number]: number } = {
  100: 500,
  102: 404,
  104: 404,
  107: 400,
  108: 400,
  112: 416,
  113: 409
}

export const toResponse = (handled: Handled, isTransportMode: boolean): HttpResponse => {
  switch (handled._tag) {
    case "Result":
      return json(200, object({ result: handled.json }))
    case "Batch":
      return json(200, handled.json)
    case "Failure": {
      const error = Answer.writeFailure(handled.error)
      return isTransportMode ? json(statuses[handled.error.code] ?? 500, error) : json(200, object({ error }))
    }
    case "Unencodable":
      return plain(500, "Internal Server Error\n")
    case "Undecodable":
      return plain(400, "Bad Request\n")
    case "Unknown":
      return notFound
  }
}
