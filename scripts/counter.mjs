// Counts checks. Each check returns a list of problems.

export const makeCounter = () => {
  const counts = { passed: 0, failed: 0, failures: [] }
  const check = async (name, find) => {
    const startedAt = Date.now()
    const problems = await Promise.resolve()
      .then(find)
      .catch((error) => [error.stack ?? String(error)])
    const isOk = problems.length === 0
    counts[isOk ? "passed" : "failed"]++
    if (!isOk) counts.failures.push(name)
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
    console.log(`${isOk ? "ok    " : "FAILED"} ${name} (${seconds} s)`)
    for (const problem of problems) console.error(problem)
  }
  return { check, counts }
}
