/**
 * Describes a method of the server API as a value. The client functions, batch members, wire encoding and
 * decoding of the response all derive from it.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { compile } from "./internal/codec/compile.js"
import { Issue } from "./internal/codec/Issue.js"
import { checked, guarded, lazy, wireSchema } from "./internal/codec/methodCodec.js"
import * as CentrifugoError from "./CentrifugoError.js"
import { failure, type Reply } from "./internal/codec/Reply.js"
import type * as Wire from "./Wire.js"

/**
 * The identifier of all methods.
 *
 * @since 0.1.0
 */
export const TypeId = "~@effect-centrifugo/core/ApiMethod"

/**
 * The type of `TypeId`.
 *
 * @since 0.1.0
 */
export type TypeId = typeof TypeId

/**
 * The identifier of all requests.
 *
 * @since 0.1.0
 */
export const RequestTypeId = "~@effect-centrifugo/core/ApiMethod/Request"

/**
 * The type of `RequestTypeId`.
 *
 * @since 0.1.0
 */
export type RequestTypeId = typeof RequestTypeId

/**
 * Whether a call that may have been carried out can be repeated:
 *
 * - `read` changes nothing;
 * - `keyed` accepts an idempotency key and is safe with one (per channel, five minutes, memory and Redis
 *   engines: `protocol.md` 1.5);
 * - `natural` sets a state, so a repeat changes nothing more;
 * - `unsafe` takes effect again each time.
 *
 * @since 0.1.0
 */
export type Repeat = "read" | "keyed" | "natural" | "unsafe"

/**
 * The servers that have the method: all, or only Centrifugo PRO.
 *
 * @since 0.1.0
 */
export type Edition = "OSS" | "PRO"

/**
 * The kind of operation in a span (`messaging.operation.type`): `send` for methods that publish, `receive` for
 * methods that read publications.
 *
 * @since 0.1.0
 */
export type Operation = "send" | "receive"

/**
 * The number of attempts and the duration of a call.
 *
 * @since 0.1.0
 */
export interface Effort {
  /** The number of attempts, including the first; 0 if nothing was sent. */
  readonly attempts?: number
  /** The time from the call to its outcome, including the waits between attempts, in milliseconds. */
  readonly elapsed?: number
  /** The name of the client's layer, if it has one. */
  readonly endpoint?: string
  /** The channels as they were sent, even if the payload has been mutated since. */
  readonly channels?: ReadonlyArray<string>
}

/**
 * A method with its payload: a plain value. Calling a method makes it; `Centrifugo.send` or a batch sends it.
 *
 * @since 0.1.0
 */
export interface Request<out M extends string, out P, out A, out E> {
  /** Identifies the value as a request. */
  readonly [RequestTypeId]: RequestTypeId
  /** The wire method name: `"presence_stats"`, or `"batch"`. */
  readonly method: M
  /** The payload that the method was called with. */
  readonly payload: P
  /** Whether the method can be repeated. */
  readonly repeat: Repeat
  /** The kind of operation in the call's span; absent for other methods. */
  readonly operation?: Operation | undefined
  /** Whether the server's asynchronous consumers carry the method out. Absent means no. */
  readonly consumers?: boolean
  /** Whether the request can be part of a batch. */
  readonly batchable: boolean
  /** Whether this request can be repeated even if it may have been carried out. */
  readonly repeatable: boolean
  /** The channels it affects. Calls only need to keep their order within a channel. */
  readonly channels: ReadonlyArray<string>
  /**
   * Returns the request with an idempotency key, if its method accepts one and it has none. For a batch, each
   * such member gets a key.
   */
  withKey(makeKey: () => string): Request<M, P, A, E>
  /** Encodes the request as JSON text. `undefined` if the result is known without sending. */
  encode(): Either.Either<string | undefined, CentrifugoError.EncodeError>
  /** Decodes the server's response. */
  decode(reply: Reply, effort: Effort): Either.Either<A, E>
  /**
   * Converts a transport error to a reply, if it stands for one; otherwise returns `undefined`. The open-source server
   * answers a PRO method with status 404, but with code 104 inside a batch. Both become code 104.
   */
  recover?(error: CentrifugoError.TransportError): Reply | undefined
}

/**
 * Extracts types from a request type.
 *
 * @since 0.1.0
 */
export declare namespace Request {
  /** Any request. */
  export type Any = Request<string, unknown, unknown, unknown>
  /** The payload type of a request. */
  export type Payload<R> = R extends Request<infer _M, infer P, infer _A, infer _E> ? P : never
  /** The result type of a request. */
  export type Success<R> = R extends Request<infer _M, infer _P, infer A, infer _E> ? A : never
  /** The error type of a request. */
  export type Error<R> = R extends Request<infer _M, infer _P, infer _A, infer E> ? E : never
  /** The outcome type of a request in a batch. */
  export type Outcome<R> =
    R extends Request<infer _M, infer _P, infer A, infer E> ? Either.Either<A, E> : never
}

/**
 * A method of the server API. Call it with a payload to make a request. Its properties describe the method.
 *
 * @since 0.1.0
 */
export interface ApiMethod<out M extends string, in out P, out A, out E, out K extends boolean = boolean> {
  /** Identifies the value as a method. */
  readonly [TypeId]: TypeId
  /** Makes a request. Nothing is checked or sent until the request is sent. */
  (...args: Arguments<P>): Request<M, P, A, E>
  /** The wire method name, the last segment of the URL path: `"presence_stats"`. */
  readonly method: M
  /** Whether a call that may have been carried out can be repeated. */
  readonly repeat: Repeat
  /** The servers that have the method. */
  readonly edition: Edition
  /** The kind of operation in the spans of its calls; `undefined` for other methods. */
  readonly operation: Operation | undefined
  /** Whether the server's asynchronous consumers carry it out, so that `Outbox` accepts its requests. */
  readonly consumers: K
  /** The server error codes that this method can return. */
  readonly codes: ReadonlyArray<CentrifugoError.Code>
  /** The Schema of the payload: `Type` is what users pass, `Encoded` the wire object. */
  readonly payload: Schema.Schema<P, Wire.JsonObject>
  /** The Schema of the server's result: `Type` is decoded, `Encoded` the wire object. */
  readonly result: Schema.Schema<unknown, Wire.JsonObject>
  /** Encodes a payload as JSON text. */
  readonly encode: (payload: P) => Either.Either<string, CentrifugoError.EncodeError>
  /** Decodes the server's response to a payload. */
  readonly decode: (reply: Reply, payload: P, effort: Effort) => Either.Either<A, E>
}

/**
 * A method that the server's asynchronous consumers carry out.
 *
 * @since 0.1.0
 */
export interface ForConsumers<out M extends string, in out P, out A, out E> extends ApiMethod<
  M,
  P,
  A,
  E,
  true
> {}

/**
 * The arguments of a method. A payload without required fields is optional.
 *
 * @since 0.1.0
 */
export type Arguments<P> = {} extends P ? [payload?: P] : [payload: P]

/**
 * The description of a method, from which `make` builds it.
 *
 * @since 0.1.0
 */
export interface Options<
  F extends Wire.Fields,
  R extends Wire.Fields,
  C extends CentrifugoError.Code,
  K extends boolean = boolean
> {
  /** The request fields by camelCase name; `skipHistory` is sent as `skip_history`. */
  readonly payload: F
  /** The result fields by camelCase name. */
  readonly result: R
  /** The server error codes that the method can return. Any other code becomes an `UnexpectedServerError`. */
  readonly codes: ReadonlyArray<C>
  /** Whether a call that may have been carried out can be repeated. Use `unsafe` if you do not know. */
  readonly repeat: Repeat
  /** The servers that have the method. Default `"OSS"`. */
  readonly edition?: Edition
  /** The kind of operation, for spans. Default: none. */
  readonly operation?: Operation
  /** Whether the server's asynchronous consumers carry the method out. Default `false`. */
  readonly consumers?: K
  /** Advice for an error code, in addition to the code's own. */
  readonly hints?: { readonly [code: number]: string }
  /**
   * Validates fields against each other. Reject payloads that the server would always answer with an error, or
   * would misunderstand. Called before sending with payloads whose fields are valid; returns the problem, or
   * `undefined`.
   */
  readonly check?: (payload: Wire.Of<F>) => Problem | undefined
}

/**
 * The payload type of a method with these options.
 *
 * @since 0.1.0
 */
export type PayloadOf<O extends { readonly payload: Wire.Fields }> = Wire.Of<O["payload"]>

/**
 * The result type of a method with these options.
 *
 * @since 0.1.0
 */
export type ResultOf<O extends { readonly result: Wire.Fields }> = Wire.Of<O["result"]>

/**
 * The error type of a method with these options: the errors of its codes, and the errors of any call.
 *
 * @since 0.1.0
 */
export type ErrorOf<O extends { readonly codes: ReadonlyArray<CentrifugoError.Code> }> =
  CentrifugoError.ByCode<O["codes"][number]> | CentrifugoError.CallError

/**
 * A problem with a payload.
 *
 * @since 0.1.0
 */
export interface Problem {
  /** The path to the problem: keys and indexes, starting at the payload. */
  readonly path: ReadonlyArray<string | number>
  /** The problem, as text that follows a colon. */
  readonly detail: string
}

/**
 * Whether a value is a method, such as `CentrifugoApi.publish`.
 *
 * @since 0.1.0
 */
export const isApiMethod = (u: unknown): u is ApiMethod<string, never, unknown, unknown> =>
  typeof u === "function" && TypeId in u

/**
 * Whether a value is a request, such as `CentrifugoApi.publish(payload)` and `Batch.batch(requests)`.
 *
 * @since 0.1.0
 */
export const isRequest = (u: unknown): u is Request.Any =>
  typeof u === "object" && u !== null && RequestTypeId in u

/** All properties of a method, without its call signature. */
type Parts<M extends string, P, A, E, K extends boolean = boolean> = Pick<
  ApiMethod<M, P, A, E, K>,
  keyof ApiMethod<M, P, A, E, K>
>

class ApiRequest<M extends string, P, A, E> implements Request<M, P, A, E> {
  readonly method: M
  readonly repeat: Repeat
  readonly operation: Operation | undefined
  readonly consumers: boolean
  readonly batchable = true
  readonly #api: Parts<M, P, A, E>
  constructor(
    api: Parts<M, P, A, E>,
    readonly payload: P
  ) {
    this.method = api.method
    this.repeat = api.repeat
    this.operation = api.operation
    this.consumers = api.consumers
    this.#api = api
  }
  get [RequestTypeId](): RequestTypeId {
    return RequestTypeId
  }
  get repeatable(): boolean {
    return this.repeat === "keyed" ? keyOf(this.payload) !== undefined : this.repeat !== "unsafe"
  }
  get channels(): ReadonlyArray<string> {
    return channelsOf(this.payload)
  }
  withKey(makeKey: () => string): Request<M, P, A, E> {
    if (this.repeat !== "keyed") return this
    try {
      return keyOf(this.payload) === undefined
        ? new ApiRequest(this.#api, keyed(this.payload, makeKey()))
        : this
    } catch {
      // A getter threw. Encoding reports it.
      return this
    }
  }
  encode() {
    return this.#api.encode(this.payload)
  }
  decode(reply: Reply, effort: Effort) {
    return this.#api.decode(reply, this.payload, effort)
  }
  recover(error: CentrifugoError.TransportError): Reply | undefined {
    return this.#api.edition === "PRO" && isMissingRoute(error)
      ? failure({ code: 104, message: "not found" })
      : undefined
  }
}

/** Whether the error is the server's response to an unknown path: status 404 with this text (`protocol.md` 1.1). */
const isMissingRoute = (error: CentrifugoError.TransportError): boolean =>
  error._tag === "CentrifugoStatusError" && error.status === 404 && error.body.trim() === "404 page not found"

const proHint =
  "The method belongs to Centrifugo PRO, and the open-source server does not have it. If yours is a PRO server, check that the URL ends with the API prefix (/api by default)."

const keyOf = (payload: unknown): unknown =>
  typeof payload === "object" && payload !== null && "idempotencyKey" in payload
    ? payload.idempotencyKey
    : undefined

/**
 * Puts the new field first, before the spread. V8 gives every object with a field after a spread its own hidden
 * class, and code that touches such objects becomes three times as slow.
 */
const keyed = <P>(payload: P, idempotencyKey: string): P =>
  typeof payload === "object" && payload !== null && "idempotencyKey" in payload
    ? { ...payload, idempotencyKey }
    : { idempotencyKey, ...payload }

const channelsOf = (payload: unknown): ReadonlyArray<string> => {
  if (typeof payload !== "object" || payload === null) return []
  try {
    if ("channel" in payload && typeof payload.channel === "string") return [payload.channel]
    return "channels" in payload && Array.isArray(payload.channels) ? [...payload.channels] : []
  } catch {
    // A getter threw. Encoding has already reported it.
    return []
  }
}

const fromParts = <M extends string, P, A, E, K extends boolean>(
  parts: Parts<M, P, A, E, K>
): ApiMethod<M, P, A, E, K> =>
  Object.assign(
    (...args: Arguments<P>): Request<M, P, A, E> => new ApiRequest(parts, (args[0] ?? {}) as P),
    parts
  )

/**
 * Makes a method from its description. Use it for a method that this version does not know: `send` and `batch`
 * accept it like the built-in ones.
 *
 * @example
 * ```ts
 * import { ApiMethod, Centrifugo, Wire } from "@effect-centrifugo/core"
 * import { Effect, Schema } from "effect"
 *
 * const channelStats = ApiMethod.make("channel_stats", {
 *   payload: { channel: Wire.ChannelName },
 *   result: { numMessages: Wire.Count },
 *   codes: [100, 102],
 *   repeat: "read"
 * })
 *
 * const program = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   const { numMessages } = yield* centrifugo.send(channelStats({ channel: "news" }))
 *   return numMessages
 * })
 * ```
 * @since 0.1.0
 */
export const make = <
  const M extends string,
  F extends Wire.Fields,
  R extends Wire.Fields,
  const C extends CentrifugoError.Code,
  const K extends boolean = false
>(
  method: M,
  options: Options<F, R, C, K>
): ApiMethod<M, Wire.Of<F>, Wire.Of<R>, CentrifugoError.ByCode<C> | CentrifugoError.CallError, K> => {
  const payload = Schema.make<Wire.Of<F>>(Schema.typeSchema(Schema.Struct(options.payload)).ast)
  const result = Schema.make<unknown>(Schema.typeSchema(Schema.Struct(options.result)).ast)
  const payloadCodec = lazy(() => checked(compile(payload.ast), options.check))
  const resultCodec = lazy(() => compile(result.ast))
  const edition = options.edition ?? "OSS"
  const hints = edition === "PRO" ? { 104: proHint, ...options.hints } : (options.hints ?? {})
  const encode = (value: Wire.Of<F>) => {
    const text = payloadCodec().write(value)
    return typeof text === "string"
      ? Either.right(text)
      : Either.left(new CentrifugoError.EncodeError({ method, path: text.path, detail: text.detail }))
  }
  return fromParts({
    [TypeId]: TypeId,
    method,
    repeat: options.repeat,
    edition,
    operation: options.operation,
    consumers: (options.consumers ?? false) as K,
    codes: options.codes,
    payload: wireSchema(payload, payloadCodec),
    result: wireSchema(result, resultCodec),
    encode,
    decode: (
      reply,
      value,
      known
    ): Either.Either<Wire.Of<R>, CentrifugoError.ByCode<C> | CentrifugoError.CallError> => {
      if (reply._tag === "Failure") {
        const { channels = channelsOf(value), ...effort } = known
        const [channel, ...others] = channels
        return Either.left(
          CentrifugoError.fromServer(options.codes, reply.error, {
            ...effort,
            method,
            ...(channel !== undefined && others.length === 0 ? { channel } : {}),
            hints
          })
        )
      }
      const read = guarded(resultCodec, reply.result)
      if (!(read instanceof Issue)) return Either.right(read as Wire.Of<R>)
      const { channels: _, ...effort } = known
      return Either.left(
        new CentrifugoError.DecodeError({ ...effort, method, path: read.path, detail: read.detail })
      )
    }
  })
}

/**
 * Returns the method with a transformed result. The function also gets the payload.
 *
 * @example
 * ```ts
 * import { ApiMethod, CentrifugoApi } from "@effect-centrifugo/core"
 * import { Either, pipe } from "effect"
 *
 * const isEmpty = pipe(
 *   CentrifugoApi.presenceStats,
 *   ApiMethod.mapResult(({ numClients }) => Either.right(numClients === 0))
 * )
 * ```
 * @since 0.1.0
 */
export const mapResult: {
  /** Returns a function that transforms the result of a method. */
  <P, A, B, E2>(
    f: (result: A, payload: P, effort: Effort) => Either.Either<B, E2>
  ): <M extends string, E, K extends boolean>(self: ApiMethod<M, P, A, E, K>) => ApiMethod<M, P, B, E | E2, K>
  /** Returns the method with a transformed result. */
  <M extends string, P, A, E, K extends boolean, B, E2>(
    self: ApiMethod<M, P, A, E, K>,
    f: (result: A, payload: P, effort: Effort) => Either.Either<B, E2>
  ): ApiMethod<M, P, B, E | E2, K>
} = dual(
  2,
  <M extends string, P, A, E, K extends boolean, B, E2>(
    self: ApiMethod<M, P, A, E, K>,
    f: (result: A, payload: P, effort: Effort) => Either.Either<B, E2>
  ): ApiMethod<M, P, B, E | E2, K> =>
    fromParts<M, P, B, E | E2, K>({
      ...self,
      decode: (reply, payload, effort) =>
        Either.flatMap(self.decode(reply, payload, effort), (result) => f(result, payload, effort))
    })
)

/**
 * Returns the method for a narrower payload type, which makes the compiler enforce the method's `check`.
 *
 * @since 0.1.0
 */
export const narrow =
  <P2>() =>
  <M extends string, P, A, E, K extends boolean>(
    self: ApiMethod<M, P, A, E, K>
  ): [P2] extends [P] ? ApiMethod<M, P2, A, E, K> : never =>
    self as never
