/**
 * The server's address, API key and headers. They are checked when a layer is built, so an invalid option is reported
 * before the first call.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ConfigError as MissingConfig } from "effect/ConfigError"
import { ApiKeyError, ConfigError } from "./CentrifugoError.js"
import { inOwnContext } from "./internal/context/inOwnContext.js"
import * as headers from "./internal/http/headers.js"
import { clean } from "./internal/http/HttpFailure.js"
import type { Call } from "./CentrifugoTransport.js"

/**
 * The options that all transports take.
 *
 * @since 0.1.0
 */
export interface Options {
  /** The URL of the server API, including its prefix: `http://localhost:8000/api`. */
  readonly url: string | URL
  /**
   * The server's `http_api.key`. Surrounding white space, such as the newline at the end of a file, is removed.
   *
   * For a key that rotates, pass an effect. It runs for each attempt, within the attempt's timeout, so it should cache
   * the key (`Effect.cachedWithTTL`) and do its own retries. If it fails, the call fails with an `ApiKeyError`.
   */
  readonly apiKey: Redacted.Redacted | Effect.Effect<Redacted.Redacted, unknown>
  /**
   * The header of the key. Default `"x-api-key"`: `X-API-Key: KEY`. `"authorization"`: `Authorization: apikey KEY`, for
   * gateways that forward only this header. The key is never sent in both. With `"x-api-key"`, `headers` may contain an
   * `authorization` for a gateway.
   */
  readonly auth?: headers.Auth
  /** Headers to send with every call. Headers that the client sets, such as the key's, are refused. Default: none. */
  readonly headers?: { readonly [name: string]: string }
  /** The size limit of a response's body, in bytes. Default 64 MiB. */
  readonly maxResponseSize?: number
}

/**
 * Checked options.
 *
 * @since 0.1.0
 */
export interface CentrifugoConfig {
  /** Scheme, host and port: `http://localhost:8000`. */
  readonly origin: string
  /** The API prefix without a slash at its end: `/api`, or `""`. */
  readonly path: string
  /** The key, or the effect that reads it. `keyOf` handles both. */
  readonly apiKey: Redacted.Redacted | Effect.Effect<Redacted.Redacted, unknown>
  /** The header of the key. */
  readonly auth: headers.Auth
  /** The headers of every call, with names in lower case. */
  readonly headers: { readonly [name: string]: string }
  /** The size limit of a response's body, in bytes. */
  readonly maxResponseSize: number
}

const fail = (option: string, detail: string) => new ConfigError({ option, detail })

const parseUrl = (input: string | URL): Effect.Effect<URL, ConfigError> =>
  Effect.gen(function* () {
    const text = String(input).trim()
    if (text === "")
      return yield* fail("url", "it is empty; expected a URL such as http://localhost:8000/api")
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
      return yield* fail(
        "url",
        /^wss?:/i.test(text)
          ? "ws:// is for clients; the server API uses http:// or https://, usually under /api"
          : "expected an absolute URL that begins with http:// or https://, such as http://localhost:8000/api"
      )
    }
    if (url.username !== "" || url.password !== "") {
      return yield* fail(
        "url",
        "it must not contain a user or password; the API key goes into apiKey, other credentials into headers"
      )
    }
    if (url.search !== "" || url.hash !== "") {
      return yield* fail(
        "url",
        "it must not have a query or a fragment; the API key goes into apiKey, not into the URL"
      )
    }
    return url
  })

/** The key without surrounding white space, or why it cannot be sent. */
const checkKey = (input: Redacted.Redacted, auth: headers.Auth): Redacted.Redacted | string => {
  if (!Redacted.isRedacted(input)) return "it must be wrapped: Redacted.make(key)"
  const value: unknown = Redacted.value(input)
  // Such as Redacted.make(process.env.KEY!) if the variable is not set.
  if (typeof value !== "string") return "it contains no string; check that its source is set"
  const key = value.trim()
  if (key === "") return "it is empty; it must be the server's http_api.key"
  if (!headers.isValue(key)) {
    return "it contains a character that no HTTP header can carry; use printable ASCII only"
  }
  return auth === "authorization" && key.includes(" ")
    ? `the server can't read a key with a space from Authorization; use auth: "x-api-key"`
    : Redacted.make(key)
}

const parseKey = (
  input: Options["apiKey"],
  auth: headers.Auth
): Effect.Effect<CentrifugoConfig["apiKey"], ConfigError> => {
  if (Effect.isEffect(input)) return Effect.succeed(input)
  const key = checkKey(input, auth)
  return typeof key === "string" ? fail("apiKey", key) : Effect.succeed(key)
}

const parseAuth = (input: headers.Auth = "x-api-key"): Effect.Effect<headers.Auth, ConfigError> =>
  input === "x-api-key" || input === "authorization"
    ? Effect.succeed(input)
    : fail("auth", 'expected "x-api-key" or "authorization"')

const parseHeaders = (
  input: headers.Headers = {},
  auth: headers.Auth
): Effect.Effect<headers.Headers, ConfigError> => {
  const checked = headers.check(input)
  if (checked instanceof headers.BadHeader) {
    const name = checked.name === "" ? "" : `${JSON.stringify(checked.name)}: `
    return fail("headers", `${name}${checked.detail}`)
  }
  return auth in checked
    ? fail(
        "headers",
        `"${auth}": this header carries the API key; to send another key in it to a gateway, leave auth out`
      )
    : Effect.succeed(checked)
}

const parseSize = (input = 64 * 1024 * 1024): Effect.Effect<number, ConfigError> =>
  Number.isSafeInteger(input) && input > 0
    ? Effect.succeed(input)
    : fail("maxResponseSize", "expected a number of bytes above zero")

/**
 * Checks options. Fails with a `ConfigError` that names the first invalid one.
 *
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<CentrifugoConfig, ConfigError> =>
  Effect.gen(function* () {
    const url = yield* parseUrl(options.url)
    const auth = yield* parseAuth(options.auth)
    return {
      origin: url.origin,
      path: url.pathname.replace(/\/+$/, ""),
      apiKey: yield* parseKey(options.apiKey, auth),
      auth,
      headers: yield* parseHeaders(options.headers, auth),
      maxResponseSize: yield* parseSize(options.maxResponseSize)
    }
  })

/**
 * Returns the key for one attempt. For authors of transports. If `apiKey` is an effect, runs it and checks the key that
 * it returns.
 *
 * @since 0.1.0
 */
export const keyOf = (
  config: CentrifugoConfig,
  { headers, method }: Pick<Call, "headers" | "method">
): Effect.Effect<Redacted.Redacted, ApiKeyError> => {
  const refuse = (detail: string, cause?: Error) =>
    new ApiKeyError({ method, detail, ...(cause === undefined ? {} : { cause }) })
  if (config.auth in headers) {
    return refuse(`the call's own header ${config.auth} would replace it`)
  }
  const { apiKey, auth } = config
  if (!Effect.isEffect(apiKey)) return Effect.succeed(apiKey)
  return Effect.matchCauseEffect(inOwnContext(apiKey), {
    onSuccess: (given) => {
      const key = checkKey(given, auth)
      return typeof key === "string" ? refuse(key) : Effect.succeed(key)
    },
    onFailure: (cause) => {
      if (Cause.isInterrupted(cause)) return Effect.interrupt
      // The error of a secret store may contain its request.
      const error = clean(Cause.squash(cause))
      return refuse(`the apiKey effect failed: ${error.message}`, error)
    }
  })
}

/**
 * Returns all headers of an attempt, with names in lower case. For authors of transports. Headers of the call replace
 * those of the config. A `traceparent` in either replaces the argument: see `CentrifugoTransport.traceparent`.
 *
 * @since 0.1.0
 */
export const headersOf = (
  config: CentrifugoConfig,
  key: Redacted.Redacted,
  own: Call["headers"] = {},
  traceparent?: string
): headers.Headers => ({
  "content-type": "application/json",
  ...(traceparent === undefined ? {} : { traceparent }),
  ...config.headers,
  ...own,
  [config.auth]: config.auth === "authorization" ? `apikey ${Redacted.value(key)}` : Redacted.value(key)
})

/**
 * The `Config`s of `url` and `apiKey`. Default: the variables `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`.
 *
 * @since 0.1.0
 */
export interface Sources {
  /** The URL, or the URLs of a cluster. Default: `CENTRIFUGO_API_URL`. */
  readonly url?: Config.Config<string | ReadonlyArray<string>>
  /** The server's `http_api.key`. Default: `CENTRIFUGO_API_KEY`. */
  readonly apiKey?: Config.Config<Redacted.Redacted>
}

/**
 * Options whose `url` and `apiKey` are read from `Config`. The others are plain values.
 *
 * @since 0.1.0
 */
export type FromConfig<O extends object> = Omit<O, keyof Sources> & Sources

/**
 * The values read from `Config`.
 *
 * @since 0.1.0
 */
export interface Read {
  /** The URL, or the URLs of a cluster. */
  readonly url: string | ReadonlyArray<string>
  /** The API key. */
  readonly apiKey: Redacted.Redacted
}

/**
 * Reads `url` and `apiKey` from `Config`, and keeps the other options.
 *
 * @since 0.1.0
 */
export const read = <P extends Sources>(
  options: P
): Effect.Effect<Omit<P, keyof Sources> & Read, MissingConfig> => {
  const { apiKey, url, ...plain } = options
  return Effect.map(
    Config.all({
      url: url ?? Config.string("CENTRIFUGO_API_URL"),
      apiKey: apiKey ?? Config.redacted("CENTRIFUGO_API_KEY")
    }),
    (read) => ({ ...plain, ...read })
  )
}
