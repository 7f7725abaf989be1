/** Makes handlers whose payloads are decoded and encoded with Schemas. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import { type Event, RequestError, type Request, ResultError } from "../../ProxyProtocol.js"
import { reader, writer } from "../api/schemas.js"
import type { Issue } from "../codec/Issue.js"
import type { Call, Handler, Refusals, Results } from "./model.js"
import { Denied } from "./refusals.js"

/**
 * The Schemas of payloads. A payload without a Schema is any JSON value, or bytes.
 *
 * @since 0.1.0
 */
export interface Schemas<D, DI, I, II, O, OI, M, MI> {
  /** The data that the client sends (`request.data`), and the data that replaces a publication. */
  readonly data?: Schema.Schema<D, DI>
  /** The `info` of the result. */
  readonly info?: Schema.Schema<I, II>
  /** The `data` of the result of `connect`, `subscribe` and `rpc`. */
  readonly reply?: Schema.Schema<O, OI>
  /** The connection's `meta`, in requests and results. */
  readonly meta?: Schema.Schema<M, MI>
}

/**
 * A request whose payloads have Schemas.
 *
 * @since 0.1.0
 */
export type TypedRequest<E extends Event, D, M> = Omit<Request<E>, "data" | "meta"> &
  ("data" extends keyof Request<E> ? { readonly data: D } : {}) &
  ("meta" extends keyof Request<E> ? { readonly meta?: M } : {})

type Reader<A> = (value: unknown) => Either.Either<A, Issue>

/**
 * Decodes the client's data. If bytes do not match the Schema, tries them as JSON text: with `binary_encoding` the server
 * sends all data as bytes.
 */
export const payloadReader = <A, I>(schema: Schema.Schema<A, I>): Reader<A> => {
  const read = reader(schema)
  return (value) => {
    const first = read(value)
    if (Either.isRight(first) || !(value instanceof Uint8Array)) return first
    try {
      return read(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value)))
    } catch {
      return first
    }
  }
}

/** Denies data that does not match the Schema. The client should not retry. */
export const misfit = (issue: Issue): Denied => {
  const where = issue.path.length === 0 ? "" : ` ${issue.path.join(".")}:`
  return new Denied({ code: 400, message: `bad request: data:${where} ${issue.detail}`, temporary: false })
}

const written = (event: Event, field: string, write: Reader<unknown>, value: unknown) =>
  Either.getOrThrowWith(
    write(value),
    ({ detail, path }) => new ResultError({ event, path: [field, ...path], detail })
  )

/** Encodes fields of a result. A value that does not match the Schema is a defect of the program. */
export const encodeFields =
  (event: Event, writers: Readonly<Record<string, Reader<unknown> | undefined>>) =>
  (result: unknown): unknown => {
    if (typeof result !== "object" || result === null) return result
    const given = result as Readonly<Record<string, unknown>>
    const encoded: Record<string, unknown> = { ...given }
    for (const [field, write] of Object.entries(writers)) {
      if (write !== undefined && given[field] !== undefined) {
        encoded[field] = written(event, field, write, given[field])
      }
    }
    return encoded
  }

/** Encodes the values of keys. */
export const encodeItems = (write: Reader<unknown> | undefined) => {
  const encode = encodeFields("sharedPollRefresh", { data: write, prevData: write })
  return (result: unknown): unknown => {
    const { items, ...rest } = result as { readonly items: ReadonlyArray<unknown> }
    return { ...rest, items: items.map(encode) }
  }
}

/** Events whose result can replace the client's data. */
const replacing: ReadonlySet<Event> = new Set(["publish", "mapPublish"])

export const typed = <
  E extends Event,
  R,
  D = unknown,
  DI = unknown,
  I extends {} | null = {} | null,
  II = unknown,
  O extends {} | null = {} | null,
  OI = unknown,
  M extends {} | null = {} | null,
  MI = unknown
>(
  event: E,
  schemas: Schemas<D, DI, I, II, O, OI, M, MI>,
  handler: (
    request: TypedRequest<E, D, M>,
    call: Call<Request<E>>
  ) => Effect.Effect<Results<D, I, O, M>[E], Refusals[E], R>
): Handler<E, R> => {
  // A poll has no client data.
  const readData = event === "sharedPollRefresh" ? undefined : schemas.data && payloadReader(schemas.data)
  const readMeta = schemas.meta && reader(schemas.meta)
  const write = {
    info: schemas.info && writer(schemas.info),
    data: schemas.data && writer(schemas.data),
    reply: schemas.reply && writer(schemas.reply),
    meta: schemas.meta && writer(schemas.meta)
  }
  const encode =
    event === "sharedPollRefresh"
      ? encodeItems(write.data)
      : encodeFields(event, {
          info: write.info,
          data: replacing.has(event) ? write.data : write.reply,
          meta: write.meta
        })
  const run = (request: Request<E>, call: Call<Request<E>>) => {
    const given = request as { readonly data?: unknown; readonly meta?: unknown }
    const meta = readMeta === undefined || given.meta === undefined ? undefined : readMeta(given.meta)
    if (meta !== undefined && Either.isLeft(meta)) {
      const { detail, path } = meta.left
      return Effect.die(new RequestError({ event, path: ["meta", ...path], detail }))
    }
    const data = readData?.(given.data)
    if (data !== undefined && Either.isLeft(data)) return Effect.fail(misfit(data.left))
    const whole = {
      ...given,
      ...(data === undefined ? {} : { data: data.right }),
      ...(meta === undefined ? {} : { meta: meta.right })
    }
    return Effect.map(handler(whole as never, call), encode)
  }
  // Encoding has turned the result into the event's type.
  return run as unknown as Handler<E, R>
}
