import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Centrifugo from "../src/Centrifugo.js"

const script = (path: string, ...lines: ReadonlyArray<string>) =>
  writeFileSync(path, ["#!/bin/sh", ...lines].join("\n"), { mode: 0o755 })

/** A program that prints a version in the format of the server's binary. */
const fakeCentrifugo = (path: string, version: string) =>
  script(path, `echo "Centrifugo v${version} (Go ...)"`)

/** An environment in which PATH and cache are empty folders, which a test can fill. */
const emptyMachine = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "machine-"))
    const path = join(folder, "bin")
    const cache = join(folder, "cache")
    mkdirSync(path)
    const saved = { ...process.env }
    delete process.env["CENTRIFUGO_BIN"]
    process.env["PATH"] = path
    process.env["XDG_CACHE_HOME"] = cache
    return {
      folder,
      path,
      saved,
      cache: join(cache, "effect-centrifugo", `centrifugo-${Centrifugo.version}`)
    }
  }),
  ({ folder }) =>
    Effect.sync(() => {
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true })
    })
)

describe("Centrifugo", () => {
  it.scopedLive("prefers CENTRIFUGO_BIN to the PATH, and the PATH to the cache", () =>
    Effect.gen(function* () {
      const { cache, folder, path } = yield* emptyMachine
      assert.isFalse(Centrifugo.isAvailable())
      mkdirSync(cache, { recursive: true })
      const [inCache, onPath, named] = [
        join(cache, "centrifugo"),
        join(path, "centrifugo"),
        join(folder, "mine")
      ]
      for (const binary of [inCache, onPath, named]) {
        fakeCentrifugo(binary, Centrifugo.version)
        if (binary === named) vi.stubEnv("CENTRIFUGO_BIN", named)
        assert.strictEqual(Centrifugo.find(), binary)
        assert.deepStrictEqual(yield* Centrifugo.locate(), { path: binary, version: Centrifugo.version })
      }
    })
  )

  it.scopedLive("fails if CENTRIFUGO_BIN is wrong, and does not use another binary", () =>
    Effect.gen(function* () {
      const { path } = yield* emptyMachine
      fakeCentrifugo(join(path, "centrifugo"), Centrifugo.version)
      vi.stubEnv("CENTRIFUGO_BIN", "/nowhere")
      const error = yield* Effect.flip(Centrifugo.locate())
      assert.include(error.message, "/nowhere is not a centrifugo binary")
    })
  )

  it.scopedLive("uses a binary of another version, with a warning", () =>
    Effect.gen(function* () {
      const { path } = yield* emptyMachine
      fakeCentrifugo(join(path, "centrifugo"), "6.0.0")
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => logged.push(String(message)))
      const binary = yield* Centrifugo.locate().pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      assert.strictEqual(binary.version, "6.0.0")
      assert.match(logged.join(), /6\.0\.0; this workspace is built against/)
    })
  )

  it.scopedLive("says what to install if there is no binary and no Go", () =>
    Effect.gen(function* () {
      yield* emptyMachine
      const error = yield* Effect.flip(Centrifugo.locate())
      assert.strictEqual(error._tag, "CentrifugoNotFound")
      assert.include(error.message, "install Go")
      assert.include(error.message, "CENTRIFUGO_BIN")
    })
  )

  it.scopedLive("builds into the cache with Go, and reports progress", () =>
    Effect.gen(function* () {
      const { cache, path } = yield* emptyMachine
      script(
        join(path, "go"),
        `[ "$1" = install ] || exit 1`,
        "echo go: downloading example.com/module v1 >&2",
        "echo example.com/module >&2",
        `echo '#!/bin/sh' > "$GOBIN/centrifugo"`,
        `echo 'echo "Centrifugo v${Centrifugo.version}"' >> "$GOBIN/centrifugo"`,
        `/bin/chmod +x "$GOBIN/centrifugo"`,
        "/bin/sleep 1.5"
      )
      const seen: Array<Centrifugo.BuildProgress> = []
      const binary = yield* Centrifugo.locate({
        onProgress: (progress) => Effect.sync(() => seen.push(progress))
      })
      assert.deepStrictEqual(binary, { path: join(cache, "centrifugo"), version: Centrifugo.version })
      assert.deepStrictEqual(readdirSync(cache), ["centrifugo"])
      const { elapsedSeconds, ...rest } = seen.at(-1)!
      assert.isAtLeast(elapsedSeconds, 1)
      assert.deepStrictEqual(rest, { downloaded: 1, compiled: 1, line: "example.com/module", ended: true })
    })
  )

  it.scopedLive("shows what Go wrote when the build fails, and leaves nothing in the cache", () =>
    Effect.gen(function* () {
      const { cache, path } = yield* emptyMachine
      script(join(path, "go"), "echo no such module >&2", "exit 3")
      const error = yield* Effect.flip(Centrifugo.locate({ onProgress: () => Effect.void }))
      assert.strictEqual(error._tag, "CentrifugoBuildFailed")
      assert.include(error.message, "(3):\nno such module")
      assert.deepStrictEqual(readdirSync(cache), [])
    })
  )
})
