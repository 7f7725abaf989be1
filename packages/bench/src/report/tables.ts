/** The tables of a report, for the terminal and for Markdown. */
import type { ClientId, Missing, ModuleTime, Report, Result, ScenarioId } from "../model.js"
import { clientIds } from "../model.js"
import { mebibytes, quantity, ratio } from "./numbers.js"
import type { Column, Table } from "./table.js"
import { judge, verdictWord } from "./targets.js"

const left = (title: string): Column => ({ title, align: "left" })
const right = (title: string): Column => ({ title, align: "right" })

/** The result that the others are compared with. */
const referenceOf = (results: ReadonlyArray<Result>): Result | undefined => {
  const of = (id: ClientId) => results.find(({ client }) => client === id)
  return of("raw-undici") ?? of("baseline") ?? of("bare-fetch")
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").slice(0, 200).trim()

/** One line per client without a result. */
export const missingLines = (missing: ReadonlyArray<Missing>): ReadonlyArray<string> =>
  missing.map(({ client, reason }) => `${client}: no number, ${oneLine(reason)}`)

/** The table of one scenario: a row per client. */
export const scenarioTable = (results: ReadonlyArray<Result>): Table => {
  const reference = referenceOf(results)
  const columns: ReadonlyArray<readonly [Column, (result: Result) => string | undefined]> = [
    [left("client"), ({ client }) => client],
    [right("median"), ({ median, unit }) => quantity(median, unit)],
    [
      right("fastest to slowest"),
      ({ max, min, rounds, unit }) =>
        rounds > 1 ? `${quantity(min, unit)} to ${quantity(max, unit)}` : undefined
    ],
    [
      right(reference === undefined ? "ratio" : `to ${reference.client}`),
      ({ median }) =>
        reference === undefined || results.length === 1 ? undefined : ratio(median / reference.median)
    ],
    [right("p99"), ({ p99, unit }) => (p99 === undefined ? undefined : quantity(p99, unit))],
    [right("errors"), ({ errors }) => errors?.toString()],
    [right("client CPU"), ({ cpu, unit }) => (cpu === undefined ? undefined : quantity(cpu, unit))],
    [
      right("peak memory"),
      ({ peakRssMiB }) => (peakRssMiB === undefined ? undefined : mebibytes(peakRssMiB))
    ],
    [
      right("gzipped"),
      ({ gzipBytes }) => (gzipBytes === undefined ? undefined : quantity(gzipBytes, "bytes"))
    ]
  ]
  const used = columns.filter(([, show]) => results.some((result) => show(result) !== undefined))
  return {
    columns: used.map(([column]) => column),
    rows: results.map((result) => used.map(([, show]) => show(result) ?? ""))
  }
}

const overviewScenarios: ReadonlyArray<readonly [ScenarioId, string]> = [
  ["sequential", "sequential"],
  ["concurrent-64", "64 at a time"],
  ["batch", "one batch"],
  ["batches-10", "ten batches"],
  ["broadcast", "broadcast"]
]

/** The milliseconds of every client, in the scenarios that all clients support. */
export const overviewTable = ({ results }: Report): Table => {
  const find = (scenario: ScenarioId, client: ClientId) =>
    results.find((result) => result.scenario === scenario && result.client === client)
  const scenarios = overviewScenarios.filter(([id]) => results.some(({ scenario }) => scenario === id))
  const clients = clientIds.filter((client) => scenarios.some(([id]) => find(id, client) !== undefined))
  return {
    columns: [left("ms"), ...scenarios.map(([, title]) => right(title))],
    rows: clients.map((client) => [
      client,
      ...scenarios.map(([id]) => {
        const result = find(id, client)
        return result === undefined ? "-" : result.median.toFixed(0)
      })
    ])
  }
}

export const targetTable = ({ results }: Report): Table => ({
  columns: [left("what"), left("target"), right("measured"), left("")],
  rows: judge(results).map((verdict) => [
    verdict.target,
    verdict.limit,
    verdict.value ?? unmeasured,
    verdictWord(verdict)
  ])
})

const unmeasured = "-"

/** Whether a row of the targets table has a measured value. */
export const isMeasured = (row: ReadonlyArray<string>): boolean => row[2] !== unmeasured

export const moduleTable = (modules: { readonly [specifier: string]: ModuleTime }): Table => ({
  columns: [left("module"), right("import"), right("its imports alone")],
  rows: Object.entries(modules).map(([name, { baseline, median }]) => [
    name,
    quantity(median, "ms"),
    quantity(baseline, "ms")
  ])
})
