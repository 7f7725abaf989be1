/** The runtime's own `fetch`, by hand, with a timeout. */
import { overPost } from "./byHand.js"
import type { Make } from "./implementation.js"

export const make: Make = ({ key, url }) => ({
  versions: Object.fromEntries(
    (["bun", "deno"] as const).flatMap((name) => {
      const version = process.versions[name]
      return version === undefined ? [] : [[name, version]]
    })
  ),
  works: overPost(async (method, body) => {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), 10_000)
    const answer = await fetch(`${url}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": key },
      body,
      signal: controller.signal
    })
    const text = await answer.text()
    clearTimeout(timer)
    return { status: answer.status, text }
  })
})
