// Cloudflare Workers: workerd through miniflare, as in scripts/hosts/workers.mjs.

import { readFileSync, writeFileSync } from "node:fs"
import { askTogether, start } from "../hosts/workers.mjs"
import { root } from "../workspace.mjs"

/** The miniflare of the hosts, which downloads nothing when it starts. */
export const miniflare = () => {
  const { dependencies } = JSON.parse(readFileSync(`${root}hosts/package.json`, "utf8"))
  return `miniflare@${dependencies.miniflare}`
}

/** The requests share a runtime: one publishes alone, the next sends a batch. */
const program = (apiUrl) => `
import { Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { Effect, ManagedRuntime, Redacted } from "effect"

const runtime = ManagedRuntime.make(
  Centrifugo.layerFetch({ url: ${JSON.stringify(apiUrl)}, apiKey: Redacted.make("api_key") })
)
const publish = { channel: "news", data: { text: "hello" } }

const send = (path) =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    if (path === "/single") yield* centrifugo.publish(publish)
    else yield* centrifugo.batch([CentrifugoApi.publish(publish), CentrifugoApi.publish(publish)])
    return { outcome: "published" }
  })

export default {
  fetch: async (request) => Response.json(await runtime.runPromise(send(new URL(request.url).pathname)))
}
`

/** Bundles the program, and sends it requests that overlap. */
export const checkWorker = async (folder, apiUrl) => {
  writeFileSync(`${folder}/worker.mjs`, program(apiUrl))
  const worker = await start(folder, "worker.mjs")
  try {
    const outcomes = [...(await askTogether(worker, "single")), ...(await askTogether(worker, "batch"))]
    return outcomes.filter((outcome) => outcome !== "published")
  } finally {
    await worker.dispose()
  }
}
