/** The server API over HTTP: paths, key and error modes, as the server has them (`protocol.md` 1.1, 1.3). */
import type * as Effect from "effect/Effect"
import { object } from "./json/write.js"
import * as Answer from "./server/Answer.js"
import { type Handled } from "./server/Server.js"

/**
 * An HTTP request, whatever it came by.
 *
 * @since 0.1.0
 */
export interface HttpRequest {
  /** `"POST"` */
  readonly method: string
  /** As it stands in the request, without the query: `"/api/publish"`. */
  readonly path: string
  /** What comes after the `?`. */
  readonly query?: string
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined }
  /**
   * The whole body as text, or what reads it. It is read only where the path is a method's and the key is
   * right. If it fails, the failure is the response.
   */
  readonly body: string | Effect.Effect<string, HttpResponse>
}

/**
 * An HTTP response to be sent.
 *
 * @since 0.1.0
 */
export interface HttpResponse {
  /** The HTTP status. */
  readonly status: number
  /** Names in lower case, without `content-length`. */
  readonly headers: { readonly [name: string]: string }
  /** The whole body as text. */
  readonly body: string
}

/**
 * What is to be done about a request: answer it, or break the connection, after so many bytes of an
 * answer if there is one.
 *
 * @since 0.1.0
 */
export type HttpOutcome =
  | { readonly _tag: "Response"; readonly response: HttpResponse }
  | { readonly _tag: "Broken"; readonly response?: HttpResponse; readonly bytes: number }

/** `transport` puts an error's code into the HTTP status as well. */
export type ErrorMode = "default" | "transport"

export interface Settings {
  /** Without a slash at its end. */
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

/** The API method that a request is for, or the answer that it gets without one. */
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

/** As it may stand in a header: a decoded path may hold line ends. */
const encodePath = (path: string): string =>
  encodeURI(path.toWellFormed()).replace(/[?#]/g, encodeURIComponent)

/** A path without double slashes and dots: Go's mux sends clients there instead of answering. */
const clean = (path: string): string => {
  const parts: Array<string> = []
  for (const part of path.split("/")) {
    if (part === "..") parts.pop()
    else if (part !== "" && part !== ".") parts.push(part)
  }
  return `/${parts.join("/")}${parts.length > 0 && path.endsWith("/") ? "/" : ""}`
}

/** One header shadows the other; the query counts in any case. */
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
