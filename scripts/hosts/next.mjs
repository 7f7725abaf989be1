// Next.js: requests of several users share one runtime, and each must keep its own async context.

import { spawn } from "node:child_process"
import { freePort } from "./stub.mjs"
import { succeeds } from "./project.mjs"

const users = ["alice", "bob", "carol"]
const rounds = 4

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

const quiet = { NEXT_TELEMETRY_DISABLED: "1" }

const start = async (folder, env) => {
  const port = await freePort()
  const args = [`${folder}/node_modules/next/dist/bin/next`, "start", "-H", "127.0.0.1", "-p", String(port)]
  const child = spawn(process.execPath, args, {
    cwd: `${folder}/next`,
    env: { ...process.env, ...env, ...quiet },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text))
  }
  const closed = new Promise((resolve) => child.on("close", resolve))
  const url = `http://127.0.0.1:${port}`
  const server = { url, output: () => output, stop: () => (child.kill(), closed) }
  for (let waited = 0; !output.includes("Ready in"); waited += 50) {
    if (child.exitCode !== null || waited > 30_000) {
      await server.stop()
      throw new Error(`next start did not get ready:\n${output}`)
    }
    await pause(50)
  }
  return server
}

/** The user that the program saw after each of its calls. */
const ask = async (server, path, user) => {
  const response = await fetch(`${server.url}/${path}`, { headers: { "x-user": user } })
  if (!response.ok) return [`${path} answered ${response.status} to ${user}:\n${server.output()}`]
  const { failed, seen } = await response.json()
  const problems = seen.flatMap((other, i) =>
    other === user ? [] : [`${path}: after call ${i + 1}, ${user} became ${other}`]
  )
  return failed === "CentrifugoUnknownChannelError"
    ? problems
    : [...problems, `${path}: it failed with ${failed}`]
}

/** Sends requests of all users at once, so that they share sockets and batches. */
const askTogether = async (server, path) => {
  const asked = Array.from({ length: rounds }, () => users).flat()
  const problems = await Promise.all(asked.map((user) => ask(server, path, user)))
  return [...new Set(problems.flat())]
}

export const checksOf = ({ folder, env }) => {
  const next = `${folder}/node_modules/next/dist/bin/next`
  let server
  const inContext = (path) => async () => askTogether((server ??= await start(folder, env)), path)
  return {
    checks: {
      "next: builds": () =>
        succeeds(process.execPath, [next, "build"], { cwd: `${folder}/next`, env: { ...env, ...quiet } }),
      "next: a route over undici keeps each user's context": inContext("undici"),
      "next: the same with batching": inContext("undici-batching"),
      "next: a route over fetch keeps each user's context": inContext("fetch"),
      "next: the same over fetch with batching": inContext("fetch-batching"),
      "next: an edge route keeps each user's context": inContext("edge")
    },
    stop: () => server?.stop()
  }
}
