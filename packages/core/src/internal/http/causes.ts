/** Classifies the errors of sockets, TLS and HTTP clients on each runtime. */
import { isNotCreated } from "./clientErrors.js"

interface Link extends Error {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly reason?: unknown
}

/** The code of a request that the HTTP client refused to start. The client's error has no code. */
export const unsendable = "ERR_UNSENDABLE"

/**
 * The codes that prove that nothing was sent. Any other error may have happened after the request was sent:
 * `ETIMEDOUT` and `EHOSTUNREACH`, for example, also end open connections.
 */
const unsentCodes: ReadonlySet<unknown> = new Set([
  // Node, and Bun and Deno where they use Node's codes
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  // undici, and Node's fetch
  "UND_ERR_CONNECT_TIMEOUT",
  // Bun's fetch in versions without Node's codes
  "ConnectionRefused",
  "FailedToOpenSocket"
])

/** The certificate was rejected, or OpenSSL failed: the handshake did not complete. */
const refusedHandshake =
  /^(CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|CRL_HAS_EXPIRED|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_(UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|WRONG_VERSION_NUMBER|CERTIFICATE_VERIFY_FAILED))$/

/** The system calls that fail before a connection is open: connecting, and resolving a name. */
const unsentSyscalls: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"])

const notAccepted = "the server does not accept the client certificate"

/**
 * TLS alerts with which a server ends a handshake (RFC 8446, 6.2), and their meaning. They prove that the server
 * has not read a request, even with TLS 1.3, where the client may have completed its side of the handshake.
 * Alerts that can also end an open connection are not listed.
 */
const handshakeAlerts: { readonly [alert: number]: string } = {
  40: "TLS handshake refused: no cipher in common, or client certificate required",
  42: notAccepted,
  43: notAccepted,
  44: notAccepted,
  45: notAccepted,
  46: notAccepted,
  48: notAccepted,
  49: "the server denies this client access",
  70: "the server supports no TLS version that this client allows",
  71: "the server requires stronger ciphers than this client allows",
  86: "the server refuses a downgraded TLS version",
  109: "TLS handshake refused: an extension is missing",
  110: "TLS handshake refused: an extension is not supported",
  112: "the server does not know this name (SNI)",
  116: "client certificate required: set one on a dispatcher, such as new Agent({ connect: { key, cert } })",
  120: "the server supports no protocol that this client offers (ALPN)"
}

/** OpenSSL's text ends with the alert's number. The error code varies. */
const alertOf = ({ message }: Link): number | undefined => {
  const number = /SSL alert number (\d+)/.exec(message)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** The messages of `fetch` on Node, Deno and in browsers for a request that it cannot start. */
const refusals =
  /^(Request constructor|RequestInit|Headers(\.| constructor)|Failed to (parse URL|construct 'Request')|Failed to execute 'fetch'.*(Invalid|not valid)|bad port$)/

/** Whether the HTTP client refused to start the request. It would refuse a retry, too. */
export const isRefusedByClient = ({ message, name, reason }: Link): boolean =>
  isNotCreated({ name, reason }) || refusals.test(message)

/** Whether an error proves that nothing was sent. */
export const isUnsent = (link: Link): boolean => {
  const alert = alertOf(link)
  return (
    unsentCodes.has(link.code) ||
    (typeof link.code === "string" && refusedHandshake.test(link.code)) ||
    unsentSyscalls.has(link.syscall) ||
    (alert !== undefined && alert in handshakeAlerts) ||
    isRefusedByClient(link) ||
    // Deno's fetch has no codes.
    link.message.includes("client error (Connect)") ||
    // Bun's fetch does not name the system call, and uses the same codes for open connections.
    /^E[A-Z]+: (Unable to connect|Was there a typo in the url or port|The TLS handshake failed)/.test(
      link.message
    ) ||
    // A TLS connection to a port without TLS. OpenSSL has several codes for it.
    link.message.includes(":wrong version number:")
  )
}

/** A description of the cause, for errors whose own message hides it. */
export const causeOf = (link: Link): string | undefined => {
  if (link.message === "bad port") {
    return "fetch blocks this port (bad port): use another port, or an HttpClient that does not use fetch"
  }
  const alert = alertOf(link)
  const words = alert === undefined ? undefined : handshakeAlerts[alert]
  return words === undefined ? undefined : `${words} (TLS alert ${alert})`
}
