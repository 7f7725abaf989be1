/**
 * Where the server is and how to reach it, checked when a layer is built: what can't work says so
 * there, not on the first call.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ConfigError as MissingConfig } from "effect/ConfigError"
import { ConfigError } from "../errors/CentrifugoError.js"

/**
 * What every layer takes.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Of the server API, its prefix included: `http://localhost:8000/api`. */
  readonly url: string | URL
  /** The server's `http_api.key`. White space around it, such as a file's last newline, is dropped. */
  readonly apiKey: Redacted.Redacted
  /** Sent with every call. The key has its own option. */
  readonly headers?: { readonly [name: string]: string }
  /** How long one attempt may take, the body of the answer included. Default 10 seconds. */
  readonly timeout?: Duration.DurationInput
  /** How large an answer may be, in bytes. Default 64 MiB. */
  readonly maxResponseSize?: number
}

/**
 * Options that have been checked.
 *
 * @since 0.1.0
 */
export interface CentrifugoConfig {
  /** Scheme, host and port: `http://localhost:8000`. */
  readonly origin: string
  /** The API prefix without a slash at its end: `/api`, or `""`. */
  readonly path: string
  readonly apiKey: Redacted.Redacted
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  /** Milliseconds. */
  readonly timeout: number
  /** Bytes. */
  readonly maxResponseSize: number
}

const fail = (option: string, detail: string) => new ConfigError({ option, detail })

const parseUrl = (input: string | URL): Effect.Effect<URL, ConfigError> =>
  Effect.gen(function* () {
    const text = String(input).trim()
    if (text === "")
      return yield* fail("url", "it is empty; expected something like http://localhost:8000/api")
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
      return yield* fail(
        "url",
        /^wss?:/i.test(text)
          ? "ws:// is what clients connect to; the server API is reached by http:// or https://, usually under /api"
          : "it must be a whole URL that begins with http:// or https://, such as http://localhost:8000/api"
      )
    }
    if (url.username !== "" || url.password !== "") {
      return yield* fail(
        "url",
        "it must hold no user or password; the API key goes into apiKey, other credentials into headers"
      )
    }
    if (url.search !== "" || url.hash !== "") {
      return yield* fail("url", "it must end with its path; the API key goes into apiKey, not into the URL")
    }
    return url
  })

/** What fits into an HTTP header value and reaches the server unchanged. */
const isHeaderValue = (value: string) => /^[\x20-\x7e]+$/.test(value)

const parseKey = (input: Redacted.Redacted): Effect.Effect<Redacted.Redacted, ConfigError> => {
  const key = Redacted.isRedacted(input) ? String(Redacted.value(input)).trim() : undefined
  if (key === undefined) return fail("apiKey", "it must be wrapped: Redacted.make(key)")
  if (key === "") return fail("apiKey", "it is empty; it must be the server's http_api.key")
  return isHeaderValue(key)
    ? Effect.succeed(Redacted.make(key))
    : fail("apiKey", "it holds a character that no HTTP header can carry; only printable ASCII can be used")
}

const ownHeaders: ReadonlySet<string> = new Set(["x-api-key", "content-type", "content-length", "host"])

const parseHeaders = (
  input: { readonly [name: string]: string } = {}
): Effect.Effect<{ readonly [name: string]: string }, ConfigError> =>
  Effect.gen(function* () {
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(input)) {
      const lower = name.toLowerCase()
      if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower))
        return yield* fail("headers", `${JSON.stringify(name)} is no header name`)
      if (ownHeaders.has(lower)) {
        return yield* fail(
          "headers",
          `${name} is set by this client${lower === "x-api-key" ? "; use apiKey" : ""}`
        )
      }
      if (typeof value !== "string" || !isHeaderValue(value)) {
        return yield* fail("headers", `the value of ${name} must be printable ASCII`)
      }
      headers[lower] = value
    }
    return headers
  })

const parseTimeout = (input: Duration.DurationInput = "10 seconds"): Effect.Effect<number, ConfigError> => {
  const millis = Duration.decodeUnknown(input).pipe((duration) =>
    duration._tag === "Some" ? Duration.toMillis(duration.value) : Number.NaN
  )
  return millis > 0 && millis <= 2_147_483_647
    ? Effect.succeed(millis)
    : fail("timeout", 'expected a duration above zero and at most 24 days, such as "10 seconds"')
}

const parseSize = (input = 64 * 1024 * 1024): Effect.Effect<number, ConfigError> =>
  Number.isSafeInteger(input) && input > 0
    ? Effect.succeed(input)
    : fail("maxResponseSize", "expected a number of bytes above zero")

/**
 * Checks options.
 *
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<CentrifugoConfig, ConfigError> =>
  Effect.gen(function* () {
    const url = yield* parseUrl(options.url)
    return {
      origin: url.origin,
      path: url.pathname.replace(/\/+$/, ""),
      apiKey: yield* parseKey(options.apiKey),
      headers: yield* parseHeaders(options.headers),
      timeout: yield* parseTimeout(options.timeout),
      maxResponseSize: yield* parseSize(options.maxResponseSize)
    }
  })

/**
 * Where `url`, `apiKey` and `timeout` come from when they are not given as values. The defaults are
 * `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`, and no `timeout` of its own.
 *
 * @since 0.1.0
 */
export interface Sources {
  readonly url?: Config.Config<string>
  readonly apiKey?: Config.Config<Redacted.Redacted>
  readonly timeout?: Config.Config<Duration.DurationInput>
}

/**
 * Options of which those in `Sources` are read from `Config`; the others are plain values.
 *
 * @since 0.1.0
 */
export type FromConfig<O extends Options> = Omit<O, keyof Sources> & Sources

/**
 * Reads what comes from `Config`, and keeps the rest.
 *
 * @since 0.1.0
 */
export const read = <P extends Sources>(
  options: P
): Effect.Effect<Omit<P, keyof Sources> & Pick<Options, keyof Sources>, MissingConfig> => {
  const { apiKey, timeout, url, ...plain } = options
  return Effect.map(
    Config.all({
      url: url ?? Config.string("CENTRIFUGO_API_URL"),
      apiKey: apiKey ?? Config.redacted("CENTRIFUGO_API_KEY"),
      ...(timeout === undefined ? {} : { timeout })
    }),
    (read) => ({ ...plain, ...read })
  )
}
