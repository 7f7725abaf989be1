// A server program of the project, as a process on a free port.

import { spawn } from "node:child_process"
import { freePort } from "./stub.mjs"

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

/**
 * Starts a program of Node and waits until it prints `ready`. `args` get the port. `stop` sends SIGTERM and waits for
 * the end.
 */
export const startProgram = async ({ args, cwd, env, ready }) => {
  const port = await freePort()
  const child = spawn(process.execPath, args(port), {
    cwd,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text))
  }
  const closed = new Promise((resolve) => child.on("close", resolve))
  const stop = () => (child.kill(), closed)
  for (let waited = 0; !output.includes(ready); waited += 50) {
    if (child.exitCode !== null || waited > 30_000) {
      await stop()
      throw new Error(`the program did not get ready:\n${output}`)
    }
    await pause(50)
  }
  return { url: `http://127.0.0.1:${port}`, output: () => output, stop }
}
