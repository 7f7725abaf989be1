/**
 * A method of the server API as a value. Everything else is derived from it: the client's functions,
 * the members of a batch, what travels, and how an answer is read.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { compile, type Codec } from "../codec/compile.js"
import { Issue } from "../codec/Issue.js"
import * as CentrifugoError from "../errors/CentrifugoError.js"
import type { Reply } from "../wire/Reply.js"
import type * as Wire from "../wire/Wire.js"

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
 * How the answering went: after how many attempts and how many milliseconds.
 *
 * @since 0.1.0
 */
export interface Effort {
  readonly attempts?: number
  readonly elapsed?: number
}

/**
 * A method with its payload: a plain value, made by calling the method, sent by
 * `Centrifugo.send` or as a member of a batch.
 *
 * @since 0.1.0
 */
export interface Request<out M extends string, out P, out A, out E> {
  readonly method: M
  readonly payload: P
  readonly repeat: Repeat
  /** Whether a batch can carry it. */
  readonly batchable: boolean
  /** The channels it touches; order between calls matters within a channel only. */
  readonly channels: ReadonlyArray<string>
  /** The JSON text to send, or `undefined` where the answer is known without sending anything. */
  encode(): Either.Either<string | undefined, CentrifugoError.EncodeError>
  /** Reads the server's answer to it. */
  decode(reply: Reply, effort: Effort): Either.Either<A, E>
}

/**
 * @since 0.1.0
 */
export declare namespace Request {
  /** Any request. */
  export type Any = Request<string, unknown, unknown, unknown>
  /** What a request answers. */
  export type Success<R> = R extends Request<infer _M, infer _P, infer A, infer _E> ? A : never
  /** What a request can fail with. */
  export type Error<R> = R extends Request<infer _M, infer _P, infer _A, infer E> ? E : never
  /** What became of a request that was a part of something larger. */
  export type Outcome<R> =
    R extends Request<infer _M, infer _P, infer A, infer E> ? Either.Either<A, E> : never
}

/**
 * @since 0.1.0
 */
export interface ApiMethod<out M extends string, in out P, out A, out E> {
  /** Makes a request; nothing is sent, and nothing checked, before it is. */
  (...args: Arguments<P>): Request<M, P, A, E>
  /** The name on the wire, which is the last part of the URL's path: `"presence_stats"`. */
  readonly method: M
  readonly repeat: Repeat
  /** The server's codes that this method can answer. */
  readonly codes: ReadonlyArray<CentrifugoError.Code>
  /** The payload as users write it; encoded, as it travels. */
  readonly payload: Schema.Schema<P, Wire.JsonObject>
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
  readonly repeat: Repeat
  /** What to do about a code, where the code alone doesn't say. */
  readonly hints?: { readonly [code: number]: string }
}

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
  get channels(): ReadonlyArray<string> {
    return channelsOf(this.payload)
  }
  encode() {
    return this.#api.encode(this.payload)
  }
  decode(reply: Reply, effort: Effort) {
    return this.#api.decode(reply, this.payload, effort)
  }
}

const channelsOf = (payload: unknown): ReadonlyArray<string> => {
  if (typeof payload !== "object" || payload === null) return []
  if ("channel" in payload && typeof payload.channel === "string") return [payload.channel]
  return "channels" in payload && Array.isArray(payload.channels) ? payload.channels : []
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
  const payload = Schema.typeSchema(Schema.Struct(options.payload)) as Schema.Schema<Wire.Of<F>>
  const payloadCodec = lazy(() => compile(payload.ast))
  const resultCodec = lazy(() => compile(Schema.typeSchema(Schema.Struct(options.result)).ast))
  const encode = (value: Wire.Of<F>) => {
    const text = payloadCodec().write(value)
    return typeof text === "string"
      ? Either.right(text)
      : Either.left(new CentrifugoError.EncodeError({ method, path: text.path, detail: text.detail }))
  }
  return fromParts({
    method,
    repeat: options.repeat,
    codes: options.codes,
    payload: wireSchema(payload, payloadCodec),
    encode,
    decode: (
      reply,
      value,
      effort
    ): Either.Either<Wire.Of<R>, CentrifugoError.ByCode<C> | CentrifugoError.CallError> => {
      if (reply._tag === "Failure") {
        const [channel, ...others] = channelsOf(value)
        return Either.left(
          CentrifugoError.fromServer(options.codes, reply.error, {
            ...effort,
            method,
            ...(channel !== undefined && others.length === 0 ? { channel } : {}),
            ...(options.hints === undefined ? {} : { hints: options.hints })
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
    method: self.method,
    repeat: self.repeat,
    codes: self.codes,
    payload: self.payload,
    encode: self.encode,
    decode: (reply, payload, effort) =>
      Either.flatMap(self.decode(reply, payload, effort), (result) => f(result, payload, effort))
  })

const lazy = <A>(make: () => A): (() => A) => {
  let value: A | undefined
  return () => (value ??= make())
}

/** The compiled codec as an ordinary Schema between the payload and its wire object. */
const wireSchema = <A>(payload: Schema.Schema<A>, codec: () => Codec): Schema.Schema<A, Wire.JsonObject> =>
  Schema.transformOrFail(Schema.Record({ key: Schema.String, value: Schema.Unknown }), payload, {
    strict: true,
    decode: (wire, _, ast) => {
      const value = codec().read(wire)
      return value instanceof Issue
        ? ParseResult.fail(new ParseResult.Type(ast, wire, value.detail))
        : ParseResult.succeed(value as A)
    },
    encode: (value, _, ast) => {
      const text = codec().write(value)
      return typeof text === "string"
        ? ParseResult.succeed(JSON.parse(text) as Wire.JsonObject)
        : ParseResult.fail(new ParseResult.Type(ast, value, text.detail))
    }
  })
