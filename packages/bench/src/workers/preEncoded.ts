/**
 * Encodes requests before the measurement and decodes results after it. The rest is the time of the server and
 * of undici: the lower limit for any client on this transport.
 */
import { Pool } from "undici"
import { batchCount, batchOf, broadcastData, channelsOf, messageOf, type Job } from "../work.js"
import type { Make, Prepare } from "./implementation.js"
import { count, concurrently } from "./promises.js"
import { versionOf } from "./version.js"

type Replies = ReadonlyArray<object>

export const make: Make = ({ key, url }) => {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: 64 })
  const headers = ["content-type", "application/json", "x-api-key", key]

  const post = async (path: string, body: string): Promise<string> => {
    const answer = await pool.request({ method: "POST", path, headers, body })
    return answer.body.text()
  }

  const prepared =
    (method: string, bodies: (job: Job) => Array<object>, read: (answer: unknown) => Replies): Prepare =>
    (job) => {
      const path = `${pathname}/${method}`
      const texts = bodies(job).map((body) => JSON.stringify(body))
      const answers: Array<string> = []
      return async () => {
        await concurrently(texts.length, job.concurrency, async (i) => {
          answers.push(await post(path, texts[i]!))
        })
        return () => count(answers.flatMap((text) => read(JSON.parse(text))))
      }
    }

  return {
    versions: { undici: versionOf("undici") },
    works: {
      publish: prepared(
        "publish",
        (job) => Array.from({ length: job.count }, (_, i) => messageOf(job, i)),
        (answer) => [answer as object]
      ),
      batch: prepared(
        "batch",
        (job) =>
          Array.from({ length: batchCount(job) }, (_, i) => ({
            commands: batchOf(job, i).map((publish) => ({ publish }))
          })),
        (answer) => (answer as { replies: Replies }).replies
      ),
      broadcast: prepared(
        "broadcast",
        (job) => [{ channels: channelsOf(job), data: broadcastData }],
        (answer) => (answer as { result: { responses: Replies } }).result.responses
      )
    }
  }
}
