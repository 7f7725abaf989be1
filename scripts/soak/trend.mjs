/**
 * The growth of a value over the last three quarters of its samples, by linear regression. It ignores the first quarter,
 * in which code is compiled and caches fill.
 */
export const growth = (samples) => {
  const rest = samples.slice(Math.floor(samples.length / 4))
  if (rest.length < 3) return 0
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(rest.map(([x]) => x)), mean(rest.map(([, y]) => y))]
  const covariance = rest.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0)
  const variance = rest.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
  const [first, last] = [rest[0][0], rest.at(-1)[0]]
  return (covariance / variance) * (last - first)
}
