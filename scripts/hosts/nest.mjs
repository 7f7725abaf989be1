// NestJS: examples/nest, compiled and started as its scripts do.

import { startProgram } from "./program.mjs"
import { succeeds } from "./project.mjs"
import { checkRooms, checkStop, postTo } from "./rooms.mjs"

export const checksOf = ({ folder, env }) => {
  const cwd = `${folder}/nest`
  let server
  const started = async () =>
    (server ??= await startProgram({
      args: () => ["dist/main.js"],
      cwd,
      env: { ...env, NO_COLOR: "1" },
      ready: "Nest application successfully started"
    }))
  return {
    checks: {
      "nest: the example compiles": () =>
        succeeds(process.execPath, [`${folder}/node_modules/typescript/lib/tsc.js`], { cwd }),
      "nest: the example answers with the status of each failure": async () =>
        checkRooms(postTo((await started()).url), env),
      "nest: the example answers the request in flight after SIGTERM": async () => checkStop(await started())
    },
    stop: () => server?.stop()
  }
}
