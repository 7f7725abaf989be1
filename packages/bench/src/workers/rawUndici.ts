/** A hand-written client: `Pool.request` of undici and JSON. */
import { Pool } from "undici"
import { overPost } from "./byHand.js"
import type { Make } from "./implementation.js"
import { versionOf } from "./version.js"

export const make: Make = ({ key, url }) => {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: 64 })
  const headers = ["content-type", "application/json", "x-api-key", key]
  return {
    versions: { undici: versionOf("undici") },
    works: overPost(async (method, body) => {
      const answer = await pool.request({ method: "POST", path: `${pathname}/${method}`, headers, body })
      return { status: answer.statusCode, text: await answer.body.text() }
    })
  }
}
