/**
 * How Go decodes JSON into the fields of a message: an absent field has its zero value, names match
 * in any case, unknown fields are passed over, and what is decoded twice is decoded into what the
 * first time left there (`protocol.md` 1.2).
 */
import { isJson, Mismatch, Reader } from "./Reader.js"

export interface Decoder<A> {
  /** What a field holds that was not sent. Nobody changes it. */
  readonly zero: A
  /** Reads the next value; `before` is what the field holds so far. */
  read(reader: Reader, before: A): A
}

export type Decoded<D> = D extends Decoder<infer A> ? A : never

const isNull = (reader: Reader): boolean => reader.peek() === "n" && reader.raw() === "null"

export const text: Decoder<string> = {
  zero: "",
  read: (reader, before) => (isNull(reader) ? before : reader.string())
}

export const flag: Decoder<boolean> = {
  zero: false,
  read: (reader, before) => {
    if (isNull(reader)) return before
    const literal = reader.raw()
    if (literal !== "true" && literal !== "false") throw new Mismatch()
    return literal === "true"
  }
}

const integer = (least: bigint, most: bigint): Decoder<bigint> => ({
  zero: 0n,
  read: (reader, before) => {
    if (isNull(reader)) return before
    const literal = reader.raw()
    // Digits only: 1.0, 1e3 and "1" are no integers. "-0" is one, where a sign may be.
    if (!/^-?\d+$/.test(literal) || (least === 0n && literal.startsWith("-"))) throw new Mismatch()
    const value = BigInt(literal)
    if (value < least || value > most) throw new Mismatch()
    return value
  }
})

const small = (wide: Decoder<bigint>): Decoder<number> => ({
  zero: 0,
  read: (reader, before) => Number(wide.read(reader, BigInt(before)))
})

export const uint64 = integer(0n, 2n ** 64n - 1n)
export const int64 = integer(-(2n ** 63n), 2n ** 63n - 1n)
export const uint32 = small(integer(0n, 2n ** 32n - 1n))
export const int32 = small(integer(-(2n ** 31n), 2n ** 31n - 1n))

/** Any value, kept as it is written; `""` if there is none. `null` is a value. */
export const raw: Decoder<string> = { zero: "", read: (reader) => reader.raw() }

export const list = <A>(item: Decoder<A>): Decoder<ReadonlyArray<A>> => ({
  zero: [],
  read: (reader, before) => {
    const items: Array<A> = []
    if (isNull(reader)) return items
    reader.array((index) => {
      items.push(item.read(reader, index < before.length ? before[index]! : item.zero))
    })
    return items
  }
})

export const dictionary = <A>(item: Decoder<A>): Decoder<ReadonlyMap<string, A>> => ({
  zero: new Map<string, A>(),
  read: (reader, before) => {
    if (isNull(reader)) return new Map()
    const entries = new Map(before)
    reader.object((key) => entries.set(key, item.read(reader, item.zero)))
    return entries
  }
})

/** A message together with how it is written. */
export const kept = <A>(message: Decoder<A>): Decoder<{ readonly raw: string; readonly value: A }> => ({
  zero: { raw: "", value: message.zero },
  read: (reader, { value }) => {
    const raw = reader.raw()
    return { raw, value: message.read(new Reader(raw), value) }
  }
})

/** A message that may be absent. */
export const optional = <A>(message: Decoder<A>): Decoder<A | undefined> => ({
  zero: undefined,
  read: (reader, before) => (isNull(reader) ? undefined : message.read(reader, before ?? message.zero))
})

/** Deferred to the first use, for a message that holds itself. */
export const suspended = <A>(make: () => Decoder<A>): Decoder<A> => ({
  get zero() {
    return make().zero
  },
  read: (reader, before) => make().read(reader, before)
})

type Fields = { readonly [name: string]: Decoder<unknown> }
type Of<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> }

/** The two letters outside ASCII that Go holds for the same as one inside it. */
const fold = (name: string): string =>
  name
    .replace(/\u017f/g, "s")
    .replace(/\u212a/g, "k")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** A message, by its wire names. */
export const struct = <F extends Fields>(fields: F): Decoder<Of<F>> => {
  const decoders = new Map<string, Decoder<unknown>>(Object.entries(fields))
  const zero = Object.fromEntries([...decoders].map(([name, decoder]) => [name, decoder.zero])) as Of<F>
  return {
    zero,
    read: (reader, before) => {
      if (isNull(reader)) return before
      // Messages have many fields, of which few are sent: the others are those of the zero message.
      const values = Object.create(zero) as Record<string, unknown>
      if (before !== zero) Object.assign(values, before)
      reader.object((key) => {
        const name = decoders.has(key) ? key : fold(key)
        const decoder = decoders.get(name)
        if (decoder === undefined) reader.raw()
        else values[name] = decoder.read(reader, values[name])
      })
      return values as Of<F>
    }
  }
}

/** Decodes a whole body; `undefined` where the server answers a bare 400. */
export const decode = <A>(message: Decoder<A>, body: string): A | undefined => {
  if (!isJson(body)) return undefined
  try {
    return message.read(new Reader(body), message.zero)
  } catch (error) {
    if (error instanceof Mismatch) return undefined
    throw error
  }
}
