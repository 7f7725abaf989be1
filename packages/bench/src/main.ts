/** npm run bench: runs the benchmark, prints the report, and writes the results of a full run. */
import * as Effect from "effect/Effect"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { bench } from "./bench.js"
import { fetchClients, scenarioIds, type Report, type RuntimeId } from "./model.js"
import { parse, type Options } from "./options.js"
import { toSvg } from "./report/chart.js"
import { toMarkdown } from "./report/markdown.js"
import { readRuns, toRuntimesMarkdown, withReport } from "./report/runtimes.js"
import { plain } from "./report/table.js"
import { isMeasured, targetTable } from "./report/tables.js"
import { scenarios } from "./scenarios/index.js"
import { fullEffort, quickEffort, runtimeEffort } from "./scenarios/Scenario.js"
import * as Terminal from "./terminal.js"

const folder = fileURLToPath(new URL("../", import.meta.url))

const isAll = ({ only }: Options) => only.length === scenarioIds.length

/** RESULTS.md only holds full runs. */
const isFull = (options: Options) => !options.quick && isAll(options) && options.runtime === undefined

const runsFile = `${folder}runtimes.json`

/** The files that hold the comparisons on each runtime. */
const runtimeFiles = (report: Report, runtime: RuntimeId) =>
  Effect.map(existsSync(runsFile) ? readRuns(readFileSync(runsFile, "utf8")) : Effect.succeed({}), (runs) => {
    const all = withReport(runs, runtime, report)
    return [
      [runsFile, JSON.stringify(all, null, 2) + "\n"],
      [`${folder}RUNTIMES.md`, toRuntimesMarkdown(all)]
    ] as const
  })

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
        : []),
      ...(options.runtime === undefined || options.quick ? [] : yield* runtimeFiles(report, options.runtime))
    ]
    for (const [path, text] of files) {
      yield* Effect.sync(() => writeFileSync(path, text))
      yield* Terminal.print(`wrote ${path}`)
    }
  })

const main = Effect.gen(function* () {
  // npm runs scripts in the package's folder; INIT_CWD is the user's folder.
  const options = yield* parse(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd())
  const { only, quick, runtime } = options
  const effort = quick ? quickEffort : runtime === undefined ? fullEffort : runtimeEffort
  const clients = runtime === undefined ? {} : { clients: new Set(fetchClients) }
  const report = yield* bench({ only, effort, ...clients })
  const targets = targetTable(report)
  yield* Terminal.block(
    quick ? "targets (a quick run is not conclusive)" : "targets",
    plain(
      isAll(options) && runtime === undefined
        ? targets
        : { ...targets, rows: targets.rows.filter(isMeasured) }
    )
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
