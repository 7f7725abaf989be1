/**
 * From what HTTP clients throw to the family's own errors, on every runtime: for whoever writes a
 * transport over HTTP.
 *
 * @since 0.1.0
 */
import { isConfigError } from "effect/ConfigError"
import type * as Redacted from "effect/Redacted"
import { NetworkError, type Phase } from "../../CentrifugoError.js"
import { redact } from "./redact.js"

/**
 * What an error is told about the call that it ended.
 *
 * @since 0.1.0
 */
export interface Origin {
  /** The method's wire name. */
  readonly method: string
  /** Scheme, host and port, for the words. */
  readonly origin: string
  /** Taken out of every text: whatever listens at a port may send back what it gets. */
  readonly apiKey: Redacted.Redacted | undefined
  /** How far the call had come. An error that proves that nothing was sent makes `unknown` into `connect`. */
  readonly phase: Phase
}

/**
 * The error of a call that a connection could not carry. `code` is the system's own, found anywhere
 * in the chain of causes; where a name has several addresses, each one's failure is in `detail`.
 *
 * @since 0.1.0
 */
export const networkError = (error: unknown, { apiKey, method, origin, phase }: Origin): NetworkError => {
  const links = chain(error)
  const safe = (text: string) => (apiKey === undefined ? text : redact(text, apiKey))
  const code = links.map(codeOf).find((code) => code !== undefined)
  const text = links.map(textOf).findLast((text) => text !== "") ?? describe(error)
  return new NetworkError({
    method,
    phase: phase === "unknown" && links.some(isUnsent) ? "connect" : phase,
    detail: `${safe(text)} (${origin})`,
    cause: clean(error, safe),
    ...(code === undefined ? {} : { code })
  })
}

/**
 * A copy of an error that holds nothing but names, texts and the system's codes, causes included. What
 * clients throw may carry the whole request, key and payload, for anyone who prints it.
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
    // The stack of the copy would lead here, which helps nobody.
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

/** An error and its causes. Those that lead back into themselves end somewhere, too. */
const chain = (error: unknown): ReadonlyArray<Link> => {
  const links: Array<Link> = []
  for (let link = error; link instanceof Error && links.length < 8; link = link.cause) links.push(link)
  return links
}

/** What is no error at all may still say something. Nothing else of it is repeated. */
const describe = (value: unknown): string => {
  if (typeof value === "string") return value
  if (typeof value !== "object" || value === null) return `${String(value)} was thrown`
  // Where a key comes from a Config. Its text names what is missing; its message hides it.
  if (isConfigError(value)) return String(value)
  if ("message" in value && typeof value.message === "string") return value.message
  return "_tag" in value && typeof value._tag === "string" ? value._tag : "an object was thrown"
}

const isAggregate = (link: Error): link is AggregateError =>
  link instanceof AggregateError && link.errors.length > 0

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

/**
 * What proves that nothing was sent. Closed on purpose: an error that is not here may have come after
 * the request went out. `ETIMEDOUT` and `EHOSTUNREACH`, say, also end connections that were open.
 */
const unsentCodes: ReadonlySet<unknown> = new Set([
  // Node, and Bun and Deno where they speak as Node does
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  // undici, which is Node's fetch
  "UND_ERR_CONNECT_TIMEOUT",
  // Bun's fetch, before it took Node's codes
  "ConnectionRefused",
  "FailedToOpenSocket",
  // The server's certificate was refused, so the handshake never ended.
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "ERR_TLS_CERT_ALTNAME_INVALID"
])

/** Node names the call that failed: a connection that can't be made, or a name that can't be found. */
const unsentSyscalls: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"])

const isUnsent = (link: Link): boolean =>
  isAggregate(link)
    ? link.errors.every((member) => chain(member).some(isUnsent))
    : unsentCodes.has(link.code) ||
      unsentSyscalls.has(link.syscall) ||
      // The platform's own, for a request that no client could send.
      (link.name === "RequestError" && (link.reason === "Encode" || link.reason === "InvalidUrl")) ||
      // Deno's fetch has no codes.
      link.message.includes("client error (Connect)") ||
      // Bun's fetch does not name the system call, and its codes stand for open connections, too.
      /^E[A-Z]+: (Unable to connect|Was there a typo in the url or port|The TLS handshake failed)/.test(
        link.message
      ) ||
      // TLS spoken to a port that does not. OpenSSL says so under several codes.
      link.message.includes(":wrong version number:")
