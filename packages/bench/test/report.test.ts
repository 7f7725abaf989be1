import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { format } from "prettier"
import type { ClientId, Report, Result, ScenarioId } from "../src/model.js"
import { toSvg } from "../src/report/chart.js"
import { toMarkdown } from "../src/report/markdown.js"
import { readRuns, toRuntimesMarkdown, withReport } from "../src/report/runtimes.js"
import { plain } from "../src/report/table.js"
import { scenarioTable } from "../src/report/tables.js"

const result = (scenario: ScenarioId, client: ClientId, median: number): Result => ({
  scenario,
  client,
  median,
  unit: "ms",
  rounds: 5,
  min: median * 0.9,
  max: median * 1.1,
  samples: [median],
  cpu: median / 2
})

const report: Report = {
  machine: { cpu: "Some CPU @ 2 GHz", cores: 2, memoryGiB: 8, os: "Linux 6" },
  versions: { node: "20.20.2", "cent.js": "6.1.0" },
  date: "2026-01-02T03:04:05.000Z",
  quick: false,
  results: [
    result("sequential", "effect-centrifugo", 1100),
    result("sequential", "raw-undici", 1000),
    result("batch", "effect-centrifugo", 120.5),
    {
      ...result("import", "effect-centrifugo", 500),
      modules: { "@effect-centrifugo/node": { median: 500, baseline: 450 } }
    }
  ],
  missing: [
    { client: "gocent", reason: 'exec: "go": not found in $PATH\n' },
    { client: "pycent", scenario: "batch", reason: "KeyError: 'publish' | and more" }
  ]
}
const scenarios = [
  { id: "sequential", title: "one after the other" },
  { id: "batch", title: "in one batch" },
  { id: "import", title: "importing" }
]

describe("RESULTS.md", () => {
  const text = toMarkdown(report, scenarios)

  it("has prettier's format", async () => {
    assert.strictEqual(await format(text, { parser: "markdown", printWidth: 110 }), text)
  })

  it("has the machine and the date", () => {
    for (const part of ["2026-01-02", "Some CPU", "2 cores", "node 20.20.2", "cent.js 6.1.0"]) {
      assert.include(text, part)
    }
  })

  it("lists targets as met, missed or not measured", () => {
    assert.match(text, /\| sequential +\| at most 1\.10 x raw undici +\| +1\.10 x \| met/)
    assert.match(text, /\| 64 at a time .* not measured/)
  })

  it("lists clients without a result, with the reason", () => {
    assert.include(text, "- gocent: no number")
    assert.include(text, "- pycent: no number, KeyError")
  })
})

describe("a table of one scenario", () => {
  it("compares with raw undici, and omits empty columns", () => {
    const text = plain(scenarioTable(report.results.filter(({ scenario }) => scenario === "sequential")))
    assert.deepStrictEqual(text.split("\n"), [
      "effect-centrifugo  1,100 ms  990 ms to 1,210 ms  1.10 x  550 ms",
      "raw-undici         1,000 ms  900 ms to 1,100 ms  1.00 x  500 ms"
    ])
  })
})

describe("RUNTIMES.md", () => {
  const on = (bun: string, scenario: ScenarioId, ours: number): Report => ({
    ...report,
    versions: { bun },
    results: (
      [
        ["effect-centrifugo-fetch", ours],
        ["bare-fetch", 100],
        ["cent.js", 110]
      ] as const
    ).map(([client, median]) => ({ ...result(scenario, client, median), count: 1000 }))
  })
  const first = withReport({}, "bun", on("1.4.0", "sequential", 120))

  it("has prettier's format", async () => {
    const text = toRuntimesMarkdown(first)
    assert.strictEqual(await format(text, { parser: "markdown", printWidth: 110 }), text)
  })

  it("has microseconds per publication, ratios, targets, and where cent.js is ahead", () => {
    const text = toRuntimesMarkdown(first)
    assert.include(text, "## Bun 1.4.0")
    assert.match(text, /\| sequential \| +100 \| +\| +120 \| +110 \| +1\.20 x \| +\| +1\.09 x \|/)
    assert.include(text, "Wall time: cent.js is ahead in 1 of 1 scenarios: sequential (1.09 x).")
    assert.match(text, /over fetch, sequential +\| at most 1\.20 x bare fetch +\| +1\.20 x \| met/)
    assert.include(
      toRuntimesMarkdown(withReport({}, "bun", on("1.4.0", "sequential", 109))),
      "Wall time: ahead of cent.js in all 1 scenarios."
    )
  })

  it.effect("a run replaces its scenarios, and another version of the runtime replaces all", () =>
    Effect.gen(function* () {
      const ids = (runs: typeof first) => runs.bun?.results.map(({ scenario }) => scenario)
      const read = yield* readRuns(JSON.stringify(first))
      const both = withReport(read, "bun", on("1.4.0", "batch", 90))
      assert.sameMembers([...new Set(ids(both))], ["sequential", "batch"])
      const again = withReport(both, "bun", on("1.4.0", "sequential", 130))
      assert.lengthOf(ids(again) ?? [], 6)
      assert.include(toRuntimesMarkdown(again), "sequential (1.18 x)")
      assert.notInclude(ids(withReport(both, "bun", on("1.5.0", "batch", 90))) ?? [], "sequential")
    })
  )
})

describe("the chart", () => {
  const svg = toSvg(report.results)
  const widths = [...svg.matchAll(/<rect class="(?:ours|floor|other)" [^>]* width="([\d.]+)" height="16"/g)]

  it("has a bar for each result, with its length", () => {
    assert.strictEqual(widths.length, 3)
    const [raw, ours] = widths.map(([, width]) => Number(width))
    assert.closeTo(ours! / raw!, 1.1, 0.01)
  })

  it("names clients and their times", () => {
    assert.include(svg, ">effect-centrifugo</text>")
    assert.include(svg, ">1,100 ms</text>")
  })

  it("is well-formed: every tag is closed", () => {
    const open: Array<string> = []
    for (const [, slash, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (slash === "/") assert.strictEqual(open.pop(), name)
      else if (self !== "/") open.push(name!)
    }
    assert.deepStrictEqual(open, [])
  })

  it("is a valid picture even without results", () => {
    assert.match(toSvg([]), /^<svg [^]*<\/svg>\n$/)
  })
})
