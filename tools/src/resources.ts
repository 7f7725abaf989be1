/** What a server under test needs for itself alone, and where what was built for it is kept. */
import { Effect, type Scope } from "effect"
import { randomInt } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"

/** Below the ports that systems give to outgoing connections and to servers that ask for any. */
const range = { first: 15_000, last: 32_000 }

const isFree = (port: number) =>
  Effect.async<boolean>((resume) => {
    const probe = createServer()
    probe.once("error", () => resume(Effect.succeed(false)))
    probe.listen(port, "127.0.0.1", () => probe.close(() => resume(Effect.succeed(true))))
  })

/**
 * A port of the loopback that was free a moment ago. No client's own end can come to lie on it, so a server that was
 * stopped can start again on the port that it had.
 */
export const freePort: Effect.Effect<number> = Effect.sync(() => randomInt(range.first, range.last)).pipe(
  Effect.repeat({ until: isFree })
)

/** Where this project keeps, between runs, what took long to get. */
export const cacheFolder = (name: string): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "effect-centrifugo", name)

/** A new folder, which goes with the scope. */
export const emptyFolder = (prefix: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), prefix))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
