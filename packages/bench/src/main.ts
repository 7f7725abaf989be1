/** npm run bench: runs the benchmark, prints the report, and writes the results of a full run. */
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { bench } from "./bench.js"
import { scenarioIds, type Report } from "./model.js"
import { parse, type Options } from "./options.js"
import { toSvg } from "./report/chart.js"
import { toMarkdown } from "./report/markdown.js"
import { plain } from "./report/table.js"
import { isMeasured, targetTable } from "./report/tables.js"
import { scenarios } from "./scenarios/index.js"
import { fullEffort, quickEffort } from "./scenarios/Scenario.js"
import * as Terminal from "./terminal.js"

const folder = fileURLToPath(new URL("../", import.meta.url))

const isAll = ({ only }: Options) => only.length === scenarioIds.length

/** RESULTS.md only holds full runs, on Node. */
const isFull = (options: Options) =>
  !options.quick && isAll(options) && process.env["BENCH_RUNTIME"] === undefined

const write = (report: Report, options: Options) =>
  Effect.gen(function* () {
    const files = [
      ...(options.json === undefined
        ? []
        : [[options.json, JSON.stringify(report, null, 2) + "\n"] as const]),
      ...(isFull(options)
        ? ([
            [`${folder}RESULTS.md`, toMarkdown(report, scenarios)],
            [`${folder}results.svg`, toSvg(report.results)]
          ] as const)
        : [])
    ]
    for (const [path, text] of files) {
      yield* Effect.sync(() => writeFileSync(path, text))
      yield* Terminal.print(`wrote ${path}`)
    }
  })

const main = Effect.gen(function* () {
  // npm runs scripts in the package's folder; INIT_CWD is the user's folder.
  const options = yield* parse(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd())
  const report = yield* bench({ only: options.only, effort: options.quick ? quickEffort : fullEffort })
  const targets = targetTable(report)
  yield* Terminal.block(
    options.quick ? "targets (a quick run is not conclusive)" : "targets",
    plain(isAll(options) ? targets : { ...targets, rows: targets.rows.filter(isMeasured) })
  )
  yield* Terminal.print("")
  yield* write(report, options)
  // Other clients may be missing or fail. A missing result of our client, or of the client we compare with, is
  // an error.
  const broken = report.missing.some(
    ({ client }) =>
      client.startsWith("effect-centrifugo") || client === "raw-undici" || client === "bare-fetch"
  )
  return broken ? 1 : 0
})

process.exitCode = await main.pipe(
  Effect.catchAll((error) => Effect.as(Terminal.print(error.message), 1)),
  Effect.runPromise
)
