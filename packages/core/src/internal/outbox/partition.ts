/**
 * Assigns text to partitions. The assignment must never change: processes with different assignments would break
 * the order of events.
 */

const encoder = new TextEncoder()

/** FNV-1a, 32 bits, over the UTF-8 bytes: short, well known, and available in every language. */
export const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** The partition of a text. */
export const partitionOf = (text: string, partitions: number): number => fnv1a(text) % partitions

/** The range of a PostgreSQL `integer`. */
export const maxPartitions = 2 ** 31 - 1

export const isPartitionCount = (count: number): boolean =>
  Number.isInteger(count) && count >= 1 && count <= maxPartitions

/** The error detail for an invalid number of partitions. */
export const expectedPartitions = `expected an integer from 1 to ${maxPartitions}`
