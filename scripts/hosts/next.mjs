// Next.js: examples/next, with more routes from hosts/next, in which requests of several users share one runtime and
// each must keep its own async context.

import { startProgram } from "./program.mjs"
import { succeeds } from "./project.mjs"
import { checkRooms, checkStop, postTo } from "./rooms.mjs"

const users = ["alice", "bob", "carol"]
const rounds = 4

const quiet = { NEXT_TELEMETRY_DISABLED: "1" }

const start = (folder, env) =>
  startProgram({
    args: (port) => [
      `${folder}/node_modules/next/dist/bin/next`,
      "start",
      "-H",
      "127.0.0.1",
      "-p",
      String(port)
    ],
    cwd: `${folder}/next`,
    env: { ...env, ...quiet },
    ready: "Ready in"
  })

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
  const started = async () => (server ??= await start(folder, env))
  const inContext = (path) => async () => askTogether(await started(), path)
  return {
    checks: {
      "next: builds": () =>
        succeeds(process.execPath, [next, "build"], { cwd: `${folder}/next`, env: { ...env, ...quiet } }),
      "next: a route over undici keeps each user's context": inContext("undici"),
      "next: the same with batching": inContext("undici-batching"),
      "next: a route over fetch keeps each user's context": inContext("fetch"),
      "next: the same over fetch with batching": inContext("fetch-batching"),
      "next: an edge route keeps each user's context": inContext("edge"),
      "next: the example answers with the status of each failure": async () =>
        checkRooms(postTo((await started()).url), env),
      "next: the example answers the request in flight after SIGTERM": async () => checkStop(await started())
    },
    stop: () => server?.stop()
  }
}
