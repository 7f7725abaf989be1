/**
 * What a value is, by the mark that its own realm's constructor left on it. `instanceof` asks about this realm's
 * constructors only: in jest, in jsdom and in `node:vm`, a Buffer or a system error comes from another one.
 */

const tagOf = (value: unknown): string => Object.prototype.toString.call(value)

export const isError = (value: unknown): value is Error => {
  const tag = tagOf(value)
  return tag === "[object Error]" || tag === "[object DOMException]" || value instanceof Error
}

/** A Buffer is one. */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && tagOf(value) === "[object Uint8Array]"

export const isDate = (value: unknown): value is Date => tagOf(value) === "[object Date]"
