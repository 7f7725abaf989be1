/** Draws the overview as SVG: a panel per scenario, a bar per client. */
import type { ClientId, Result, ScenarioId } from "../model.js"
import { quantity } from "./numbers.js"

const panels: ReadonlyArray<readonly [ScenarioId, string]> = [
  ["sequential", "One after the other"],
  ["concurrent-64", "64 at a time"],
  ["batch", "One batch"],
  ["broadcast", "One broadcast"]
]

const width = 920
const gap = 24
const panelWidth = (width - 3 * gap) / 2
const labelWidth = 180
const valueWidth = 76
const barsWidth = panelWidth - labelWidth - valueWidth
const rowHeight = 22
const titleHeight = 34
const headHeight = 62

type Kind = "ours" | "floor" | "other"

const kindOf = (client: ClientId): Kind =>
  client.startsWith("effect-centrifugo")
    ? "ours"
    : client === "raw-undici" || client === "bare-fetch" || client === "pre-encoded"
      ? "floor"
      : "other"

const legend: ReadonlyArray<readonly [Kind, string]> = [
  ["ours", "effect-centrifugo"],
  ["floor", "by hand: undici and nothing else"],
  ["other", "other clients"]
]

const style = `
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .title { font-weight: 600; font-size: 14px }
    .quiet { fill: #57606a }
    .ours { fill: #6f42c1 }
    .floor { fill: #8c959f }
    .other { fill: #54aeff }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .quiet { fill: #8d96a0 }
      .ours { fill: #a371f7 }
      .floor { fill: #6e7681 }
      .other { fill: #388bfd }
    }`

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

interface Attributes {
  readonly [name: string]: string | number
}

const tag = (name: string, attributes: Attributes, content?: string) => {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`)
  return `<${name}${written.join("")}${content === undefined ? "/>" : `>${escape(content)}</${name}>`}`
}

const bar = (result: Result, slowest: number, x: number, y: number): ReadonlyArray<string> => {
  const length = Math.max(2, (result.median / slowest) * barsWidth)
  const middle = y + rowHeight / 2 + 4
  const start = x + labelWidth
  return [
    tag("text", { x: start - 8, y: middle, "text-anchor": "end" }, result.client),
    tag("rect", {
      class: kindOf(result.client),
      x: start,
      y: y + 3,
      width: length.toFixed(1),
      height: rowHeight - 6,
      rx: 2
    }),
    tag(
      "text",
      { class: "quiet", x: (start + length + 6).toFixed(1), y: middle },
      quantity(result.median, result.unit)
    )
  ]
}

const panel = (
  title: string,
  results: ReadonlyArray<Result>,
  x: number,
  y: number
): ReadonlyArray<string> => {
  const sorted = results.toSorted((a, b) => a.median - b.median)
  const slowest = Math.max(...results.map(({ median }) => median))
  return [
    tag("text", { class: "title", x: x + labelWidth, y: y + 18 }, title),
    ...sorted.flatMap((result, i) => bar(result, slowest, x, y + titleHeight + i * rowHeight))
  ]
}

const legendItems = () => {
  let x = gap
  return legend.flatMap(([kind, text]) => {
    const item = [
      tag("rect", { class: kind, x, y: 40, width: 12, height: 12, rx: 2 }),
      tag("text", { class: "quiet", x: x + 18, y: 50 }, text)
    ]
    x += 18 + text.length * 7 + 24
    return item
  })
}

/** A standalone SVG that follows the reader's light or dark setting. */
export const toSvg = (all: ReadonlyArray<Result>): string => {
  const shown = panels
    .map(([id, title]) => ({ title, results: all.filter(({ scenario }) => scenario === id) }))
    .filter(({ results }) => results.length > 0)
  const rows = Math.max(0, ...shown.map(({ results }) => results.length))
  const panelHeight = titleHeight + rows * rowHeight + 14
  const height = headHeight + Math.ceil(shown.length / 2) * panelHeight + 10
  const lines = [
    tag("text", { class: "title", x: gap, y: 26 }, "Time for 10,000 publications; less is better"),
    ...legendItems(),
    ...shown.flatMap(({ results, title }, i) =>
      panel(title, results, gap + (i % 2) * (panelWidth + gap), headHeight + (i >> 1) * panelHeight)
    )
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `  <title>Time of each client in each scenario</title>`,
    `  <style>${style}\n  </style>`,
    ...lines.map((line) => `  ${line}`),
    "</svg>",
    ""
  ].join("\n")
}
