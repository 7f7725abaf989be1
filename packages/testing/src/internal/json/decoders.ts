/**
 * Decodes JSON into messages as Go does. An absent field has its zero value, names match in any case, unknown
 * fields are ignored, and a repeated field is decoded into its earlier value (`protocol.md` 1.2).
 */
import { isJson, Mismatch, Reader } from "./Reader.js"

export interface Decoder<A> {
  /** The value of an absent field. Never mutated. */
  readonly zero: A
  /** Reads the next value; `before` is the field's current value. */
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
    // Only digits: Go does not accept 1.0, 1e3 or "1" as integers. It accepts "-0" for signed ones.
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

/** Any value, as original text; `""` if absent. `null` is a value. */
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

/** A message together with its original text. */
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

/** Defers construction to the first use, for recursive messages. */
export const suspended = <A>(make: () => Decoder<A>): Decoder<A> => ({
  get zero() {
    return make().zero
  },
  read: (reader, before) => make().read(reader, before)
})

type Fields = { readonly [name: string]: Decoder<unknown> }
type Of<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> }

/** The two non-ASCII letters that Go's case folding maps to ASCII. */
const fold = (name: string): string =>
  name
    .replace(/\u017f/g, "s")
    .replace(/\u212a/g, "k")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** A message, described by its wire names. */
export const struct = <F extends Fields>(fields: F): Decoder<Of<F>> => {
  const decoders = new Map<string, Decoder<unknown>>(Object.entries(fields))
  const zero = Object.fromEntries([...decoders].map(([name, decoder]) => [name, decoder.zero])) as Of<F>
  return {
    zero,
    read: (reader, before) => {
      if (isNull(reader)) return before
      // Most fields are absent, so they are inherited from the zero message.
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

/** Decodes a whole body; `undefined` if the server would answer 400 with no body. */
export const decode = <A>(message: Decoder<A>, body: string): A | undefined => {
  if (!isJson(body)) return undefined
  try {
    return message.read(new Reader(body), message.zero)
  } catch (error) {
    if (error instanceof Mismatch) return undefined
    throw error
  }
}
