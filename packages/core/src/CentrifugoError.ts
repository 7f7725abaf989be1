/**
 * Every way a call can fail, as one tagged family: match with `Effect.catchTag(s)`, or with the
 * groups at the end. Each message is a sentence with the method, the code and what to do; none
 * holds the API key or a payload. All can be encoded to JSON and back.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import type { ServerFailure } from "./internal/codec/Reply.js"
import { isTagged, TaggedError } from "./internal/codec/TaggedError.js"
import * as Wire from "./Wire.js"

export {
  /**
   * Identifies the errors of this library. Every copy of the package uses the same identifier.
   *
   * @since 0.1.0
   */
  TypeId
} from "./internal/codec/TaggedError.js"

const withDefault = <A>(schema: Schema.Schema<A>, value: A) =>
  Schema.propertySignature(schema).pipe(Schema.withConstructorDefault(() => value))

/** What every error of a call says: which method, how often it was tried, for how long (ms). */
const callFields = {
  /** The method's wire name: `"presence_stats"`. */
  method: Schema.String,
  /** Attempts made, the first included. Default 1. */
  attempts: withDefault(Schema.Number, 1),
  /** From the call to this failure, in milliseconds. Default 0. */
  elapsed: withDefault(Schema.Number, 0),
  /** The `name` of the layer, or the endpoint of several, that the call went to; absent where there is only one. */
  endpoint: Wire.absent(Schema.String)
}

/** Where in a request or reply: keys and indexes, of the kinds that JSON can carry. */
const Path = Schema.Array(Schema.Union(Schema.String, Wire.SafeNatural))

/** The method, and where the call went if that is named. */
const called = ({
  endpoint,
  method
}: {
  readonly method: string
  readonly endpoint?: string | undefined
}): string => (endpoint === undefined ? method : `${method} (${endpoint})`)

/** How long a call took in all, and in how many attempts. */
const effort = ({ attempts, elapsed }: { readonly attempts: number; readonly elapsed: number }): string =>
  `${Math.round(elapsed)} ms and ${attempts === 1 ? "1 attempt" : `${attempts} attempts`}`

/** The same for an error of the last attempt, where there was more than one. */
const afterAll = (error: { readonly attempts: number; readonly elapsed: number }): string =>
  error.attempts > 1 ? `It was given up after ${effort(error)}.` : ""

const sentence = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" ")

/**
 * What is known of a request that got no reply: `connect` and `queued` mean that nothing was sent
 * (it was still connecting, or waiting here for a free connection); `unknown` means that it may have
 * been carried out.
 *
 * @since 0.1.0
 */
export const Phase = Schema.Literal("connect", "queued", "unknown")

/**
 * Values of the Schema with this name.
 *
 * @since 0.1.0
 */
export type Phase = typeof Phase.Type

const phaseText: Record<Phase, string> = {
  connect: "Nothing was sent.",
  queued: "Nothing was sent: the call was still waiting for a free connection.",
  unknown:
    "The request was sent but no complete reply came, so the server may or may not have carried it out."
}

/**
 * The connection could not be made, or broke. `code` is the system's own (`ECONNREFUSED`,
 * `UND_ERR_SOCKET`), `detail` its text, `cause` the error it came from.
 *
 * @since 0.1.0
 */
export class NetworkError extends TaggedError<NetworkError>()("CentrifugoNetworkError", {
  ...callFields,
  /** Whether anything was sent. */
  phase: Phase,
  /** The system's own code, such as `ECONNREFUSED`; absent where there is none. */
  code: Wire.absent(Schema.String),
  /** The system's own words, with the address, and without the API key. */
  detail: Schema.String,
  /** The error it came from, without request, key and payload. */
  cause: Wire.absent(Schema.Defect)
}) {
  override get message(): string {
    const code = this.code === undefined || this.detail?.includes(this.code) ? "" : ` (${this.code})`
    return sentence(`${called(this)}: ${this.detail}${code}.`, phaseText[this.phase], afterAll(this))
  }
}

/**
 * No complete reply came within `timeout` ms.
 *
 * @since 0.1.0
 */
export class TimeoutError extends TaggedError<TimeoutError>()("CentrifugoTimeoutError", {
  ...callFields,
  /** Whether anything was sent. */
  phase: Phase,
  /** What the attempt was given, in milliseconds. */
  timeout: Schema.Number
}) {
  override get message(): string {
    const { attempts, phase, timeout } = this
    // An error of a transport's own has not been told how long the call took.
    const elapsed = Math.max(this.elapsed, attempts > 1 ? 0 : timeout)
    return sentence(
      `${called(this)}: no complete reply within ${effort({ attempts, elapsed })}.`,
      attempts > 1 ? `The last attempt had ${Math.round(timeout)} ms.` : "",
      phaseText[phase]
    )
  }
}

const statusHints: Record<number, string> = {
  400: "The server could not read the request body.",
  404: "There is no such method at this address: check that the URL ends with the API prefix (/api by default), that its port is the API's (http_server.internal_port of the server, if that is set), and that the server has this method (PRO methods need Centrifugo PRO).",
  405: "Something between here and the server changed the HTTP method, or the URL is not the server API's.",
  413: "A proxy in front of the server refuses bodies of this size: send smaller batches or raise its limit.",
  429: "Something in front of the server limits the rate of calls.",
  500: "The server failed to answer; for history, a stored publication that is not JSON does this (read such channels over another API).",
  502: "The gateway in front of Centrifugo could not reach it.",
  503: "The server, or the gateway in front of it, is unavailable.",
  504: "The gateway in front of Centrifugo got no answer in time."
}

/**
 * The answer had an HTTP status that is not the API's own. `body` is its beginning (512 characters
 * at most), `retryAfter` how many milliseconds it asked to wait before another try.
 *
 * @since 0.1.0
 */
export class StatusError extends TaggedError<StatusError>()("CentrifugoStatusError", {
  ...callFields,
  /** The HTTP status. */
  status: Schema.Number,
  /** The beginning of the answer's body, 512 characters at most. */
  body: Schema.String,
  /** How long the answer asked to wait (`Retry-After`), in milliseconds. */
  retryAfter: Wire.absent(Schema.Number)
}) {
  /** What to do about this status, where there is something to say. */
  get hint(): string {
    return statusHints[this.status] ?? ""
  }
  override get message(): string {
    const body = this.body?.trim()
    return sentence(
      `${called(this)}: HTTP status ${this.status}${body ? `, body ${JSON.stringify(body)}` : " with an empty body"}.`,
      afterAll(this),
      this.hint
    )
  }
}

/**
 * The server did not accept the API key (HTTP 401).
 *
 * @since 0.1.0
 */
export class UnauthorizedError extends TaggedError<UnauthorizedError>()("CentrifugoUnauthorizedError", {
  ...callFields,
  /** The beginning of the answer's body, 512 characters at most; the server's own is empty. */
  body: Schema.String
}) {
  override get message(): string {
    return sentence(
      `${called(this)}: HTTP status 401, the API key was not accepted.`,
      "Compare it with http_api.key of the server (an empty http_api.key refuses every call)."
    )
  }
}

/**
 * There was no usable API key for the call: the effect given as `apiKey` failed, or gave what no
 * header can carry. Nothing was sent. `cause` is the effect's own error.
 *
 * @since 0.1.0
 */
export class ApiKeyError extends TaggedError<ApiKeyError>()("CentrifugoApiKeyError", {
  ...callFields,
  /** Why there is none. */
  detail: Schema.String,
  /** The error of the effect that was to give the key. */
  cause: Wire.absent(Schema.Defect)
}) {
  override get message(): string {
    return sentence(
      `${called(this)}: no API key, ${this.detail}.`,
      this.attempts > 1 ? "It was not sent again." : "Nothing was sent."
    )
  }
}

/**
 * The answer was a redirect, which is never followed: it would turn the call into another one.
 * `status` is 0 where the HTTP client keeps the real one to itself.
 *
 * @since 0.1.0
 */
export class RedirectError extends TaggedError<RedirectError>()("CentrifugoRedirectError", {
  ...callFields,
  /** The HTTP status; 0 where the HTTP client keeps it to itself. */
  status: Schema.Number,
  /** Where the answer pointed to. */
  location: Wire.absent(Schema.String)
}) {
  override get message(): string {
    return sentence(
      `${called(this)}: redirect refused${this.status === 0 ? "" : ` (HTTP status ${this.status}${this.location ? ` to ${this.location}` : ""})`}.`,
      "Set the URL to where the API really is: check scheme, host and double slashes."
    )
  }
}

/**
 * The answer was larger than `limit` bytes and was not read to its end.
 *
 * @since 0.1.0
 */
export class ResponseTooLargeError extends TaggedError<ResponseTooLargeError>()(
  "CentrifugoResponseTooLargeError",
  {
    ...callFields,
    /** The limit, `maxResponseSize`, in bytes. */
    limit: Schema.Number
  }
) {
  override get message(): string {
    return sentence(
      `${called(this)}: the response is larger than ${this.limit} bytes.`,
      "The server may have carried the call out. Ask for less at a time, or raise maxResponseSize."
    )
  }
}

/**
 * With automatic batching: `limit` calls were waiting already (`maxWaiting`), so this one was refused
 * here, and nothing was sent.
 *
 * @since 0.1.0
 */
export class OverloadedError extends TaggedError<OverloadedError>()("CentrifugoOverloadedError", {
  ...callFields,
  /** Attempts made; 0 by default, since this one was not. */
  attempts: withDefault(Schema.Number, 0),
  /** How many calls may wait: `batching.maxWaiting`. */
  limit: Schema.Number
}) {
  override get message(): string {
    return sentence(
      `${called(this)}: not sent, ${this.limit} calls are waiting already.`,
      "Make calls more slowly, or raise batching.maxWaiting or batching.concurrency."
    )
  }
}

/**
 * The answer is not what this method answers: not JSON, cut off, or of another shape. `path` leads
 * to the place, `body` is the beginning of what came (512 characters at most), where it was text.
 *
 * @since 0.1.0
 */
export class DecodeError extends TaggedError<DecodeError>()("CentrifugoDecodeError", {
  ...callFields,
  /** Leads to the place in the answer: keys and indexes. */
  path: Path,
  /** What is wrong there. */
  detail: Schema.String,
  /** The beginning of what came, 512 characters at most, where it was text. */
  body: Wire.absent(Schema.String)
}) {
  override get message(): string {
    return sentence(
      `${called(this)}: the reply could not be read${at(this.path)}: ${this.detail}.`,
      "The server may have carried the call out."
    )
  }
}

/**
 * The request was refused here, before anything was sent: `path` leads to the place, `detail` says
 * what is wrong there.
 *
 * @since 0.1.0
 */
export class EncodeError extends TaggedError<EncodeError>()("CentrifugoEncodeError", {
  /** The method's wire name. */
  method: Schema.String,
  /** Always 0: nothing was sent. */
  attempts: withDefault(Schema.Number, 0),
  /** Always 0 milliseconds. */
  elapsed: withDefault(Schema.Number, 0),
  /** Leads to the place in the payload, or names the call's option: keys and indexes. */
  path: Path,
  /** What is wrong there. */
  detail: Schema.String
}) {
  override get message(): string {
    return `${called(this)}: not sent, the request can't be encoded${at(this.path)}: ${this.detail}.`
  }
}

const at = (path: ReadonlyArray<string | number> | undefined): string => {
  if (path === undefined || path.length === 0) return ""
  const text = path.map((key) =>
    typeof key === "number"
      ? `[${key}]`
      : /^[A-Za-z_$][\w$]*$/.test(key)
        ? `.${key}`
        : `[${JSON.stringify(key)}]`
  )
  // A value nested without end has such a path, too.
  if (text.length > 20) text.splice(10, text.length - 15, "[...]")
  return ` at ${text.join("").replace(/^\./, "")}`
}

/**
 * A layer was given something it can't work with. `option` names it; its value is not repeated.
 *
 * @since 0.1.0
 */
export class ConfigError extends TaggedError<ConfigError>()("CentrifugoConfigError", {
  /** The option's name, such as `url` or `batching.maxSize`. */
  option: Schema.String,
  /** What is wrong with it, and what is expected. */
  detail: Schema.String
}) {
  override get message(): string {
    return `Centrifugo configuration, ${this.option}: ${this.detail}.`
  }
}

/** What an error answered by the server says; `code` is added by each class. */
const serverFields = {
  ...callFields,
  /** The server's own words. */
  serverMessage: Schema.String,
  /** The channel that the call named, where it was one. */
  channel: Wire.absent(Schema.String),
  /** What to do about it with this method, where there is something to say. */
  hint: Wire.absent(Schema.String)
}

interface ServerError {
  readonly method: string
  readonly endpoint?: string
  readonly attempts: number
  readonly elapsed: number
  readonly code: number
  readonly serverMessage: string
  readonly channel?: string
  readonly hint?: string
}

const serverText = (error: ServerError, advice: string): string =>
  sentence(
    `${called(error)}: ${error.code}${error.serverMessage === "" ? "" : ` ${error.serverMessage}`}${error.channel === undefined ? "" : ` (channel ${JSON.stringify(error.channel)})`}.`,
    afterAll(error),
    advice,
    error.hint
  )

const code = <const C extends number>(value: C) =>
  Schema.propertySignature(Schema.Literal(value)).pipe(Schema.withConstructorDefault((): C => value))

/**
 * Code 100: something failed inside the server. Whether it was carried out is not known.
 *
 * @since 0.1.0
 */
export class InternalError extends TaggedError<InternalError>()("CentrifugoInternalError", {
  ...serverFields,
  /** Always 100. */
  code: code(100)
}) {
  override get message(): string {
    return serverText(this, "The server's log says why.")
  }
}

/**
 * Code 102: the channel's namespace is not configured on the server.
 *
 * @since 0.1.0
 */
export class UnknownChannelError extends TaggedError<UnknownChannelError>()("CentrifugoUnknownChannelError", {
  ...serverFields,
  /** Always 102. */
  code: code(102)
}) {
  override get message(): string {
    return serverText(
      this,
      "The part of the channel before the first colon is its namespace: add it to channel.namespaces of the server, or correct the channel."
    )
  }
}

/**
 * Code 104: no such RPC method, or a method that this server does not have.
 *
 * @since 0.1.0
 */
export class NotFoundError extends TaggedError<NotFoundError>()("CentrifugoNotFoundError", {
  ...serverFields,
  /** Always 104. */
  code: code(104)
}) {
  override get message(): string {
    return serverText(this, "The server does not have this method.")
  }
}

/**
 * Code 107: the server understood the request but refuses it.
 *
 * @since 0.1.0
 */
export class BadRequestError extends TaggedError<BadRequestError>()("CentrifugoBadRequestError", {
  ...serverFields,
  /** Always 107. */
  code: code(107)
}) {
  override get message(): string {
    return serverText(
      this,
      "Check for an empty channel, data that the namespace's publication_data_format refuses, or a method that its subscription_type does not have."
    )
  }
}

/**
 * Code 108: what the method needs is switched off for the channel's namespace.
 *
 * @since 0.1.0
 */
export class NotAvailableError extends TaggedError<NotAvailableError>()("CentrifugoNotAvailableError", {
  ...serverFields,
  /** Always 108. */
  code: code(108)
}) {
  override get message(): string {
    return serverText(this, "")
  }
}

/**
 * Code 112: the stream's epoch is another one than that of the given position; what came between is
 * lost, so start from the channel's present state.
 *
 * @since 0.1.0
 */
export class UnrecoverablePositionError extends TaggedError<UnrecoverablePositionError>()(
  "CentrifugoUnrecoverablePositionError",
  {
    ...serverFields,
    /** Always 112. */
    code: code(112)
  }
) {
  override get message(): string {
    return serverText(
      this,
      "The stream was made anew since: load the present state and go on from its position."
    )
  }
}

/**
 * Code 113: the present state conflicts with the request.
 *
 * @since 0.1.0
 */
export class ConflictError extends TaggedError<ConflictError>()("CentrifugoConflictError", {
  ...serverFields,
  /** Always 113. */
  code: code(113)
}) {
  override get message(): string {
    return serverText(this, "")
  }
}

/**
 * A code that this method is not known to answer.
 *
 * @since 0.1.0
 */
export class UnexpectedServerError extends TaggedError<UnexpectedServerError>()(
  "CentrifugoUnexpectedServerError",
  {
    ...serverFields,
    /** The server's code. */
    code: Schema.Number
  }
) {
  override get message(): string {
    return serverText(this, "This code is not known for this method.")
  }
}

/**
 * Each code's error.
 *
 * @since 0.1.0
 */
export interface ErrorByCode {
  /** Internal error. */
  readonly 100: InternalError
  /** Unknown channel. */
  readonly 102: UnknownChannelError
  /** Not found. */
  readonly 104: NotFoundError
  /** Bad request. */
  readonly 107: BadRequestError
  /** Not available. */
  readonly 108: NotAvailableError
  /** Unrecoverable position. */
  readonly 112: UnrecoverablePositionError
  /** Conflict. */
  readonly 113: ConflictError
}

const byCode = {
  100: InternalError,
  102: UnknownChannelError,
  104: NotFoundError,
  107: BadRequestError,
  108: NotAvailableError,
  112: UnrecoverablePositionError,
  113: ConflictError
} as const

/**
 * The codes of the server's errors (`protocol.md` 1.3).
 *
 * @since 0.1.0
 */
export type Code = keyof ErrorByCode

/**
 * The errors of a set of codes.
 *
 * @since 0.1.0
 */
export type ByCode<C extends Code> = ErrorByCode[C]

/**
 * What a request can fail with on its way, whichever method it is.
 *
 * @since 0.1.0
 */
export type TransportError =
  | NetworkError
  | TimeoutError
  | StatusError
  | UnauthorizedError
  | ApiKeyError
  | RedirectError
  | ResponseTooLargeError
  | OverloadedError
  | DecodeError

/**
 * What any call can fail with, whichever method it is.
 *
 * @since 0.1.0
 */
export type CallError = TransportError | EncodeError | UnexpectedServerError

/**
 * Everything a call can fail with, as a Schema: errors may cross process boundaries.
 *
 * @since 0.1.0
 */
export const CentrifugoError = Schema.Union(
  NetworkError,
  TimeoutError,
  StatusError,
  UnauthorizedError,
  ApiKeyError,
  RedirectError,
  ResponseTooLargeError,
  OverloadedError,
  DecodeError,
  EncodeError,
  InternalError,
  UnknownChannelError,
  NotFoundError,
  BadRequestError,
  NotAvailableError,
  UnrecoverablePositionError,
  ConflictError,
  UnexpectedServerError
)

/**
 * Everything a call can fail with.
 *
 * @since 0.1.0
 */
export type CentrifugoError = typeof CentrifugoError.Type

/**
 * Whether a value is an error of a Centrifugo call, and not a `ConfigError` or a
 * `PartialFailureError`.
 *
 * @since 0.1.0
 */
export const isCentrifugoError = (u: unknown): u is CentrifugoError => isTagged(u) && tags.has(u._tag)

const tags: ReadonlySet<unknown> = new Set(CentrifugoError.members.map((member) => member._tag))

/**
 * Whether the server understood the call and refused it: an error with a `code` of the API.
 *
 * @since 0.1.0
 */
export const isServerError = (error: CentrifugoError): error is ByCode<Code> | UnexpectedServerError =>
  "serverMessage" in error

/**
 * Whether the call got lost between here and the server's API: everything but the server's own
 * errors and what was refused before sending.
 *
 * @since 0.1.0
 */
export const isTransportError = (error: CentrifugoError): error is TransportError =>
  !isServerError(error) && error._tag !== "CentrifugoEncodeError"

/**
 * Whether the same call may go through later: lost connections, timeouts, too many waiting calls,
 * statuses 429, 502, 503 and 504, and the server's code 100. It says nothing about whether repeating is
 * safe: see `phase`.
 *
 * @since 0.1.0
 */
export const isRetryable = (error: CentrifugoError): boolean => {
  switch (error._tag) {
    case "CentrifugoNetworkError":
    case "CentrifugoTimeoutError":
    case "CentrifugoOverloadedError":
    case "CentrifugoInternalError":
      return true
    case "CentrifugoStatusError":
      return error.status === 429 || (error.status >= 502 && error.status <= 504)
    default:
      return false
  }
}

/**
 * Whether the server may have carried out the failed call. `false` means that it surely did not: nothing was
 * sent, or the server refused the call. Of an error after more than one attempt, an earlier attempt may have
 * been carried out, unless the error's `phase` rules that out.
 *
 * @example
 * ```ts
 * import { Centrifugo, CentrifugoError } from "@effect-centrifugo/core"
 * import { Effect } from "effect"
 *
 * const charge = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   yield* centrifugo.rpc({ method: "charge", params: { order: 42 } })
 * }).pipe(
 *   Effect.tapError((error) =>
 *     CentrifugoError.maybeCarriedOut(error) ? Effect.logError("was order 42 charged?") : Effect.void
 *   )
 * )
 * ```
 * @since 0.1.0
 */
export const maybeCarriedOut = (error: CentrifugoError): boolean => {
  switch (error._tag) {
    case "CentrifugoNetworkError":
    case "CentrifugoTimeoutError":
      // Policies keep it `unknown` after an attempt that may have been carried out.
      return error.phase === "unknown"
    case "CentrifugoStatusError":
    case "CentrifugoRedirectError":
    case "CentrifugoResponseTooLargeError":
    case "CentrifugoDecodeError":
    case "CentrifugoInternalError":
    case "CentrifugoUnexpectedServerError":
      return true
    default:
      return error.attempts > 1
  }
}

/**
 * The HTTP statuses of `toHttpStatus`.
 *
 * @since 0.1.0
 */
export type HttpStatus = 409 | 500 | 502 | 503 | 504

/**
 * The HTTP status for a request handler of yours that makes a call and cannot do without it. The status speaks
 * to your caller, who sent a valid request:
 *
 * - 503: the call did not get through and surely had no effect, so your caller can repeat it;
 * - 504: no answer in time, and 502: a broken connection or an answer that makes no sense. The server may have
 *   carried out the call;
 * - 409: the call conflicts with the present state (codes 112 and 113);
 * - 500: a mistake in your program or its configuration, which no repetition changes.
 *
 * Do not show `error.message` to your caller: it names channels and addresses. Log it.
 *
 * @example
 * ```ts
 * import { CentrifugoError } from "@effect-centrifugo/core"
 *
 * const responseOf = (error: CentrifugoError.CentrifugoError) =>
 *   new Response(null, { status: CentrifugoError.toHttpStatus(error) })
 * ```
 * @since 0.1.0
 */
export const toHttpStatus = (error: CentrifugoError): HttpStatus => {
  // Without a default, so that a new error does not compile until it has a status.
  switch (error._tag) {
    case "CentrifugoNetworkError":
      return error.phase === "unknown" ? 502 : 503
    case "CentrifugoTimeoutError":
      return error.phase === "unknown" ? 504 : 503
    case "CentrifugoOverloadedError":
      return 503
    case "CentrifugoStatusError":
      return error.status === 429 || error.status === 503 ? 503 : error.status === 504 ? 504 : 502
    case "CentrifugoResponseTooLargeError":
    case "CentrifugoDecodeError":
    case "CentrifugoInternalError":
    case "CentrifugoUnexpectedServerError":
      return 502
    case "CentrifugoUnrecoverablePositionError":
    case "CentrifugoConflictError":
      return 409
    case "CentrifugoUnauthorizedError":
    case "CentrifugoApiKeyError":
    case "CentrifugoRedirectError":
    case "CentrifugoEncodeError":
    case "CentrifugoUnknownChannelError":
    case "CentrifugoNotFoundError":
    case "CentrifugoBadRequestError":
    case "CentrifugoNotAvailableError":
      return 500
  }
}

/**
 * Which call a server error belongs to.
 *
 * @since 0.1.0
 */
export interface Origin {
  /** The method's wire name. */
  readonly method: string
  /** The channel, where the call named one. */
  readonly channel?: string
  /** What to do about a code with this method, by code. */
  readonly hints?: { readonly [code: number]: string }
  /** Attempts made, the first included. */
  readonly attempts?: number
  /** From the call to its failure, in milliseconds. */
  readonly elapsed?: number
  /** The name of the client's layer. */
  readonly endpoint?: string
}

/**
 * The error of a server's `{code, message}`: its own class where the method is known to answer the
 * code, `UnexpectedServerError` otherwise.
 *
 * @since 0.1.0
 */
export const fromServer = <C extends Code>(
  codes: ReadonlyArray<C>,
  failure: ServerFailure,
  origin: Origin
): ByCode<C> | UnexpectedServerError => {
  const hint = origin.hints?.[failure.code]
  const fields = {
    method: origin.method,
    serverMessage: failure.message,
    ...(origin.channel === undefined ? {} : { channel: origin.channel }),
    ...(hint === undefined ? {} : { hint }),
    ...(origin.attempts === undefined ? {} : { attempts: origin.attempts }),
    ...(origin.elapsed === undefined ? {} : { elapsed: origin.elapsed }),
    ...(origin.endpoint === undefined ? {} : { endpoint: origin.endpoint })
  }
  const known = codes.find((code) => code === failure.code)
  return known === undefined
    ? new UnexpectedServerError({ ...fields, code: failure.code })
    : (new byCode[known](fields) as ByCode<C>)
}

/**
 * Facts about a whole call, for `withEffort`.
 *
 * @since 0.1.0
 */
export interface CallEffort {
  /** The call's own method, if the error is that of its batch. */
  readonly method?: string
  /** The number of attempts, including the first. */
  readonly attempts?: number
  /** The time from the call to this failure, in milliseconds. */
  readonly elapsed?: number
  /** Whether anything was sent. Only for errors that have a `phase`. */
  readonly phase?: Phase
  /** The name of the client's layer. */
  readonly endpoint?: string
}

/**
 * Returns the transport error with facts about the whole call. The other fields stay.
 *
 * @since 0.1.0
 */
export const withEffort: {
  /** Returns a function that adds facts about the whole call to a transport error. */
  (effort: CallEffort): <E extends TransportError>(error: E) => E
  /** Returns the transport error with facts about the whole call. */
  <E extends TransportError>(error: E, effort: CallEffort): E
} = dual(2, <E extends TransportError>(error: E, effort: CallEffort): E => {
  const { cause } = error
  const fields = { ...error, ...effort, ...(cause === undefined ? {} : { cause }) }
  // The fields were checked when the error was made; checking takes 20 µs for each of thousands of calls.
  return new (error.constructor as new (fields: object, unchecked: true) => E)(fields, true)
})
