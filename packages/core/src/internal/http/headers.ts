/**
 * Validates the headers that a layer or a call adds. An invalid header would fail every call, or be dropped, or
 * change which API key the server reads.
 */

export type Headers = { readonly [name: string]: string }

/** The form of the header that carries the key. */
export type Auth = "x-api-key" | "authorization"

/** Why a header cannot be sent. Never contains its value, which may be a secret. */
export class BadHeader {
  constructor(
    readonly name: string,
    readonly detail: string
  ) {}
}

/** Whether a header value consists of printable ASCII, and so reaches the server unchanged. */
export const isValue = (value: string): boolean => /^[\x20-\x7e]+$/.test(value)

const isName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)

/** Headers that this client or the connection sets. HTTP clients reject them on every call. */
const own: ReadonlySet<string> = new Set([
  "x-api-key",
  "content-type",
  "content-length",
  "accept-encoding",
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "expect"
])

/**
 * The server accepts the key in either header. If both are present, it only reads the first (`protocol.md`
 * 1.1).
 */
const isKey = (name: string, value: string): boolean =>
  name === "authorization" && /^\s*apikey(\s|$)/i.test(value)

/** Returns the headers with names in lower case, or the first invalid one. */
export const check = (input: Headers): Headers | BadHeader => {
  // The entries of a Map or of the Web's Headers are not properties: none would be sent.
  if (typeof input !== "object" || input === null || Symbol.iterator in input) {
    return new BadHeader("", "expected a plain object of names and values")
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(input)) {
    const lower = name.toLowerCase()
    const refuse = (detail: string) => new BadHeader(name, detail)
    if (!isName(lower)) return refuse("it is not a valid header name")
    if (own.has(lower)) {
      return refuse(`it is set by this client${lower === "x-api-key" ? "; use apiKey" : ""}`)
    }
    if (lower in headers) return refuse("it is set twice; header names are case-insensitive")
    if (typeof value !== "string" || !isValue(value)) return refuse("its value must be printable ASCII")
    if (isKey(lower, value)) return refuse('it holds an API key; use apiKey, and auth: "authorization"')
    headers[lower] = value
  }
  return headers
}
