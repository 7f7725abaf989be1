/**
 * The errors of calls: one tagged class per cause. Handle them with `Effect.catchTag` and `catchTags`, or by group:
 * `isServerError`, `isTransportError`, `isRetryable`. Each message names the method, the cause and what to do. No
 * error contains the API key or a payload. All errors can be encoded to JSON and back.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import type { ServerFailure } from "./internal/codec/Reply.js"
import { isTagged, TaggedError } from "./internal/codec/TaggedError.js"
import {
  afterAll,
  at,
  called,
  effort,
  phaseText,
  sentence,
  serverText,
  statusHints
} from "./internal/errors/texts.js"
import * as Wire from "./Wire.js"

export {
  /**
   * Identifies the errors of this library. Every copy of the package uses the same identifier.
   *
   * @since 0.1.0
   */
  TypeId
} from "./internal/codec/TaggedError.js"

const numberOr = (value: number) =>
  Schema.propertySignature(Schema.Number).pipe(Schema.withConstructorDefault(() => value))

/** The fields of every error of a call. */
const callFields = {
  /** The method's wire name: `"presence_stats"`. */
  method: Schema.String,
  /** The number of attempts, including the first. Default 1. */
  attempts: numberOr(1),
  /** The time from the call to this failure, in milliseconds. Default 0. */
  elapsed: numberOr(0),
  /** The `name` of the client's layer, or the endpoint if there are several; absent if there is only one. */
  endpoint: Wire.absent(Schema.String)
}

/** A path in a request or response: keys and indexes. */
const Path = Schema.Array(Schema.Union(Schema.String, Wire.SafeNatural))

/**
 * How far a request got before it failed without a response:
 *
 * - `connect`: the connection was not open yet, so nothing was sent;
 * - `queued`: the request waited in this process for a free connection, so nothing was sent;
 * - `unknown`: it was sent, so the server may have carried it out.
 *
 * @since 0.1.0
 */
export const Phase = Schema.Literal("connect", "queued", "unknown")

/**
 * How far a request got before it failed without a response: see the Schema `Phase`.
 *
 * @since 0.1.0
 */
export type Phase = typeof Phase.Type

/**
 * The connection failed: it could not be opened, or it broke before the whole response arrived.
 *
 * @since 0.1.0
 */
export class NetworkError extends TaggedError<NetworkError>()("CentrifugoNetworkError", {
  ...callFields,
  /** Whether anything was sent. */
  phase: Phase,
  /** The error code of the system or HTTP client, such as `ECONNREFUSED`; absent if there is none. */
  code: Wire.absent(Schema.String),
  /** The error text of the system or HTTP client, with the server's address and without the API key. */
  detail: Schema.String,
  /** The original error, without request, API key and payload. */
  cause: Wire.absent(Schema.Defect)
}) {
  override get message(): string {
    const code = this.code === undefined || this.detail?.includes(this.code) ? "" : ` (${this.code})`
    return sentence(`${called(this)}: ${this.detail}${code}.`, phaseText[this.phase], afterAll(this))
  }
}

/**
 * No complete response arrived within `timeout` milliseconds.
 *
 * @since 0.1.0
 */
export class TimeoutError extends TaggedError<TimeoutError>()("CentrifugoTimeoutError", {
  ...callFields,
  /** Whether anything was sent. */
  phase: Phase,
  /** The timeout of the last attempt, in milliseconds. */
  timeout: Schema.Number
}) {
  override get message(): string {
    const { attempts, phase, timeout } = this
    // A transport does not know how long the whole call took, and reports 0.
    const elapsed = Math.max(this.elapsed, attempts > 1 ? 0 : timeout)
    return sentence(
      `${called(this)}: no complete response within ${effort({ attempts, elapsed })}.`,
      attempts > 1 ? `The last attempt had ${Math.round(timeout)} ms.` : "",
      phaseText[phase]
    )
  }
}

/**
 * The response had an HTTP status that the server API does not use, such as 502 from a gateway.
 *
 * @since 0.1.0
 */
export class StatusError extends TaggedError<StatusError>()("CentrifugoStatusError", {
  ...callFields,
  /** The HTTP status. */
  status: Schema.Number,
  /** The first 512 characters of the response's body. */
  body: Schema.String,
  /** The `Retry-After` header, in milliseconds; absent if there is none. */
  retryAfter: Wire.absent(Schema.Number)
}) {
  /** What to do about this status; `""` for a status without advice. */
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
  /** The first 512 characters of the response's body; Centrifugo itself sends an empty one. */
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
 * There was no usable API key for the attempt: the effect passed as `apiKey` failed, or returned a key that no HTTP
 * header can contain. The attempt was not sent.
 *
 * @since 0.1.0
 */
export class ApiKeyError extends TaggedError<ApiKeyError>()("CentrifugoApiKeyError", {
  ...callFields,
  /** Why there is no key. */
  detail: Schema.String,
  /** The error of the effect that reads the key. */
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
 * The response was a redirect. The client does not follow redirects: that would forward the API key and could change
 * the call.
 *
 * @since 0.1.0
 */
export class RedirectError extends TaggedError<RedirectError>()("CentrifugoRedirectError", {
  ...callFields,
  /** The HTTP status; 0 if the HTTP client does not reveal it, as in browsers. */
  status: Schema.Number,
  /** The `Location` header. */
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
 * The response was larger than `limit` bytes, and was not read to its end.
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
 * The client refused the call because `batching.maxWaiting` calls were already queued. Nothing was sent.
 *
 * @since 0.1.0
 */
export class OverloadedError extends TaggedError<OverloadedError>()("CentrifugoOverloadedError", {
  ...callFields,
  /** The number of attempts. Default 0: the call was not sent. */
  attempts: numberOr(0),
  /** The maximum number of queued calls: `batching.maxWaiting`. */
  limit: Schema.Number
}) {
  override get message(): string {
    return sentence(
      `${called(this)}: not sent, ${this.limit} calls are already queued.`,
      "Make calls more slowly, or raise batching.maxWaiting or batching.concurrency."
    )
  }
}

/**
 * The response does not match the method's result: it is not JSON, is cut off, or has other fields or types.
 *
 * @since 0.1.0
 */
export class DecodeError extends TaggedError<DecodeError>()("CentrifugoDecodeError", {
  ...callFields,
  /** The path to the problem in the response: keys and indexes. */
  path: Path,
  /** The problem at that path. */
  detail: Schema.String,
  /** The first 512 characters of the response's body, if it was text. */
  body: Wire.absent(Schema.String)
}) {
  override get message(): string {
    return sentence(
      `${called(this)}: the response could not be read${at(this.path)}: ${this.detail}.`,
      "The server may have carried the call out."
    )
  }
}

/**
 * The client refused the request before sending it: the payload or an option of the call is invalid.
 *
 * @since 0.1.0
 */
export class EncodeError extends TaggedError<EncodeError>()("CentrifugoEncodeError", {
  /** The method's wire name. */
  method: Schema.String,
  /** Always 0: nothing was sent. */
  attempts: numberOr(0),
  /** Always 0 milliseconds. */
  elapsed: numberOr(0),
  /** The path to the problem in the payload, or the name of the call's option: keys and indexes. */
  path: Path,
  /** The problem at that path. */
  detail: Schema.String
}) {
  override get message(): string {
    return `${called(this)}: not sent, the request can't be encoded${at(this.path)}: ${this.detail}.`
  }
}

/**
 * An option of a layer or constructor is invalid. The error does not contain the option's value.
 *
 * @since 0.1.0
 */
export class ConfigError extends TaggedError<ConfigError>()("CentrifugoConfigError", {
  /** The option's name, such as `url` or `batching.maxSize`. */
  option: Schema.String,
  /** What is wrong, and what is expected. */
  detail: Schema.String
}) {
  override get message(): string {
    return `Centrifugo configuration, ${this.option}: ${this.detail}.`
  }
}

/** The fields of the server's errors, except `code`, which each class adds. */
const serverFields = {
  ...callFields,
  /** The server's message. */
  serverMessage: Schema.String,
  /** The channel of the call; absent if it has none or several. */
  channel: Wire.absent(Schema.String),
  /** Advice for this code and method, if there is any. */
  hint: Wire.absent(Schema.String)
}

const code = <const C extends number>(value: C) =>
  Schema.propertySignature(Schema.Literal(value)).pipe(Schema.withConstructorDefault((): C => value))

/**
 * Code 100: the server failed. It may have carried out the call.
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
 * Code 104: the server does not have the method, or the RPC extension does not exist.
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
 * Code 107: the server refused the request as invalid.
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
 * Code 108: the channel's namespace does not enable the feature that the method needs.
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
 * Code 112: the position's epoch is not the stream's, because the stream was recreated. Publications in between are
 * lost: load the channel's current state, and continue from its position.
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
      "The stream was recreated: load the current state, and continue from its position."
    )
  }
}

/**
 * Code 113: the request conflicts with the current state.
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
 * The server returned a code that this method is not known to return.
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
 * The error class of each code.
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
 * The union of the errors of some codes: `ByCode<100 | 102>`.
 *
 * @since 0.1.0
 */
export type ByCode<C extends Code> = ErrorByCode[C]

/**
 * The errors of a transport: the request did not reach the server, or its response could not be read. Any method can
 * fail with them.
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
 * The errors that a call of any method can fail with.
 *
 * @since 0.1.0
 */
export type CallError = TransportError | EncodeError | UnexpectedServerError

/**
 * The Schema of all errors of calls, for errors that cross process boundaries.
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
 * The union of all errors of calls.
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

const tags: ReadonlySet<unknown> = new Set(CentrifugoError.members.map(({ identifier }) => identifier))

/**
 * Whether the server returned the error: it has a `code` of the API.
 *
 * @since 0.1.0
 */
export const isServerError = (error: CentrifugoError): error is ByCode<Code> | UnexpectedServerError =>
  "serverMessage" in error

/**
 * Whether the error is one of `TransportError`: neither returned by the server nor an `EncodeError`.
 *
 * @since 0.1.0
 */
export const isTransportError = (error: CentrifugoError): error is TransportError =>
  !isServerError(error) && error._tag !== "CentrifugoEncodeError"

/**
 * Whether the same call may succeed later: after network errors, timeouts, `OverloadedError`, statuses 429, 502, 503
 * and 504, and the server's code 100. It does not tell whether repeating the call is safe: see `maybeCarriedOut`.
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
 * Whether the server may have carried out the failed call. `false` means that it certainly did not: nothing was
 * sent, or the server refused the call. After more than one attempt, an earlier attempt may have been carried
 * out, unless the error's `phase` rules that out.
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
      // Retries keep the phase `unknown` once an attempt may have been carried out.
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
 * Returns the HTTP status that your own request handler can respond with if a call that it depends on fails. It
 * assumes that your caller's request was valid:
 *
 * - 503: Centrifugo is unavailable and did not carry out the call, so your caller can repeat the request;
 * - 504: no response in time. The server may have carried out the call;
 * - 502: a broken connection, or an unexpected response. The server may have carried out the call;
 * - 409: the call conflicts with the current state (codes 112 and 113);
 * - 500: a mistake in your program or its configuration. Repeating the request does not help.
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
  // No default case: a new error does not compile until it has a status.
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
 * The call that a server error belongs to, for `fromServer`.
 *
 * @since 0.1.0
 */
export interface Origin {
  /** The method's wire name. */
  readonly method: string
  /** The channel, if the call has exactly one. */
  readonly channel?: string
  /** The method's advice by code. */
  readonly hints?: { readonly [code: number]: string }
  /** The number of attempts, including the first. */
  readonly attempts?: number
  /** The time from the call to its failure, in milliseconds. */
  readonly elapsed?: number
  /** The name of the client's layer. */
  readonly endpoint?: string
}

/**
 * Converts the server's `{code, message}` to the error class of the code, or to `UnexpectedServerError` if the method
 * is not known to return the code.
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
  /** The call's own method, if the error is its batch's. */
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
  // Skips the checks: the fields were checked when the error was made, and checking takes 20 µs per error.
  return new (error.constructor as new (fields: object, unchecked: true) => E)(fields, true)
})
