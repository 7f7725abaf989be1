/** A careful hand-written client: `Pool.request` and JSON, nothing more. */
import { Pool } from "undici"
import type { Make } from "./implementation.js"
import { count, worksOf } from "./promises.js"
import { versionOf } from "./version.js"

interface Reply {
  readonly error?: { readonly code: number; readonly message: string }
  readonly result?: unknown
}

export const make: Make = ({ key, url }) => {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: 64 })
  const headers = ["content-type", "application/json", "x-api-key", key]

  const post = async (method: string, payload: object): Promise<unknown> => {
    const { body, statusCode } = await pool.request({
      method: "POST",
      path: `${pathname}/${method}`,
      headers,
      body: JSON.stringify(payload)
    })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${method}: status ${statusCode}: ${text}`)
    return JSON.parse(text)
  }
  const call = async (method: string, payload: object): Promise<unknown> => {
    const { error, result } = (await post(method, payload)) as Reply
    if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`)
    return result
  }

  return {
    versions: { undici: versionOf("undici") },
    works: worksOf({
      publish: (message) => call("publish", message),
      batch: async (messages) => {
        const commands = messages.map((publish) => ({ publish }))
        return count(((await post("batch", { commands })) as { replies: ReadonlyArray<object> }).replies)
      },
      broadcast: async (channels, data) => {
        const result = await call("broadcast", { channels, data })
        return count((result as { responses: ReadonlyArray<object> }).responses)
      },
      history: async (channel) => {
        const result = await call("history", { channel, limit: -1 })
        return (result as { publications: ReadonlyArray<unknown> }).publications
      }
    })
  }
}
