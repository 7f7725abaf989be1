/** The Grafana dashboard in docs/ only names metrics and labels that a real export has. */
import { Centrifugo, RetryPolicy } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { NodeSdk } from "@effect/opentelemetry"
import { assert, describe, it } from "@effect/vitest"
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus"
import type { MetricReader } from "@opentelemetry/sdk-metrics"
import { Effect, Redacted } from "effect"
import { readFileSync } from "node:fs"
import * as Stub from "./transports/stub.js"

interface Dashboard {
  readonly panels: ReadonlyArray<{
    readonly title: string
    readonly targets: ReadonlyArray<{ readonly expr: string; readonly legendFormat: string }>
  }>
  readonly templating: { readonly list: ReadonlyArray<{ readonly definition?: string }> }
}

const path = new URL("../../../docs/grafana/centrifugo-client.json", import.meta.url)
const dashboard = JSON.parse(readFileSync(path, "utf8")) as Dashboard

/** The exported series: their labels by metric name. */
const parse = (text: string) => {
  const series = new Map<string, Array<Map<string, string>>>()
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+/gm)) {
    const own = new Map(
      Array.from(labels.matchAll(/(\w+)="([^"]*)"/g), ([, key = "", value = ""]) => [key, value])
    )
    series.set(name, [...(series.get(name) ?? []), own])
  }
  return series
}

/** The metric names and labels of a PromQL expression. */
const namesOf = (expr: string) => ({
  selectors: [
    ...Array.from(
      expr.matchAll(/\b((?:centrifugo|messaging)_\w+)\{/g),
      ([, name = ""]) => new RegExp(`^${name}$`)
    ),
    ...Array.from(expr.matchAll(/__name__=~"([^"]+)"/g), ([, name = ""]) => new RegExp(`^(?:${name})$`))
  ],
  labels: [
    ...Array.from(expr.matchAll(/by \(([^)]*)\)/g), ([, list = ""]) =>
      list.split(",").map((label) => label.trim())
    ),
    ...Array.from(expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g), ([, label = ""]) => [label])
  ]
    .flat()
    .filter((label) => label !== "__name__")
})

const apiKey = Redacted.make("api_key")

const answerTo = (body: string): Stub.Reply => {
  if (body.includes("gone")) return { status: 503 }
  return {
    status: 200,
    body: body.includes("commands") ? '{"replies":[{"publish":{}},{"publish":{}}]}' : Stub.published
  }
}

/** Calls of every kind, through a client with several endpoints. */
const calls = Effect.gen(function* () {
  const stub = yield* Stub.start((request, count) => Stub.always(answerTo(request.body))(request, count))
  const live = CentrifugoNode.layer({
    url: [stub.url, "http://127.0.0.1:1/api"],
    name: "eu",
    apiKey,
    batching: true,
    retry: RetryPolicy.transient
  })
  yield* Effect.provide(
    Effect.gen(function* () {
      const { publish } = yield* Centrifugo.Centrifugo
      for (let i = 0; i < 3; i++) yield* Effect.ignore(publish({ channel: "news", data: i }))
      yield* Effect.all([publish({ channel: "a", data: 1 }), publish({ channel: "b", data: 1 })], {
        concurrency: "unbounded"
      })
      yield* Effect.ignore(Effect.timeout(publish({ channel: "a", data: "gone" }), "2 seconds"))
    }),
    live
  )
})

describe("the Grafana dashboard", () => {
  it.scopedLive(
    "names metrics and labels that Prometheus gets",
    () =>
      Effect.gen(function* () {
        const exporter = new PrometheusExporter({ preventServerStart: true })
        const sdk = NodeSdk.layer(() => ({
          resource: { serviceName: "shop" },
          metricReader: exporter as unknown as MetricReader
        }))
        const text = yield* Effect.provide(
          Effect.zipRight(
            calls,
            Effect.promise(async () => {
              const { resourceMetrics } = await exporter.collect()
              return new PrometheusSerializer().serialize(resourceMetrics)
            })
          ),
          sdk
        )
        const exported = parse(text)
        const isRegistered = (name: RegExp) => [...exported.keys()].filter((key) => name.test(key))
        for (const { targets, title } of dashboard.panels) {
          for (const { expr, legendFormat } of targets) {
            const { labels, selectors } = namesOf(expr)
            assert.isAbove(selectors.length, 0, title)
            for (const selector of selectors) {
              const found = isRegistered(selector)
              assert.lengthOf(found, 1, `${title}: ${selector.source} of ${[...exported.keys()].join(", ")}`)
              const ours = exported.get(found[0]!)!.filter((own) => own.has("endpoint"))
              for (const label of labels) {
                assert.isTrue(
                  ours.some((own) => own.has(label)),
                  `${title}: ${found[0]} has no label ${label}`
                )
              }
            }
            for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
              assert.include(labels, label)
          }
        }
        for (const { definition } of dashboard.templating.list) {
          if (definition === undefined) continue
          const [, metric = "", label = ""] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? []
          assert.isTrue(
            exported.get(metric)?.some((own) => own.has(label)),
            definition
          )
        }
        assert.include(text, 'centrifugo_client_name="eu"')
        assert.notInclude(text, Redacted.value(apiKey))
      }),
    30_000
  )
})
