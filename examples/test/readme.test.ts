/** Runs every program of the README, unchanged, on the embedded server. */
import { CentrifugoTransport } from "@effect-centrifugo/core"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? "")

/** Inside the workspace, so that the packages resolve. */
const parent = fileURLToPath(new URL("../snippets/", import.meta.url))

const folder = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(parent, { recursive: true })
    return mkdtempSync(`${parent}run-`)
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A program that runs itself exports its effect instead, so that the test waits for it. */
const handedOver = (code: string) =>
  code
    .replace(/^program\.pipe\(/m, "const running = program.pipe(")
    .replace("Effect.runPromise", "Effect.asVoid")

/** The effects that a snippet defines. */
const namesOf = (code: string) =>
  [...code.matchAll(/^const (\w+) = (?:program\.pipe|Effect\.gen)\b/gm)].map(([, name]) => name ?? "")

// The README's example of a custom method, which only a newer server would have.
const answers = { channel_stats: () => CentrifugoTransport.result({ num_messages: 1 }) }

describe("README", () => {
  snippets.forEach((code, i) => {
    it.scopedLive(`example ${i + 1} runs`, () =>
      Effect.gen(function* () {
        const server = yield* EmbeddedServer.start({ apiKey: "api_key", answers })
        const path = `${yield* folder}/example.ts`
        const handed = handedOver(code)
        const names = namesOf(handed)
        const text = handed.replaceAll(/https?:\/\/[\w.:-]+\/api/g, server.apiUrl)
        writeFileSync(path, `${text}\nexport const programs = [${names.join(", ")}]\n`)
        const { programs } = yield* Effect.promise(
          () => import(path) as Promise<{ readonly programs: ReadonlyArray<Effect.Effect<unknown, unknown>> }>
        )
        assert.strictEqual(programs.length, names.length)
        for (const program of programs) {
          const exit = yield* Effect.exit(Effect.provide(program, CentrifugoTest.layer({ answers })))
          assert.isTrue(Exit.isSuccess(exit), String(exit))
        }
      })
    )
  })
})
