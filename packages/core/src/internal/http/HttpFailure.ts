/**
 * Converts the errors of HTTP clients to this library's errors, on every runtime. For authors of HTTP
 * transports.
 *
 * @since 0.1.0
 */
import { isConfigError } from "effect/ConfigError"
import type * as Redacted from "effect/Redacted"
import { NetworkError, type Phase } from "../../CentrifugoError.js"
import { isError } from "../codec/brand.js"
import { causeOf, isRefusedByClient, isUnsent, unsendable } from "./causes.js"
import { redact } from "./redact.js"

/**
 * The call in which an error occurred.
 *
 * @since 0.1.0
 */
export interface Origin {
  /** The method's wire name. */
  readonly method: string
  /** Scheme, host and port, for the error message. */
  readonly origin: string
  /** The API key to remove from error texts: a server at that address may echo it. */
  readonly apiKey: Redacted.Redacted | undefined
  /** The phase of the call. If the error proves that nothing was sent, `unknown` becomes `connect`. */
  readonly phase: Phase
}

/**
 * Makes the `NetworkError` of a call that failed in the HTTP client or its connection. `code` is the system's
 * error code, from anywhere in the cause chain. If a host name has several addresses, `detail` has the failure of
 * each.
 *
 * @since 0.1.0
 */
export const networkError = (error: unknown, { apiKey, method, origin, phase }: Origin): NetworkError => {
  const links = chain(error)
  const safe = (text: string) => (apiKey === undefined ? text : redact(text, apiKey))
  const code =
    links.map(codeOf).find((code) => code !== undefined) ??
    (links.some(isRefusedByClient) ? unsendable : undefined)
  const words = links.map(causeOf).find((words) => words !== undefined)
  const text = words ?? links.map(textOf).findLast((text) => text !== "") ?? describe(error)
  return new NetworkError({
    method,
    phase: phase === "unknown" && links.some(provesUnsent) ? "connect" : phase,
    detail: `${safe(text)} (${origin})`,
    cause: clean(error, safe),
    ...(code === undefined ? {} : { code })
  })
}

/**
 * Copies an error and its causes with only names, messages and system codes. A client's error may contain the
 * whole request, and printing it would reveal the key and the payload.
 *
 * @since 0.1.0
 */
export const clean = (error: unknown, redact: (text: string) => string = (text) => text): Error => {
  const [first, ...causes] = chain(error)
  const copy = (link: Link, causes: ReadonlyArray<Link>): Error => {
    const [next, ...rest] = causes
    const message = redact(link.message)
    const made: Error & { code?: string; syscall?: string } = isAggregate(link)
      ? new AggregateError(
          link.errors.map((member) => clean(member, redact)),
          message
        )
      : new Error(message)
    made.name = link.name
    // The copy's own stack would point to this function instead of the failed code.
    made.stack = `${link.name}: ${message}`
    if (next !== undefined) made.cause = copy(next, rest)
    const code = codeOf(link)
    if (code !== undefined) made.code = code
    if (typeof link.syscall === "string") made.syscall = link.syscall
    return made
  }
  return first === undefined ? new Error(redact(describe(error))) : copy(first, causes)
}

interface Link extends Error {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly reason?: unknown
}

/** Returns an error and its causes, at most eight in total, so that cyclic causes end. */
const chain = (error: unknown): ReadonlyArray<Link> => {
  const links: Array<Link> = []
  for (let link: unknown = error; isError(link) && links.length < 8; link = link.cause) links.push(link)
  return links
}

/** Describes a thrown value that is not an error, by its message or tag. Other fields may hold secrets. */
const describe = (value: unknown): string => {
  if (typeof value === "string") return value
  if (typeof value !== "object" || value === null) return `${String(value)} was thrown`
  // The key comes from a Config: its text names the missing variable, its message does not.
  if (isConfigError(value)) return String(value)
  if ("message" in value && typeof value.message === "string") return value.message
  return "_tag" in value && typeof value._tag === "string" ? value._tag : "an object was thrown"
}

const isAggregate = (link: Error): link is AggregateError =>
  "errors" in link && Array.isArray(link.errors) && link.errors.length > 0

const codeOf = (link: Link): string | undefined => {
  if (typeof link.code === "string") return link.code
  return isAggregate(link)
    ? link.errors.flatMap((member) => chain(member).map(codeOf)).find((code) => code !== undefined)
    : undefined
}

const textOf = (link: Link): string =>
  isAggregate(link)
    ? [...new Set(link.errors.flatMap((member) => chain(member).map(textOf)))].join(", ")
    : link.message || (codeOf(link) ?? "")

const provesUnsent = (link: Link): boolean =>
  isAggregate(link) ? link.errors.every((member) => chain(member).some(provesUnsent)) : isUnsent(link)

/**
 * Makes the error of a call after its transport has closed. No retry policy retries it: another attempt would
 * fail too.
 */
export const closedError = (method: string, phase: Phase): NetworkError =>
  new NetworkError({ method, phase, code: "ERR_CLOSED", detail: "the scope of the transport is closed" })
