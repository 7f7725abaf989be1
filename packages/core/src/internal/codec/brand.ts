/**
 * Type checks that work across realms, by `Object.prototype.toString`. `instanceof` only knows the constructors
 * of its own realm, but in jest, jsdom and `node:vm` a Buffer or a system error comes from another realm.
 */

const tagOf = (value: unknown): string => Object.prototype.toString.call(value)

export const isError = (value: unknown): value is Error => {
  const tag = tagOf(value)
  return tag === "[object Error]" || tag === "[object DOMException]" || value instanceof Error
}

/** Whether a value is a `Uint8Array`, such as a Buffer. */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && tagOf(value) === "[object Uint8Array]"

export const isDate = (value: unknown): value is Date => tagOf(value) === "[object Date]"
