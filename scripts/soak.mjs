// npm run soak: checks that a long-running client leaks no memory and no handles.
//   npm run soak -- --seconds 600 --rate 500     ten minutes at 500 calls a second, the default
//   npm run soak -- --real                       against a real Centrifugo instead of the embedded server
//   npm run soak -- --fetch                      over the runtime's fetch instead of undici
//   npm run soak -- --fetch --runtime bun        the clients on another runtime: bun or deno from npm, or a command
//
// Single calls, batched calls and sendAll run concurrently through a proxy that cuts connections. Some calls time out or
// are interrupted. Every few seconds it prints the heap after a garbage collection, and the open handles. The exit code is
// 1 if one of them grows.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { commandOf } from "./runtimes.mjs"
import { checkNode, build } from "./workspace.mjs"

const { fetch, rate, real, runtime, seconds } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    rate: { type: "string", default: "500" },
    real: { type: "boolean", default: false },
    fetch: { type: "boolean", default: false },
    runtime: { type: "string", default: process.execPath }
  }
}).values

/** Runs a program of the soak folder. It uses the built packages. */
const start = (name, args, stdio, [command, ...before] = [process.execPath]) =>
  spawn(command, [...before, fileURLToPath(new URL(`soak/${name}`, import.meta.url)), ...args], { stdio })

const soak = async () => {
  const command = await commandOf(runtime)
  // In another process, so that the measured heap contains only the clients.
  const server = start("server.mjs", real ? ["--real"] : [], ["pipe", "pipe", "inherit"])
  try {
    const [line] = await Promise.race([
      once(server.stdout, "data"),
      once(server, "exit").then(() => Promise.reject(new Error("the server did not start")))
    ])
    const args = [String(line).trim(), seconds, rate, ...(fetch ? ["fetch"] : [])]
    const client = start("client.mjs", args, "inherit", command)
    const [code] = await once(client, "exit")
    return code ?? 1
  } finally {
    // The server ends when its input ends.
    server.stdin.end()
  }
}

if (!(Number(seconds) > 0) || !(Number(rate) > 0)) {
  console.error("--seconds and --rate: expected numbers above zero")
  process.exitCode = 2
} else if (
  checkNode() &&
  (await build(
    "packages/node/tsconfig.src.json",
    "packages/testing/tsconfig.src.json",
    "tools/tsconfig.json"
  ))
) {
  process.exitCode = await soak()
} else {
  process.exitCode = 1
}
