/**
 * A method of the server API as a value. Everything else is derived from it: the client's functions,
 * the members of a batch, what travels, and how an answer is read.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { compile, type Codec } from "./internal/codec/compile.js"
import { Issue, threw } from "./internal/codec/Issue.js"
import * as CentrifugoError from "./CentrifugoError.js"
import { failure, type Reply } from "./internal/codec/Reply.js"
import type * as Wire from "./Wire.js"

/**
 * Marks every method.
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
 * Marks every request.
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
 * How safe it is to send a call again that may have been carried out:
 *
 * - `read` changes nothing;
 * - `keyed` takes an idempotency key, and is safe with one (per channel, five minutes, memory and
 *   Redis engines: `protocol.md` 1.5);
 * - `natural` sets a state, so that a second time changes nothing more;
 * - `unsafe` does its work once more.
 *
 * @since 0.1.0
 */
export type Repeat = "read" | "keyed" | "natural" | "unsafe"

/**
 * Which server has the method: any, or Centrifugo PRO only.
 *
 * @since 0.1.0
 */
export type Edition = "OSS" | "PRO"

/**
 * How the answering went: after how many attempts and how many milliseconds.
 *
 * @since 0.1.0
 */
export interface Effort {
  /** Attempts made, the first included; 0 where nothing was sent. */
  readonly attempts?: number
  /** From the call to its outcome, waits between attempts included, in milliseconds. */
  readonly elapsed?: number
  /** The channels as they were sent, whatever the payload says by now. */
  readonly channels?: ReadonlyArray<string>
}

/**
 * A method with its payload: a plain value, made by calling the method, sent by
 * `Centrifugo.send` or as a member of a batch.
 *
 * @since 0.1.0
 */
export interface Request<out M extends string, out P, out A, out E> {
  /** Marks it as a request. */
  readonly [RequestTypeId]: RequestTypeId
  /** The name on the wire: `"presence_stats"`, or `"batch"`. */
  readonly method: M
  /** What the method was called with. */
  readonly payload: P
  /** How safe it is to send it again. */
  readonly repeat: Repeat
  /** Whether a batch can carry it. */
  readonly batchable: boolean
  /** Whether sending it again is harmless although it may have been carried out. */
  readonly repeatable: boolean
  /** The channels it touches; order between calls matters within a channel only. */
  readonly channels: ReadonlyArray<string>
  /**
   * The same request with an idempotency key, where its method takes one and none was given; for a
   * batch, with one for each such member.
   */
  withKey(makeKey: () => string): Request<M, P, A, E>
  /** The JSON text to send, or `undefined` where the answer is known without sending anything. */
  encode(): Either.Either<string | undefined, CentrifugoError.EncodeError>
  /** Reads the server's answer to it. */
  decode(reply: Reply, effort: Effort): Either.Either<A, E>
  /**
   * The reply that a transport's error really is, if it is one: a PRO method is a bare status 404 to
   * the open-source server, and code 104 inside a batch.
   */
  recover?(error: CentrifugoError.TransportError): Reply | undefined
}

/**
 * What a request's type says.
 *
 * @since 0.1.0
 */
export declare namespace Request {
  /** Any request. */
  export type Any = Request<string, unknown, unknown, unknown>
  /** What a request was made of. */
  export type Payload<R> = R extends Request<infer _M, infer P, infer _A, infer _E> ? P : never
  /** What a request answers. */
  export type Success<R> = R extends Request<infer _M, infer _P, infer A, infer _E> ? A : never
  /** What a request can fail with. */
  export type Error<R> = R extends Request<infer _M, infer _P, infer _A, infer E> ? E : never
  /** What became of a request that was a part of something larger. */
  export type Outcome<R> =
    R extends Request<infer _M, infer _P, infer A, infer E> ? Either.Either<A, E> : never
}

/**
 * A method: called with a payload, it makes a request. It also holds all that is known of it.
 *
 * @since 0.1.0
 */
export interface ApiMethod<out M extends string, in out P, out A, out E> {
  /** Marks it as a method. */
  readonly [TypeId]: TypeId
  /** Makes a request; nothing is sent, and nothing checked, before it is. */
  (...args: Arguments<P>): Request<M, P, A, E>
  /** The name on the wire, which is the last part of the URL's path: `"presence_stats"`. */
  readonly method: M
  /** How safe it is to send a call again that may have been carried out. */
  readonly repeat: Repeat
  /** Which server has it. */
  readonly edition: Edition
  /** The server's codes that this method can answer. */
  readonly codes: ReadonlyArray<CentrifugoError.Code>
  /** The payload as users write it; encoded, as it travels. */
  readonly payload: Schema.Schema<P, Wire.JsonObject>
  /** The result as the server gives it; encoded, as it travels. */
  readonly result: Schema.Schema<unknown, Wire.JsonObject>
  /** The payload as JSON text. */
  readonly encode: (payload: P) => Either.Either<string, CentrifugoError.EncodeError>
  /** Reads the server's answer to a payload. */
  readonly decode: (reply: Reply, payload: P, effort: Effort) => Either.Either<A, E>
}

/**
 * A payload without required fields may be left out.
 *
 * @since 0.1.0
 */
export type Arguments<P> = {} extends P ? [payload?: P] : [payload: P]

/**
 * What describes a method.
 *
 * @since 0.1.0
 */
export interface Options<F extends Wire.Fields, R extends Wire.Fields, C extends CentrifugoError.Code> {
  /** The request's fields by their camelCase names; `skipHistory` travels as `skip_history`. */
  readonly payload: F
  /** The result's fields by their camelCase names. */
  readonly result: R
  /** The server's codes that it can answer; any other becomes an `UnexpectedServerError`. */
  readonly codes: ReadonlyArray<C>
  /** How safe it is to send a call again that may have been carried out. `unsafe` where you don't know. */
  readonly repeat: Repeat
  /** `"OSS"` by default. */
  readonly edition?: Edition
  /** What to do about a code, where the code alone doesn't say. */
  readonly hints?: { readonly [code: number]: string }
  /**
   * Refuses payloads whose fields are right each for itself but not together: those that the server
   * would answer with an error whatever its state, or take for something else. It is called with
   * payloads that the fields have let through, before sending, and says what is wrong where.
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
 * The error type of a method with these options: the errors of its codes, and those of any call.
 *
 * @since 0.1.0
 */
export type ErrorOf<O extends { readonly codes: ReadonlyArray<CentrifugoError.Code> }> =
  CentrifugoError.ByCode<O["codes"][number]> | CentrifugoError.CallError

/**
 * What is wrong with a payload, and where.
 *
 * @since 0.1.0
 */
export interface Problem {
  /** Leads to the place: keys and indexes from the payload down. */
  readonly path: ReadonlyArray<string | number>
  /** What is wrong there, in words that fit behind a colon. */
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

/** All of a method but the function that makes its requests. */
type Parts<M extends string, P, A, E> = Pick<ApiMethod<M, P, A, E>, keyof ApiMethod<M, P, A, E>>

class ApiRequest<M extends string, P, A, E> implements Request<M, P, A, E> {
  readonly method: M
  readonly repeat: Repeat
  readonly batchable = true
  readonly #api: Parts<M, P, A, E>
  constructor(
    api: Parts<M, P, A, E>,
    readonly payload: P
  ) {
    this.method = api.method
    this.repeat = api.repeat
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
      // A getter threw; encoding will say so.
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

/** The text with which the server answers to a path that it doesn't have (`protocol.md` 1.1). */
const isMissingRoute = (error: CentrifugoError.TransportError): boolean =>
  error._tag === "CentrifugoStatusError" && error.status === 404 && error.body.trim() === "404 page not found"

const proHint =
  "This is a method of Centrifugo PRO: the open-source server answers so. If yours is a PRO server, check that the URL ends with the API prefix (/api by default)."

const keyOf = (payload: unknown): unknown =>
  typeof payload === "object" && payload !== null && "idempotencyKey" in payload
    ? payload.idempotencyKey
    : undefined

/**
 * Its own field comes first where it may: V8 gives each object that a spread is followed by a new field in a shape of its
 * own, and whatever then touches such an object takes three times as long.
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
    // A getter threw; encoding has said so.
    return []
  }
}

const fromParts = <M extends string, P, A, E>(parts: Parts<M, P, A, E>): ApiMethod<M, P, A, E> =>
  Object.assign(
    (...args: Arguments<P>): Request<M, P, A, E> => new ApiRequest(parts, (args[0] ?? {}) as P),
    parts
  )

/**
 * Describes a method. A descriptor of your own, for a method that this version does not know, goes
 * through `send` and `batch` like the built-in ones.
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
  const C extends CentrifugoError.Code
>(
  method: M,
  options: Options<F, R, C>
): ApiMethod<M, Wire.Of<F>, Wire.Of<R>, CentrifugoError.ByCode<C> | CentrifugoError.CallError> => {
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
    codes: options.codes,
    payload: wireSchema(payload, payloadCodec),
    result: wireSchema(result, resultCodec),
    encode,
    decode: (
      reply,
      value,
      { channels = channelsOf(value), ...effort }
    ): Either.Either<Wire.Of<R>, CentrifugoError.ByCode<C> | CentrifugoError.CallError> => {
      if (reply._tag === "Failure") {
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
      const read = resultCodec().read(reply.result)
      return read instanceof Issue
        ? Either.left(
            new CentrifugoError.DecodeError({ ...effort, method, path: read.path, detail: read.detail })
          )
        : Either.right(read as Wire.Of<R>)
    }
  })
}

/**
 * The same method with its result made into something else, in the light of the payload.
 *
 * @since 0.1.0
 */
export const mapResult = <M extends string, P, A, E, B, E2>(
  self: ApiMethod<M, P, A, E>,
  f: (result: A, payload: P, effort: Effort) => Either.Either<B, E2>
): ApiMethod<M, P, B, E | E2> =>
  fromParts<M, P, B, E | E2>({
    ...self,
    decode: (reply, payload, effort) =>
      Either.flatMap(self.decode(reply, payload, effort), (result) => f(result, payload, effort))
  })

/**
 * The same method with its payload made into what is sent, when it is encoded.
 *
 * @since 0.1.0
 */
export const mapPayload = <M extends string, P, A, E>(
  self: ApiMethod<M, P, A, E>,
  f: (payload: P) => Either.Either<P, CentrifugoError.EncodeError>
): ApiMethod<M, P, A, E> =>
  fromParts<M, P, A, E>({
    ...self,
    encode: (payload) => Either.flatMap(f(payload), self.encode)
  })

/**
 * The same method for payloads of a narrower type: the types then say what the method's `check`
 * enforces.
 *
 * @since 0.1.0
 */
export const narrow =
  <P2>() =>
  <M extends string, P, A, E>(
    self: ApiMethod<M, P, A, E>
  ): [P2] extends [P] ? ApiMethod<M, P2, A, E> : never =>
    self as never

/** A codec that also refuses what only all fields together show. */
const checked = <P>(codec: Codec, check: ((payload: P) => Problem | undefined) | undefined): Codec =>
  check === undefined
    ? codec
    : {
        read: codec.read,
        write: (value) => {
          const text = codec.write(value)
          if (typeof text !== "string") return text
          try {
            const problem = check(value as P)
            return problem === undefined ? text : Issue.at(problem.path, problem.detail)
          } catch (error) {
            // A getter that answered the codec may throw now.
            return threw(error)
          }
        }
      }

const lazy = <A>(make: () => A): (() => A) => {
  let value: A | undefined
  return () => (value ??= make())
}

const onlyAsText =
  "a parsed JSON value can't hold it (a bigint past 2^53 - 1 would be rounded); the method's encode writes it as text"

const parseIssue = (
  ast: AST.AST,
  actual: unknown,
  { path: [first, ...rest], detail }: Pick<Issue, "path" | "detail">
): ParseResult.ParseIssue => {
  const issue = new ParseResult.Type(ast, actual, detail)
  return first === undefined ? issue : new ParseResult.Pointer([first, ...rest], actual, issue)
}

/** Schema's own structs and records copy what they check, and lose keys such as `__proto__` on the way. */
const uncopied = <A>(schema: Schema.Schema<A>): Schema.Schema<A> => {
  const asItIs = (schema: Schema.Schema<A>) => {
    const validate = ParseResult.validateEither(schema)
    return (value: unknown) => Either.map(validate(value), () => value as A)
  }
  return Schema.declare([schema], { decode: asItIs, encode: asItIs }, { arbitrary: (inner) => inner })
}

/** The compiled codec as an ordinary Schema between the payload and its wire object. */
const wireSchema = <A>(payload: Schema.Schema<A>, codec: () => Codec): Schema.Schema<A, Wire.JsonObject> =>
  Schema.transformOrFail(Schema.Record({ key: Schema.String, value: Schema.Unknown }), uncopied(payload), {
    strict: true,
    decode: (wire, _, ast) => {
      const value = codec().read(wire)
      return value instanceof Issue
        ? ParseResult.fail(parseIssue(ast, wire, value))
        : ParseResult.succeed(value as A)
    },
    encode: (value, _, ast) => {
      const text = codec().write(value)
      if (typeof text !== "string") return ParseResult.fail(parseIssue(ast, value, text))
      const wire = JSON.parse(text) as Wire.JsonObject
      // The text has all digits of a bigint; a number parsed from it may not.
      const back = codec().read(wire)
      return back instanceof Issue
        ? ParseResult.fail(parseIssue(ast, value, { path: back.path, detail: onlyAsText }))
        : ParseResult.succeed(wire)
    }
  })
