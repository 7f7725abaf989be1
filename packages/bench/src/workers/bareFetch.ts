/** The runtime's own `fetch`, by hand, with a timeout. */
import { overPost, type Posted } from "./byHand.js"
import type { Address, Make } from "./implementation.js"

export const postOver =
  ({ key, url }: Address) =>
  async (method: string, body: string): Promise<Posted> => {
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
  }

export const make: Make = (address) => ({
  versions: Object.fromEntries(
    (["bun", "deno"] as const).flatMap((name) => {
      const version = process.versions[name]
      return version === undefined ? [] : [[name, version]]
    })
  ),
  works: overPost(postOver(address))
})
