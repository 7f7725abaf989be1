// Cloudflare Workers: workerd through miniflare. A request must not wait for another request's I/O.

import { build } from "esbuild"
import { createRequire } from "node:module"

const requests = 4
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

/** Bundles as wrangler does. */
const bundle = async (folder) => {
  const { outputFiles } = await build({
    absWorkingDir: `${folder}/workers`,
    entryPoints: ["worker.ts"],
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    write: false,
    logLevel: "silent"
  })
  return outputFiles[0].text
}

const start = async (folder, env) => {
  const { Miniflare } = createRequire(`${folder}/package.json`)("miniflare")
  const worker = new Miniflare({
    modules: true,
    script: await bundle(folder),
    compatibilityDate: "2025-09-01",
    bindings: env,
    // Otherwise miniflare downloads them.
    cf: false
  })
  await worker.ready
  return worker
}

const ask = async (worker, path) => {
  const response = await worker.dispatchFetch(`http://worker/${path}`)
  return response.ok ? (await response.json()).outcome : `${response.status}: ${await response.text()}`
}

/** Sends separate requests. Each starts while the earlier ones wait for the server. */
const askTogether = async (worker, path) => {
  const outcomes = []
  for (let n = 0; n < requests; n++) {
    outcomes.push(ask(worker, path))
    await pause(5)
  }
  return Promise.all(outcomes)
}

const isAll = (outcomes, wanted) => outcomes.every((outcome) => outcome === wanted)

export const checksOf = ({ folder, env }) => {
  let worker
  const outcomesOf = async (path) => askTogether((worker ??= await start(folder, env)), path)
  return {
    checks: {
      "workerd: requests that share a runtime publish": async () => {
        const outcomes = await outcomesOf("single")
        return isAll(outcomes, "published") ? [] : outcomes
      },
      "workerd: each request sends its own batches": async () => {
        const outcomes = await outcomesOf("batch")
        return isAll(outcomes, "published") ? [] : outcomes
      },
      "workerd: calls of several requests wait in one queue": async () => {
        const outcomes = await outcomesOf("queue")
        return isAll(outcomes, "published") ? [] : outcomes
      },
      // workerd reports "Network connection lost." both for a refused connection and for one lost after sending.
      "workerd: a refused connection does not claim that nothing was sent": async () => {
        const outcomes = await outcomesOf("refused")
        return isAll(outcomes, "CentrifugoNetworkError, unknown") ? [] : outcomes
      },
      "workerd: batching works, or is refused when the layer is built": async () => {
        const outcomes = await outcomesOf("batching")
        return isAll(outcomes, "published") || isAll(outcomes, "CentrifugoConfigError") ? [] : outcomes
      }
    },
    stop: () => worker?.dispose()
  }
}
