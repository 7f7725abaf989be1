/** What the errors of sockets, TLS and HTTP clients mean, on each runtime. */

interface Link extends Error {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly reason?: unknown
}

/** The code of a call that the HTTP client refused to begin. It has none of its own there. */
export const unsendable = "ERR_UNSENDABLE"

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
  "FailedToOpenSocket"
])

/** The server's certificate was refused, or OpenSSL refused to go on: the handshake never ended. */
const refusedHandshake =
  /^(CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|CRL_HAS_EXPIRED|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID|ERR_SSL_(UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|WRONG_VERSION_NUMBER|CERTIFICATE_VERIFY_FAILED))$/

/** Node names the call that failed: a connection that can't be made, or a name that can't be found. */
const unsentSyscalls: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo"])

const notAccepted = "the server does not accept the client certificate"

/**
 * Alerts by which a server ends a handshake (RFC 8446, 6.2), and what they mean. It has read no request by then, also
 * with TLS 1.3, where the alert may follow what the client took for the end of the handshake. Alerts that may end an
 * open connection are not here.
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
  70: "the server speaks no TLS version that this client allows",
  71: "the server asks for stronger ciphers than this client allows",
  86: "the server refuses a TLS version that was lowered",
  109: "TLS handshake refused: an extension is missing",
  110: "TLS handshake refused: an extension is not supported",
  112: "the server does not know this name (SNI)",
  116: "client certificate required: give one by a dispatcher, such as new Agent({ connect: { key, cert } })",
  120: "the server speaks no protocol that this client offers (ALPN)"
}

/** OpenSSL puts the number at the end of its text, under whatever code. */
const alertOf = ({ message }: Link): number | undefined => {
  const number = /SSL alert number (\d+)/.exec(message)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** How fetch says, on Node, Deno and in browsers, that it can't even make the request. */
const refusals =
  /^(Request constructor|RequestInit|Headers(\.| constructor)|Failed to (parse URL|construct 'Request')|Failed to execute 'fetch'.*(Invalid|not valid)|bad port$)/

/** Whether the HTTP client refused to begin: the same call meets the same refusal. */
export const isRefusedByClient = ({ message, name, reason }: Link): boolean =>
  // The platform's own, for a request that no client could send.
  (name === "RequestError" && (reason === "Encode" || reason === "InvalidUrl")) || refusals.test(message)

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
    // Bun's fetch does not name the system call, and its codes stand for open connections, too.
    /^E[A-Z]+: (Unable to connect|Was there a typo in the url or port|The TLS handshake failed)/.test(
      link.message
    ) ||
    // TLS spoken to a port that does not. OpenSSL says so under several codes.
    link.message.includes(":wrong version number:")
  )
}

/** The cause in words, where those of the system hide it. */
export const causeOf = (link: Link): string | undefined => {
  if (link.message === "bad port") {
    return "fetch refuses this port (bad port): give the server another one, or take an HttpClient that is not fetch"
  }
  const alert = alertOf(link)
  const words = alert === undefined ? undefined : handshakeAlerts[alert]
  return words === undefined ? undefined : `${words} (TLS alert ${alert})`
}
