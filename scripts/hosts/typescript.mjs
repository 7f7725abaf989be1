// TypeScript: compiles the declarations with each supported version, without `skipLibCheck`.

import { existsSync } from "node:fs"
import { writePrograms } from "../packages/consumer.mjs"
import { succeeds } from "./project.mjs"

const versions = { 5.9: "typescript", 6: "typescript-6", 7: "typescript-7" }

/** From version 7 on, the compiler is a native program behind a script. */
const compilerOf = (folder, name) => {
  const script = `${folder}/node_modules/${name}/lib/tsc.js`
  return existsSync(script) ? script : `${folder}/node_modules/${name}/bin/tsc`
}

export const checksOf = ({ folder, tarballs, env }) => {
  const project = `${folder}/typescript`
  writePrograms(project, tarballs, env.CENTRIFUGO_API_URL)
  const compiles = (name, cwd) => () =>
    succeeds(process.execPath, [compilerOf(folder, name), "-p", ".", "--noEmit"], { cwd })
  return {
    checks: {
      ...Object.fromEntries(
        Object.entries(versions).map(([version, name]) => [
          `TypeScript ${version} compiles`,
          compiles(name, project)
        ])
      ),
      "the programs of the hosts compile": compiles("typescript-7", folder)
    }
  }
}
