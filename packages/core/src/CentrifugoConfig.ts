/**
 * Where the server is and how to reach it, checked when a layer is built: what can't work says so
 * there, not on the first call.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ConfigError as MissingConfig } from "effect/ConfigError"
import { ApiKeyError, ConfigError } from "./CentrifugoError.js"
import * as headers from "./internal/http/headers.js"
import { clean } from "./internal/http/HttpFailure.js"
import type { Call } from "./CentrifugoTransport.js"

/**
 * What every layer takes.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Of the server API, its prefix included: `http://localhost:8000/api`. */
  readonly url: string | URL
  /**
   * The server's `http_api.key`. White space around it, such as a file's last newline, is dropped.
   *
   * A key that rotates is given as an effect. It is run for each attempt, within the attempt's
   * timeout, so it should remember what it read (`Effect.cachedWithTTL`), and repeat itself where that
   * helps; where it fails, the call fails with an `ApiKeyError`.
   */
  readonly apiKey: Redacted.Redacted | Effect.Effect<Redacted.Redacted, unknown>
  /**
   * The form in which the key is sent: `X-API-Key: KEY`, the default, or `Authorization: apikey KEY`,
   * for gateways that let nothing else through. The key is never sent in both. With the first,
   * `headers` may hold an `authorization` that a gateway asks for.
   */
  readonly auth?: headers.Auth
  /** Sent with every call. Those that this client sets itself, the key's included, are refused. */
  readonly headers?: { readonly [name: string]: string }
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
  /** The key, or the effect that gives it; `keyOf` is for both. */
  readonly apiKey: Redacted.Redacted | Effect.Effect<Redacted.Redacted, unknown>
  /** The form in which the key is sent. */
  readonly auth: headers.Auth
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  /** How large a response may be, in bytes. */
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

/** The key as it is sent, or why it can't be. */
const checkKey = (input: Redacted.Redacted, auth: headers.Auth): Redacted.Redacted | string => {
  if (!Redacted.isRedacted(input)) return "it must be wrapped: Redacted.make(key)"
  const value: unknown = Redacted.value(input)
  // Redacted.make(process.env.KEY!) of a variable that is not set.
  if (typeof value !== "string") return "there is no text in it; is its source set?"
  const key = value.trim()
  if (key === "") return "it is empty; it must be the server's http_api.key"
  if (!headers.isValue(key)) {
    return "it holds a character that no HTTP header can carry; only printable ASCII can be used"
  }
  return auth === "authorization" && key.includes(" ")
    ? 'the server reads no key with a space in it from Authorization; use auth: "x-api-key"'
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
    ? fail("headers", `"${auth}": the API key is sent in it; for one of a gateway leave auth out`)
    : Effect.succeed(checked)
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
 * The key for one attempt: for whoever writes a transport. Where it is an effect, that is run now, and
 * what it gives is checked as a given key is when a layer is built.
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
    return refuse(`the call has a header ${config.auth} of its own, in which the key is to be sent`)
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
      // A secret store's own error may show how it was asked.
      const error = clean(Cause.squash(cause))
      return refuse(`the effect that gives it failed: ${error.message}`, error)
    }
  })
}

/**
 * Runs an effect that calls may share, such as a cached key. Another caller's fiber may complete it, in that caller's
 * async context. A promise that is made before takes each caller back to its own.
 */
const inOwnContext = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    let complete!: () => void
    let resume: () => void
    void new Promise<void>((resolve) => (complete = resolve)).then(() => resume())
    const back = Effect.async<void>((wake) => {
      resume = () => wake(Effect.void)
      complete()
    })
    return Effect.onExit(effect, () => back)
  })

/**
 * All headers of an attempt, by their names in lower case: those of the call over those of the
 * config, and the key's. A `traceparent` among them goes before the given one; see
 * `Transport.traceparent`.
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
 * Where `url` and `apiKey` come from when they are not given as values. The defaults are
 * `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`.
 *
 * @since 0.1.0
 */
export interface Sources {
  /** One URL, or a list of a cluster's. Default: `CENTRIFUGO_API_URL`. */
  readonly url?: Config.Config<string | ReadonlyArray<string>>
  /** The server's `http_api.key`. Default: `CENTRIFUGO_API_KEY`. */
  readonly apiKey?: Config.Config<Redacted.Redacted>
}

/**
 * Options of which those in `Sources` are read from `Config`; the others are plain values.
 *
 * @since 0.1.0
 */
export type FromConfig<O extends object> = Omit<O, keyof Sources> & Sources

/**
 * What was read from `Config`.
 *
 * @since 0.1.0
 */
export interface Read {
  /** What `Sources.url` gave. */
  readonly url: string | ReadonlyArray<string>
  /** What `Sources.apiKey` gave. */
  readonly apiKey: Redacted.Redacted
}

/**
 * Reads what comes from `Config`, and keeps the rest.
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
