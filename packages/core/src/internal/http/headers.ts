/**
 * What headers a layer or a call may add. What is refused here would fail on every call, or worse: be
 * dropped, or change whose key the server reads.
 */

export type Headers = { readonly [name: string]: string }

/** The form of the header that carries the key. */
export type Auth = "x-api-key" | "authorization"

/** Why a header can't be sent. Its value is never repeated: it may be a secret. */
export class BadHeader {
  constructor(
    readonly name: string,
    readonly detail: string
  ) {}
}

/** What fits into a header value and reaches the server unchanged. */
export const isValue = (value: string): boolean => /^[\x20-\x7e]+$/.test(value)

const isName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)

/** Set by this client, or by the connection, where HTTP clients refuse them on every call. */
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

/** The server takes the key from either header, and only from the first where both are there (`protocol.md` 1.1). */
const isKey = (name: string, value: string): boolean =>
  name === "authorization" && /^\s*apikey(\s|$)/i.test(value)

/** The same headers with their names in lower case, or the first that can't be sent. */
export const check = (input: Headers): Headers | BadHeader => {
  // The entries of a Map or of the Web's Headers are no properties: nothing would be sent.
  if (typeof input !== "object" || input === null || Symbol.iterator in input) {
    return new BadHeader("", "expected a plain object of names and values")
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(input)) {
    const lower = name.toLowerCase()
    const refuse = (detail: string) => new BadHeader(name, detail)
    if (!isName(lower)) return refuse("this is no header name")
    if (own.has(lower)) {
      return refuse(`it is set by this client${lower === "x-api-key" ? "; use apiKey" : ""}`)
    }
    if (lower in headers) return refuse("it is given twice; letter case makes no difference")
    if (typeof value !== "string" || !isValue(value)) return refuse("its value must be printable ASCII")
    if (isKey(lower, value)) return refuse('it holds an API key; use apiKey, and auth: "authorization"')
    headers[lower] = value
  }
  return headers
}
