/**
 * Schemas for user data in a single call: the option `schema` converts the field `data`, and `infoSchema` the
 * field `info`. Each method passes its options and fields to `withSchemas`. Encoding, decoding and errors are the
 * same for all methods.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import type { CallError } from "../../CentrifugoError.js"
import { describe, Issue, threw } from "../codec/Issue.js"
import { unless } from "./refused.js"
import { decodeError, reader, writer } from "./schemas.js"

/**
 * The form of a client's functions: a type-level function from a method's types to the return type, and the type of
 * the arguments after the payload.
 * The Effect client, the Promise client and the request constructors differ only in their form.
 *
 * @since 0.1.0
 */
export interface Form {
  /** The method's wire name. */
  readonly method?: unknown
  /** The payload of the method without schemas. */
  readonly payload?: unknown
  /** The result. */
  readonly success?: unknown
  /** The error. */
  readonly error?: unknown
  /** The return type of the functions. */
  readonly type: unknown
  /** The arguments after the payload. */
  readonly rest: ReadonlyArray<unknown>
}

/**
 * The return type of a function of this form, for a method's types.
 *
 * @since 0.1.0
 */
export type Returns<F extends Form, M, P, A, E> = (F & {
  readonly method: M
  readonly payload: P
  readonly success: A
  readonly error: E
})["type"]

/**
 * The form of request constructors.
 *
 * @since 0.1.0
 */
export interface AsRequest extends Form {
  /** The request. */
  readonly type: this["method"] extends string
    ? ApiMethod.Request<this["method"], this["payload"], this["success"], this["error"]>
    : never
  /** Request constructors take no other arguments. */
  readonly rest: []
}

/** An object in a result, with user data in one of its fields. */
type Holder = { readonly [name: string]: unknown }

/** Decodes one value, or returns why it cannot be decoded. */
type Read = (value: unknown, holder: Holder) => Either.Either<unknown, Issue>

/** Finds user data in a result: returns the result with decoded data, or the first issue with its path. */
export type Focus = (holder: Holder, read: Read) => Holder | Issue

/** Finds user data in one field. */
export const field =
  (name: string, isAbsent: (holder: Holder) => boolean = () => false): Focus =>
  (holder, read) => {
    if (isAbsent(holder)) return holder
    const value = read(holder[name], holder)
    return Either.isLeft(value) ? value.left.within(name) : { ...holder, [name]: value.right }
  }

/** Finds user data in a field that the server leaves out if there is none. It then stays absent. */
export const optional = (name: string): Focus => field(name, (holder) => holder[name] === undefined)

/** Finds user data in each item of a list or a dictionary. */
export const each =
  (name: string, inner: Focus): Focus =>
  (holder, read) => {
    const items = holder[name] as ReadonlyArray<Holder> | { readonly [key: string]: Holder }
    const out: Array<readonly [string, Holder]> = []
    for (const [key, item] of Object.entries(items)) {
      const value = inner(item, read)
      if (value instanceof Issue) return value.within(Array.isArray(items) ? Number(key) : key).within(name)
      out.push([key, value])
    }
    return { ...holder, [name]: Array.isArray(items) ? out.map(([, item]) => item) : Object.fromEntries(out) }
  }

/** Replaces each piece of user data with the function's result, such as the outcome of decoding it. */
export const replace = <A extends object>(
  result: A,
  focus: Focus,
  f: (value: unknown, holder: Holder) => unknown
): A => focus(result as Holder, (value, holder) => Either.right(f(value, holder))) as A

/** The schema options of a method. */
interface Slots {
  /** The payload field that each option encodes. */
  readonly encode?: { readonly [option: string]: string }
  /** The user data in the result that each option decodes. */
  readonly decode?: { readonly [option: string]: Focus }
}

type Fields = { readonly [name: string]: unknown }

/**
 * Adds schema options to a method. Payload fields are encoded when the request is made, so that its payload is
 * what will be sent; if that fails, sending the request fails with an `EncodeError`. Result fields are decoded
 * from the server's response; if that fails, the call fails with a `DecodeError`.
 */
export const withSchemas = <M extends string, P extends object, A extends object, E, K extends boolean>(
  method: ApiMethod.ApiMethod<M, P, A, E | CallError, K>,
  { decode = {}, encode = {} }: Slots
): typeof method => {
  const encodes = Object.entries(encode)
  const decodes = Object.entries(decode)
  const options = [...Object.keys(encode), ...Object.keys(decode)]

  const make = (payload: Fields): ApiMethod.Request<M, P, A, E | CallError> => {
    const given: Record<string, unknown> = { ...payload }
    for (const option of options) delete given[option]
    const request = () => method(...([given] as unknown as ApiMethod.Arguments<P>))
    const wrong = options.find((option) => payload[option] !== undefined && !Schema.isSchema(payload[option]))
    if (wrong !== undefined) {
      return unless(new Issue(`expected a Schema, got ${describe(payload[wrong])}`), [wrong], request())
    }
    const schemaOf = (option: string) => payload[option] as Schema.Schema<unknown, unknown> | undefined
    for (const [option, name] of encodes) {
      const schema = schemaOf(option)
      if (schema === undefined || given[name] === undefined) continue
      const value = writer(schema)(given[name])
      if (Either.isLeft(value)) return unless(value.left, [name], request())
      given[name] = value.right
    }
    const reads = decodes.flatMap(([option, focus]) => {
      const schema = schemaOf(option)
      return schema === undefined ? [] : [[focus, reader(schema)] as const]
    })
    if (reads.length === 0) return request()
    const typed = ApiMethod.mapResult(method, (result, _, effort) => {
      let decoded: Holder = result as unknown as Holder
      for (const [focus, read] of reads) {
        const next = focus(decoded, read)
        if (next instanceof Issue) return Either.left(decodeError(method.method, next, [], effort))
        decoded = next
      }
      return Either.right(decoded as unknown as A)
    })
    return typed(...([given] as unknown as ApiMethod.Arguments<P>))
  }

  const call = (payload?: Fields) => {
    // Untyped callers can pass anything. The method's encoder reports it.
    const given = payload as unknown as P
    try {
      return options.some((option) => payload?.[option] !== undefined)
        ? make(payload as Fields)
        : method(...([given] as unknown as ApiMethod.Arguments<P>))
    } catch (error) {
      // A getter threw.
      return unless(threw(error), [], method(...([{}] as unknown as ApiMethod.Arguments<P>)))
    }
  }
  return Object.assign(call, method) as unknown as typeof method
}
