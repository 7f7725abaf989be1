/**
 * Validates the embedded server's host, port and access options. An unset shell variable arrives as an empty
 * string.
 */
import { ConfigError } from "@effect-centrifugo/core/CentrifugoError"
import * as Effect from "effect/Effect"
import { constants } from "node:buffer"
import { isIP, isIPv6 } from "node:net"

export interface Options {
  readonly port?: number
  readonly host?: string
  readonly maxBodySize?: number
  readonly allowedHosts?: ReadonlyArray<string>
  readonly allowedOrigins?: ReadonlyArray<string>
}

export type Checked = Required<Options>

const hostName = /^[a-z0-9_]([-a-z0-9_.]*[a-z0-9_])?$/i

const isWhole = (value: unknown, least: number, most: number) =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= most

const isHost = (value: unknown) =>
  typeof value === "string" &&
  (value.includes(":") ? isIPv6(value) && !value.includes("%") : hostName.test(value))

const isOrigin = (value: unknown) =>
  typeof value === "string" &&
  (value === "*" || value === "null" || (URL.canParse(value) && new URL(value).origin === value))

const isListOf = (value: unknown, fits: (item: unknown) => boolean) =>
  Array.isArray(value) && value.every(fits)

export const check = (options: Options): Effect.Effect<Checked, ConfigError> => {
  const { allowedHosts = [], allowedOrigins = [], host = "127.0.0.1", port = 0 } = options
  const { maxBodySize = 64 * 1024 * 1024 } = options
  const fail = (option: string, detail: string) => new ConfigError({ option, detail })
  if (!isHost(host)) return fail("host", 'expected an address or a name such as "127.0.0.1" or "localhost"')
  if (!isWhole(port, 0, 65_535)) return fail("port", "expected a whole number from 0 to 65535")
  const most = constants.MAX_STRING_LENGTH
  if (!isWhole(maxBodySize, 1, most)) {
    return fail("maxBodySize", `expected a whole number of bytes from 1 to ${most}`)
  }
  if (!isListOf(allowedHosts, (name) => name === "*" || isHost(name))) {
    return fail("allowedHosts", 'expected a list of names without ports, such as "centrifugo", or "*"')
  }
  if (!isListOf(allowedOrigins, isOrigin)) {
    return fail("allowedOrigins", 'expected a list of origins such as "http://localhost:5173", or "*"')
  }
  return Effect.succeed({ allowedHosts, allowedOrigins, host, port, maxBodySize })
}

/** The host part of a URL that reaches this address from this machine. A wildcard address is not callable. */
export const authorityOf = (host: string): string => {
  if (host === "0.0.0.0") return "127.0.0.1"
  if (isIPv6(host)) return new URL(`http://[${host}]`).hostname === "[::]" ? "[::1]" : `[${host}]`
  return host
}

/** Checks the origin and host of a request: a refusal, or `undefined`. */
export const refusalOf = (
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  { allowedHosts, allowedOrigins, host }: Checked
): string | undefined => {
  const name = headers.host === undefined ? undefined : nameOf(headers.host)
  // A web page can make its own domain resolve to 127.0.0.1 (DNS rebinding), but cannot use an IP address it
  // does not own.
  const isOurs =
    name === undefined ||
    isIP(name) > 0 ||
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === host.toLowerCase() ||
    allowedHosts.some((allowed) => allowed === "*" || allowed.toLowerCase() === name)
  if (!isOurs) return `the embedded server refuses the host ${name}; add it to the option allowedHosts`
  const { origin } = headers
  return origin === undefined || allowedOrigins.some((allowed) => allowed === "*" || allowed === origin)
    ? undefined
    : `the embedded server refuses web pages at ${origin}; add the origin to the option allowedOrigins`
}

/** The name or address in a `Host` header, without the port. */
const nameOf = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
