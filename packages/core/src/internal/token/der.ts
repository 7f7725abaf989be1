/** Converts ECDSA signatures. Key services return DER; a JWT contains r and s at a fixed length (IEEE P1363). */

/** Converts `SEQUENCE { INTEGER r, INTEGER s }`, each padded to `size` bytes. Undefined if it is not DER. */
export const toRaw = (der: Uint8Array, size: number): Uint8Array | undefined => {
  // Above 127 bytes (P-521) the length takes one more byte.
  const start = der[1] === 0x81 ? 3 : 2
  if (der[0] !== 0x30 || der[start - 1] !== der.length - start) return undefined
  const raw = new Uint8Array(2 * size)
  let at = start
  for (const end of [size, 2 * size]) {
    const length = der[at + 1] ?? 0
    const number = der.subarray(at + 2, at + 2 + length)
    if (der[at] !== 0x02 || number.length !== length || length === 0) return undefined
    // A leading zero only marks the integer as positive.
    const digits = number[0] === 0 ? number.subarray(1) : number
    if (digits.length > size) return undefined
    raw.set(digits, end - digits.length)
    at += 2 + length
  }
  return at === der.length ? raw : undefined
}
