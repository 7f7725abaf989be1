// Cloudflare Workers: workerd through miniflare. A request must not wait for another request's I/O.

import { build } from "esbuild"
import { createRequire } from "node:module"
import { checkRooms } from "./rooms.mjs"

const requests = 4
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

/** Bundles as wrangler does. */
const bundle = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    write: false,
    logLevel: "silent"
  })
  return outputFiles[0].text
}

/** Starts an entry of a folder that has miniflare. */
export const start = async (folder, entry, env = {}) => {
  const { Miniflare } = createRequire(`${folder}/package.json`)("miniflare")
  const worker = new Miniflare({
    modules: true,
    script: await bundle(`${folder}/${entry}`),
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
export const askTogether = async (worker, path) => {
  const outcomes = []
  for (let n = 0; n < requests; n++) {
    outcomes.push(ask(worker, path))
    await pause(5)
  }
  return Promise.all(outcomes)
}

const isAll = (outcomes, wanted) => outcomes.every((outcome) => outcome === wanted)

/** Posts an event to the app of proxy handlers, as Centrifugo does. Returns the status and the body. */
const post = async (worker, event, request, headers = {}) => {
  const response = await worker.dispatchFetch(`http://worker/centrifugo/${event}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": "s3cret", ...headers },
    body: JSON.stringify({
      client: "c-1",
      transport: "websocket",
      protocol: "json",
      encoding: "json",
      ...request
    })
  })
  return `${response.status} ${(await response.text()).trim()}`
}

const differs = (actual, wanted) => (actual === wanted ? [] : [`${actual}, not ${wanted}`])

export const checksOf = ({ folder, env }) => {
  let worker
  let proxy
  let example
  const outcomesOf = async (path) =>
    askTogether((worker ??= await start(folder, "workers/worker.ts", env)), path)
  const ask = async (...args) => post((proxy ??= await start(folder, "workers/proxy.ts")), ...args)
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
      },
      "workerd: a proxy app answers": async () => {
        const soon = Math.floor(Date.now() / 1000) + 590
        const user = await ask("connect", {}, { Cookie: "session=alice" })
        const { result } = JSON.parse(user.replace("200 ", ""))
        return [
          ...(result.user === "alice" && result.expire_at > soon ? [] : [user]),
          ...differs(await ask("connect", {}), '200 {"disconnect":{"code":4501,"reason":"log in first"}}'),
          ...differs(
            await ask("publish", { user: "1", channel: "chat:a", data: { text: "hi" } }),
            '200 {"result":{"data":{"text":"a: hi"}}}'
          ),
          ...differs(await ask("rpc", { user: "1", method: "add" }), '200 {"result":{"data":"add"}}')
        ]
      },
      "workerd: a proxy app allows nothing by mistake": async () => [
        ...differs(
          (await ask("rpc", { user: "1", method: "a" }, { "x-api-key": "other" })).slice(0, 3),
          "401"
        ),
        ...differs((await ask("subscribe", { channel: 5 })).slice(0, 3), "400"),
        ...differs((await ask("refresh", { user: "1" })).slice(0, 3), "404")
      ],
      "workerd: a slow handler has a deadline and delays no other": async () => {
        const slow = ask("rpc", { user: "1", method: "slow" })
        const others = Array.from({ length: requests }, () => ask("subscribe", { user: "1", channel: "a" }))
        const first = await Promise.race([slow, ...others])
        return [
          ...differs(first, "200 {}"),
          ...(await Promise.all(others)).flatMap((other) => differs(other, "200 {}")),
          ...differs((await slow).slice(0, 3), "504")
        ]
      },
      "workerd: the example answers with the status of each failure": async () => {
        example = await start(folder, "worker/src/worker.ts", env)
        const postTo = (room, body) =>
          example.dispatchFetch(`http://worker/rooms/${room}/messages`, { method: "POST", body })
        return checkRooms(postTo, env)
      }
    },
    stop: () => Promise.all([worker, proxy, example].map((started) => started?.dispose()))
  }
}
