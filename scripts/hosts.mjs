// Builds and runs the programs of hosts/ and the examples in frameworks, each in its real host process. Needs a build: node scripts/hosts.mjs
//   node scripts/hosts.mjs next workers       some of the hosts

import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Lambda from "./hosts/lambda.mjs"
import * as Nest from "./hosts/nest.mjs"
import * as Next from "./hosts/next.mjs"
import { installHosts } from "./hosts/project.mjs"
import { startStub } from "./hosts/stub.mjs"
import * as TestRunners from "./hosts/testRunners.mjs"
import * as TypeScript from "./hosts/typescript.mjs"
import * as Workers from "./hosts/workers.mjs"
import { withOutside } from "./outside.mjs"
import { packAll } from "./packages/tarballs.mjs"
import { makeCounter } from "./counter.mjs"

const hosts = {
  typescript: TypeScript,
  lambda: Lambda,
  workers: Workers,
  tests: TestRunners,
  nest: Nest,
  next: Next
}

export const checkHosts = async (names = Object.keys(hosts)) => {
  const { check, counts } = makeCounter()
  const checkHost = async (name, context) => {
    const { checks, stop } = hosts[name].checksOf(context)
    try {
      for (const [label, find] of Object.entries(checks)) await check(label, find)
    } finally {
      await stop?.()
    }
  }
  const checkIn = (server) => async (outside) => {
    const tarballs = await packAll(outside)
    const folder = join(outside, "hosts")
    await check("npm ci", () => installHosts(folder, tarballs))
    for (const name of names) await checkHost(name, { folder, tarballs, env: server.env })
  }
  const server = await startStub()
  try {
    await withOutside("hosts-", checkIn(server))
  } catch (error) {
    await check("hosts", () => [error.stack])
  } finally {
    server.stop()
  }
  console.log(`hosts: ${counts.passed} passed, ${counts.failed} failed`)
  return counts
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2).filter((name) => name in hosts)
  const { failed } = await checkHosts(names.length > 0 ? names : undefined)
  process.exitCode = failed > 0 ? 1 : 0
}
