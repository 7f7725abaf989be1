// What the integration tests need: the real server, and databases and queues from Debian.

import { run } from "./workspace.mjs"

/** The Debian packages that are missing here, or `undefined` if it cannot be determined. */
const listMissing = async () => {
  const stdio = ["ignore", "pipe", "inherit"]
  const { ok, output } = await run(process.execPath, ["tools/dist/missing.js"], { stdio })
  return ok ? output.trim().split(" ").filter(Boolean) : undefined
}

const apt = (...args) => run("apt-get", args, { env: { DEBIAN_FRONTEND: "noninteractive" } })

/** Returns the missing services as text. Installs them only on CI, where the machine is ours. */
export const provideServices = async (isCI) => {
  const missing = await listMissing()
  if (isCI && process.getuid?.() === 0 && missing?.length > 0) {
    console.log(`installing ${missing.join(", ")}`)
    await apt("update", "-qq")
    await apt("install", "-y", "-qq", "--no-install-recommends", ...missing)
  }
  return (await listMissing())?.join(", ") ?? "the installed services could not be determined"
}

/** The path of the server binary. Builds it if there is none. */
export const locateServer = async () => {
  const stdio = ["ignore", "pipe", "inherit"]
  const { ok, output } = await run(process.execPath, ["tools/dist/locate.js"], { stdio })
  return ok ? output.trim() : undefined
}
