// The databases and queues that suites with real parts use, all of them Debian's.

import { run } from "./workspace.mjs"

/** The packages that this machine lacks, or `undefined` where that can't be told. */
const listMissing = async () => {
  const stdio = ["ignore", "pipe", "inherit"]
  const { ok, output } = await run(process.execPath, ["tools/dist/missing.js"], { stdio })
  return ok ? output.trim().split(" ").filter(Boolean) : undefined
}

const apt = (...args) => run("apt-get", args, { env: { DEBIAN_FRONTEND: "noninteractive" } })

/**
 * What is still missing, as text: a machine of CI is ours alone, and gets what it lacks where it may;
 * nobody else's does.
 */
export const provideServices = async (isCI) => {
  const missing = await listMissing()
  if (isCI && process.getuid?.() === 0 && missing?.length > 0) {
    console.log(`installing ${missing.join(", ")}`)
    await apt("update", "-qq")
    await apt("install", "-y", "-qq", "--no-install-recommends", ...missing)
  }
  return (await listMissing())?.join(", ") ?? "what the suites need could not be looked for"
}
