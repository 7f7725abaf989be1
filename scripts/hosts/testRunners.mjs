// Test runners: jest, and vitest in environments that replace globals or run in their own realm.

import { succeeds } from "./project.mjs"

const environments = ["node", "jsdom", "happy-dom", "vmThreads"]

export const checksOf = ({ folder, env }) => {
  const runs = (name, program, args) => () =>
    succeeds(process.execPath, [`${folder}/node_modules/${program}`, ...args], {
      cwd: `${folder}/${name}`,
      env: { ...env, NO_COLOR: "1" }
    })
  return {
    checks: {
      "NestJS under jest": runs("nest", "jest/bin/jest.js", ["--ci"]),
      ...Object.fromEntries(
        environments.map((name) => [
          `vitest in ${name}`,
          runs("vitest", "vitest/vitest.mjs", ["run", `--project=${name}`])
        ])
      )
    }
  }
}
