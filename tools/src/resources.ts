/** Ports and folders for servers under test, and the cache folder for built binaries. */
import { Effect, type Scope } from "effect"
import { randomInt } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"

/** Below the range from which systems pick ports for outgoing connections and for servers that listen on port 0. */
const range = { first: 15_000, last: 32_000 }

const isFree = (port: number) =>
  Effect.async<boolean>((resume) => {
    const probe = createServer()
    probe.once("error", () => resume(Effect.succeed(false)))
    probe.listen(port, "127.0.0.1", () => probe.close(() => resume(Effect.succeed(true))))
  })

/**
 * A loopback port that was free a moment ago. The system never assigns it to an outgoing connection, so a
 * stopped server can restart on the same port.
 */
export const freePort: Effect.Effect<number> = Effect.sync(() => randomInt(range.first, range.last)).pipe(
  Effect.repeat({ until: isFree })
)

/** The project's cache folder, for programs that take long to build or download. */
export const cacheFolder = (name: string): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "effect-centrifugo", name)

/** A new folder that is removed when the scope closes. */
export const emptyFolder = (prefix: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), prefix))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
