/**
 * Converts an HTTP response to a reply or an error. For authors of HTTP transports. Handles both error modes of
 * the server (`protocol.md` 1.3).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import * as CentrifugoError from "../../CentrifugoError.js"
import * as Reply from "../codec/Reply.js"
import { redact } from "./redact.js"

/**
 * An HTTP response.
 *
 * @since 0.1.0
 */
export interface HttpAnswer {
  /** The wire name of the called method. */
  readonly method: string
  /** The HTTP status. */
  readonly status: number
  /** The `Location` header. */
  readonly location?: string | undefined
  /** The `Retry-After` header. */
  readonly retryAfter?: string | undefined
  /** The whole body. */
  readonly text: string
}

/** The HTTP statuses of transport mode; any other code has status 500. */
const statusOf: { readonly [code: number]: number } = {
  100: 500,
  102: 404,
  104: 404,
  107: 400,
  108: 400,
  112: 416,
  113: 409
}

const excerptLength = 512

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The first two bytes of gzip; the second is not valid UTF-8. */
const isGzip = (text: string): boolean => text.startsWith("\u001f\ufffd")

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * Decodes an HTTP response. The key is only used to remove it from error texts, in case the response echoes it.
 *
 * @since 0.1.0
 */
export const read = (
  answer: HttpAnswer,
  apiKey: Redacted.Redacted
): Either.Either<Reply.Reply, CentrifugoError.TransportError> => {
  const { method, status, text } = answer
  if (status === 200) {
    const json = parse(text)
    // A batch response has no envelope: {"replies":[...]}, or {} without commands.
    if (isObject(json)) {
      if (json.error !== undefined && json.error !== null) {
        const failure = Reply.readFailure(json.error)
        if (failure !== undefined) return Either.right(refused(failure, apiKey))
      } else if (method === "batch") {
        return Either.right(Reply.result(withoutKey(json, text, apiKey)))
      } else if (isObject(json.result)) {
        return Either.right(Reply.result(withoutKey(json.result, text, apiKey)))
      }
    }
    const detail =
      text === ""
        ? "the body is empty"
        : isGzip(text)
          ? "the body is compressed with gzip, which this client did not ask for: switch compression off in the proxy in front of the server"
          : json === undefined
            ? "the body is not JSON, or was cut off"
            : "it has neither a result nor an error"
    return Either.left(
      new CentrifugoError.DecodeError({ method, path: [], detail, body: excerpt(text, apiKey) })
    )
  }
  if (status === 401)
    return Either.left(new CentrifugoError.UnauthorizedError({ method, body: excerpt(text, apiKey) }))
  // Browsers report a redirect that they do not follow as status 0.
  if (status === 0 || (status >= 300 && status < 400)) {
    const location = answer.location === undefined ? {} : { location: excerpt(answer.location, apiKey) }
    return Either.left(new CentrifugoError.RedirectError({ method, status, ...location }))
  }
  const failure = Reply.readFailure(parse(text))
  // A gateway's JSON may have the same form; the server's status always matches its code.
  return failure !== undefined && (statusOf[failure.code] ?? 500) === status
    ? Either.right(refused(failure, apiKey))
    : Either.left(
        new CentrifugoError.StatusError({ method, status, body: excerpt(text, apiKey), ...waitOf(answer) })
      )
}

/** `Retry-After` is a number of seconds or a date. Other values and dates in the past are ignored. */
const waitOf = ({ retryAfter }: HttpAnswer): { readonly retryAfter?: number } => {
  if (retryAfter === undefined) return {}
  const millis = /^\s*\d+\s*$/.test(retryAfter)
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - Date.now()
  return millis >= 0 && Number.isFinite(millis) ? { retryAfter: millis } : {}
}

/**
 * Removes the API key from error messages inside a response: those of a batch's calls and of a broadcast's
 * channels. Data stays unchanged, even if it contains the text of the key.
 */
const withoutKey = (
  result: { readonly [key: string]: unknown },
  text: string,
  apiKey: Redacted.Redacted
): { readonly [key: string]: unknown } => {
  if (!text.includes('"error"')) return result
  const clean = (part: unknown): unknown => {
    if (!isObject(part)) return part
    const { error } = part
    return Object.fromEntries(
      Object.entries(part).map(([name, value]) => {
        if (name === "error" && isObject(error) && typeof error.message === "string") {
          return [name, { ...error, message: redact(error.message, apiKey) }]
        }
        return [
          name,
          Array.isArray(value) && lists.has(name)
            ? value.map(clean)
            : name === "broadcast"
              ? clean(value)
              : value
        ]
      })
    )
  }
  return clean(result) as { readonly [key: string]: unknown }
}

/** The fields of a response whose items may contain errors. */
const lists: ReadonlySet<string> = new Set(["replies", "responses"])

const refused = ({ code, message }: Reply.ServerFailure, apiKey: Redacted.Redacted): Reply.Reply =>
  Reply.failure({ code, message: redact(message, apiKey) })

const excerpt = (text: string, apiKey: Redacted.Redacted): string =>
  redact(text, apiKey).slice(0, excerptLength)
