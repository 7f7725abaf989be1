// Runs vitest and counts its tests.

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { root, run } from "./workspace.mjs"

/** Counts the tests of a runner. If it failed without a failed test, it crashed: count that as a failure. */
export const orCrashed = (ok, counts) => (ok || counts.failed > 0 ? counts : { ...counts, failed: 1 })

/** The file, name and first line of the error of each failed test. */
const failedTests = ({ testResults }) =>
  testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status }) => status === "failed")
      .map(
        ({ fullName, failureMessages }) =>
          `${relative(root, file.name)} > ${fullName}: ${(failureMessages[0] ?? "").split("\n")[0]}`
      )
  )

/**
 * Runs the vitest of a workspace. `runtime` is the command and arguments of the JavaScript runtime; `args` are vitest's
 * arguments.
 */
export const runVitest = async (
  args,
  { env, runtime = [process.execPath], reporter = "default", workspace = root } = {}
) => {
  const folder = mkdtempSync(join(tmpdir(), "vitest-"))
  const report = join(folder, "report.json")
  const [command, ...before] = runtime
  const reporters = [`--reporter=${reporter}`, "--reporter=json", `--outputFile.json=${report}`]
  const program = join(workspace, "node_modules/vitest/vitest.mjs")
  const { ok } = await run(command, [...before, program, "run", ...reporters, ...args], {
    cwd: workspace,
    env
  })
  let counts = { passed: 0, failed: 0, skipped: 0 }
  try {
    const results = JSON.parse(readFileSync(report, "utf8"))
    // A file that fails to load has no tests that could fail.
    const unloaded = results.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0
    )
    counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + unloaded.length,
      skipped: results.numPendingTests + results.numTodoTests,
      failures: [...unloaded.map((file) => relative(root, file.name)), ...failedTests(results)]
    }
  } catch (error) {
    console.error(`vitest left no report: ${error.message}`)
  }
  rmSync(folder, { recursive: true })
  return orCrashed(ok && counts.passed > 0, counts)
}
