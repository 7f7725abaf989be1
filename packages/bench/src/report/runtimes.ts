/** RUNTIMES.md: the clients over `fetch`, compared on each runtime. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type ClientId, clientIds, type Report, type Result, type RuntimeId, scenarioIds } from "../model.js"
import { ratio } from "./numbers.js"
import { type Column, markdown, type Table } from "./table.js"
import { judge, overFetch, verdictWord } from "./targets.js"

/** The parts of a runtime's results that the tables use. */
const Run = Schema.Struct({
  runtime: Schema.String,
  date: Schema.String,
  machine: Schema.String,
  results: Schema.Array(
    Schema.Struct({
      scenario: Schema.Literal(...scenarioIds),
      client: Schema.Literal(...clientIds),
      unit: Schema.Literal("ms", "us"),
      count: Schema.Number,
      rounds: Schema.Number,
      median: Schema.Number,
      min: Schema.Number,
      max: Schema.Number,
      cpu: Schema.Number
    })
  )
})
type Run = typeof Run.Type

/** The content of `runtimes.json`, in the order of the tables. */
export const Runs = Schema.Struct({
  node: Schema.optional(Run),
  bun: Schema.optional(Run),
  deno: Schema.optional(Run)
})
export type Runs = typeof Runs.Type

export const readRuns = (text: string) => Effect.orDie(Schema.decodeUnknown(Schema.parseJson(Runs))(text))

const names: { readonly [id in RuntimeId]: string } = { node: "Node", bun: "Bun", deno: "Deno" }

const rankOf = ({ client, scenario }: Pick<Result, "client" | "scenario">) =>
  scenarioIds.indexOf(scenario) * clientIds.length + clientIds.indexOf(client)

/**
 * Adds a report. It replaces earlier results of the same scenarios, and all results of another version of the
 * runtime.
 */
export const withReport = (runs: Runs, id: RuntimeId, report: Report): Runs => {
  const { cpu, cores, os } = report.machine
  const runtime = `${names[id]} ${report.versions[id]}`
  const fresh = report.results.flatMap(({ client, count, cpu, max, median, min, rounds, scenario, unit }) =>
    count === undefined || cpu === undefined || unit === "bytes"
      ? []
      : [{ scenario, client, unit, count, rounds, median, min, max, cpu }]
  )
  const isKept = ({ scenario }: { readonly scenario: string }) =>
    fresh.every((result) => result.scenario !== scenario)
  const kept = runs[id]?.runtime === runtime ? runs[id].results.filter(isKept) : []
  return {
    ...runs,
    [id]: {
      runtime,
      date: report.date.slice(0, 10),
      machine: `${cpu}, ${cores} cores, ${os}`,
      results: [...kept, ...fresh].toSorted((a, b) => rankOf(a) - rankOf(b))
    }
  }
}

type Measure = "median" | "cpu"

/** Microseconds per publication. */
const micros = (result: Run["results"][number], measure: Measure) =>
  result[measure] * (result.unit === "ms" ? 1000 / result.count : 1)

const short = (value: number) => value.toFixed(value < 10 ? 1 : 0)

const columns: ReadonlyArray<Column> = [
  { title: "scenario", align: "left" },
  ...[
    "bare `fetch`",
    "in an Effect",
    "effect-centrifugo",
    "cent.js",
    "to bare `fetch`",
    "to an Effect",
    "to cent.js"
  ].map((title): Column => ({ title, align: "right" }))
]

const scenariosOf = ({ results }: Run) =>
  scenarioIds.filter((id) => results.some(({ scenario }) => scenario === id))

const valueOf = (run: Run, measure: Measure) => (scenario: string, client: ClientId) => {
  const found = run.results.find((result) => result.scenario === scenario && result.client === client)
  return found === undefined ? undefined : micros(found, measure)
}

const tableOf = (run: Run, measure: Measure): Table => {
  const get = valueOf(run, measure)
  return {
    columns,
    rows: scenariosOf(run).map((scenario) => {
      const ours = get(scenario, "effect-centrifugo-fetch")
      const others = (["bare-fetch", "fetch-in-effect", "cent.js"] as const).map((id) => get(scenario, id))
      const time = (value: number | undefined) => (value === undefined ? "" : short(value))
      const times = (value: number | undefined) =>
        ours === undefined || value === undefined ? "" : ratio(ours / value)
      return [scenario, time(others[0]), time(others[1]), time(ours), time(others[2]), ...others.map(times)]
    })
  }
}

/** Names the scenarios in which cent.js is faster, or says that there is none. */
const comparison = (run: Run, measure: Measure, what: string): string => {
  const get = valueOf(run, measure)
  const ratios = scenariosOf(run).flatMap((scenario) => {
    const ours = get(scenario, "effect-centrifugo-fetch")
    const theirs = get(scenario, "cent.js")
    return ours === undefined || theirs === undefined ? [] : [[scenario, ours / theirs] as const]
  })
  const behind = ratios.filter(([, value]) => value >= 1)
  const list = behind.map(([scenario, value]) => `${scenario} (${ratio(value)})`).join(", ")
  return behind.length === 0
    ? `${what}: ahead of cent.js in all ${ratios.length} scenarios.`
    : `${what}: cent.js is ahead in ${behind.length} of ${ratios.length} scenarios: ${list}.`
}

const targetsOf = ({ results }: Run): Table => ({
  columns: [
    { title: "target", align: "left" },
    { title: "limit", align: "left" },
    { title: "measured", align: "right" },
    { title: "", align: "left" }
  ],
  rows: judge(results.map((result) => ({ ...result, samples: [] })))
    .filter(({ target }) => target.startsWith(overFetch))
    .map((verdict) => [verdict.target, verdict.limit, verdict.value ?? "-", verdictWord(verdict)])
})

const section = (run: Run): ReadonlyArray<string> => [
  `## ${run.runtime}`,
  `${run.date}, ${run.machine}; clients and server share it.`,
  "Wall time, µs per publication:",
  markdown(tableOf(run, "median")),
  "CPU time of the client process, µs per publication:",
  markdown(tableOf(run, "cpu")),
  `- ${comparison(run, "median", "Wall time")}\n- ${comparison(run, "cpu", "CPU time")}`,
  markdown(targetsOf(run))
]

const overviewScenarios = ["sequential", "concurrent-64", "batches-10", "bulk-100k"] as const

/** What our client costs on each runtime, as ratios to bare `fetch`. */
const overview = (runs: ReadonlyArray<Run>): Table => ({
  columns: [
    { title: "to bare `fetch`", align: "left" },
    ...overviewScenarios.flatMap((id): ReadonlyArray<Column> => [
      { title: `${id}: wall`, align: "right" },
      { title: "CPU", align: "right" }
    ])
  ],
  rows: runs.map((run) => [
    run.runtime,
    ...overviewScenarios.flatMap((id) =>
      (["median", "cpu"] as const).map((measure) => {
        const get = valueOf(run, measure)
        const [ours, theirs] = [get(id, "effect-centrifugo-fetch"), get(id, "bare-fetch")]
        return ours === undefined || theirs === undefined ? "" : ratio(ours / theirs)
      })
    )
  ])
})

export const toRuntimesMarkdown = (runs: Runs): string => {
  const all = Object.values(runs).filter((run) => run !== undefined)
  return (
    [
      "# The clients over `fetch` on each runtime",
      "Written by `npm run bench -- --runtime node|bun|deno`; do not edit.",
      "Each scenario is one run of interleaved rounds against the real server (`stub-call`: a stub in another " +
        "process). Numbers are medians; compare them within a row only. [README.md](README.md) describes the " +
        "clients and the method, and [RESULTS.md](RESULTS.md) the scenarios.",
      markdown(overview(all)),
      ...all.flatMap(section)
    ].join("\n\n") + "\n"
  )
}
