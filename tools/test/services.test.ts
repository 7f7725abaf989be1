import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { existsSync, readlinkSync } from "node:fs"
import { connect } from "node:net"
import * as Postgres from "../src/Postgres.js"
import * as Redis from "../src/Redis.js"

/** Whether a server listens on the port. */
const listens = (port: number) =>
  Effect.async<boolean>((resume) => {
    const socket = connect(port, "127.0.0.1")
    const answer = (open: boolean) => () => {
      socket.destroy()
      resume(Effect.succeed(open))
    }
    socket.once("connect", answer(true)).once("error", answer(false))
  })

const portOf = (url: string) => Number(new URL(url).port)

const services = [
  {
    name: "Postgres",
    available: Postgres.isAvailable(),
    start: Effect.map(Postgres.start(), ({ dsn, pid }) => ({ pid, port: portOf(dsn) }))
  },
  {
    name: "Redis",
    available: Redis.isAvailable(),
    start: Effect.map(Redis.start(), ({ pid, url }) => ({ pid, port: portOf(url(0)) }))
  }
]

for (const { available, name, start } of services) {
  describe.skipIf(!available)(name, () => {
    it.live(
      "listens when it is started, and leaves neither process nor folder when its scope closes",
      () =>
        Effect.gen(function* () {
          const scope = yield* Scope.make()
          const { pid, port } = yield* Scope.extend(start, scope)
          assert.isTrue(yield* listens(port))
          const folder = readlinkSync(`/proc/${pid}/cwd`)
          assert.isTrue(existsSync(folder))
          yield* Scope.close(scope, Exit.void)
          assert.isFalse(yield* listens(port))
          assert.isFalse(existsSync(folder))
        }),
      60_000
    )

    it.scopedLive(
      "uses another port if one is taken",
      () =>
        Effect.gen(function* () {
          assert.notStrictEqual((yield* start).port, (yield* start).port)
        }),
      60_000
    )
  })
}
