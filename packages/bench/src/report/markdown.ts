/** RESULTS.md. */
import type { Missing, Report, Result } from "../model.js"
import { markdown } from "./table.js"
import { missingLines, moduleTable, overviewTable, scenarioTable, targetTable } from "./tables.js"
import { judge } from "./targets.js"

export interface Titled {
  readonly id: string
  readonly title: string
}

const section = ({ id, title }: Titled, results: ReadonlyArray<Result>, missing: ReadonlyArray<Missing>) => {
  const modules = results.flatMap(({ modules }) => (modules === undefined ? [] : [modules]))
  return [
    `### ${id}`,
    `${title[0]?.toUpperCase()}${title.slice(1)}.`,
    ...(results.length === 0 ? [] : [markdown(scenarioTable(results))]),
    ...modules.map((times) => markdown(moduleTable(times))),
    ...(missing.length === 0
      ? []
      : [
          missingLines(missing)
            .map((line) => `- ${line}`)
            .join("\n")
        ])
  ]
}

const summary = (report: Report) => {
  const verdicts = judge(report.results)
  const met = verdicts.filter((verdict) => verdict.met === true).length
  const missed = verdicts.filter((verdict) => verdict.met === false)
  const names = missed.map(({ limit, target }) => `${target} (${limit})`).join("; ")
  const unknown = verdicts.length - met - missed.length
  return (
    `${met} of ${verdicts.length} targets are met` +
    (missed.length === 0 ? "" : `; missed: ${names}`) +
    (unknown === 0 ? "." : `; ${unknown} could not be measured.`)
  )
}

export const toMarkdown = (report: Report, scenarios: ReadonlyArray<Titled>): string => {
  const { date, machine, versions } = report
  const absent = report.missing.filter(({ scenario }) => scenario === undefined)
  const parts = [
    "# Results",
    "Written by `npm run bench`; do not edit.",
    [
      `- Date: ${date.slice(0, 10)}`,
      `- Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}; clients and server share it`,
      `- Versions: ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")}`
    ].join("\n"),
    "![Milliseconds of each client in each scenario](results.svg)",
    "## Overview",
    "Medians in milliseconds, for 10,000 publications each.",
    markdown(overviewTable(report)),
    ...(absent.length === 0
      ? []
      : [
          missingLines(absent)
            .map((line) => `- ${line}`)
            .join("\n")
        ]),
    "## Targets",
    summary(report),
    markdown(targetTable(report)),
    "## Scenarios",
    ...scenarios.flatMap((scenario) =>
      section(
        scenario,
        report.results.filter((result) => result.scenario === scenario.id),
        report.missing.filter((missing) => missing.scenario === scenario.id)
      )
    )
  ]
  return parts.join("\n\n") + "\n"
}
