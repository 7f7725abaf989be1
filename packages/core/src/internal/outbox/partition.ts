/** Which partition a text belongs to: fixed for ever, because two processes that disagree lose the order. */

const encoder = new TextEncoder()

/** FNV-1a, 32 bits, over the UTF-8 bytes: short, published, and the same in every language. */
export const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** As many as a PostgreSQL `integer` can number. */
export const maxPartitions = 2 ** 31 - 1

export const isPartitionCount = (count: number): boolean =>
  Number.isInteger(count) && count >= 1 && count <= maxPartitions

/** The error's words, here and where it is thrown. */
export const expectedPartitions = `expected an integer from 1 to ${maxPartitions}`
