/** Summarizes lists of samples. */

export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: number
  readonly samples: ReadonlyArray<number>
}

/** The middle sample, or the mean of the two middle ones. */
export const median = (samples: ReadonlyArray<number>): number => {
  if (samples.length === 0) throw new RangeError("the median of no samples")
  const sorted = samples.toSorted((a, b) => a - b)
  const upper = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2
}

/** The nearest-rank percentile. */
export const percentile = (samples: ReadonlyArray<number>, share: number): number => {
  if (samples.length === 0) throw new RangeError("a percentile of no samples")
  return samples.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(samples.length * share) - 1)]!
}

export const summarize = (samples: ReadonlyArray<number>): Summary => ({
  median: median(samples),
  min: Math.min(...samples),
  max: Math.max(...samples),
  rounds: samples.length,
  samples
})

const areCoprime = (a: number, b: number): boolean => (b === 0 ? a === 1 : areCoprime(b, a % b))

/**
 * The order of a round. Each round starts one item later than the round before and uses another stride. So no
 * client is always first, when the server is coldest, or always runs after the same client.
 */
export const arranged = <A>(items: ReadonlyArray<A>, round: number): ReadonlyArray<A> => {
  const count = items.length
  const strides = items.map((_, i) => i + 1).filter((stride) => areCoprime(stride, count))
  const stride = strides[round % strides.length] ?? 1
  return items.map((_, i) => items[(round + i * stride) % count]!)
}
