/** The jobs as hand-written code: JSON, a status check, nothing more. */
import { messageOf, type Message } from "../work.js"
import type { Implementation } from "./implementation.js"
import { concurrently, count, worksOf } from "./promises.js"

interface Reply {
  readonly error?: { readonly code: number; readonly message: string }
  readonly result?: unknown
}

/** A member of a batch reply. */
interface Member {
  readonly error?: Reply["error"]
  readonly publish?: unknown
}

export interface Posted {
  readonly status: number
  readonly text: string
}

/** Sends a body to a method of the server API. */
type Post = (method: string, body: string) => Promise<Posted>

const readOver =
  (post: Post) =>
  async (method: string, payload: object): Promise<unknown> => {
    const { status, text } = await post(method, JSON.stringify(payload))
    if (status !== 200) throw new Error(`${method}: status ${status}: ${text}`)
    return JSON.parse(text)
  }

const refusal = (method: string, { code, message }: NonNullable<Reply["error"]>) =>
  new Error(`${method}: ${code} ${message}`)

/** Calls a method and returns its result. */
export const callOver = (post: Post) => {
  const read = readOver(post)
  return async (method: string, payload: object): Promise<unknown> => {
    const { error, result } = (await read(method, payload)) as Reply
    if (error !== undefined) throw refusal(method, error)
    return result
  }
}

/** The limits of automatic batching, as the Effect client has them by default. */
const maxSize = 1000
const maxBatches = 4

/** A publish function that collects the calls of a tick, and sends them in batches. */
const batchingOver = (post: Post) => {
  const read = readOver(post)
  let queue: Array<{
    readonly message: Message
    readonly resolve: (result: unknown) => void
    readonly reject: (error: unknown) => void
  }> = []
  const send = async (calls: typeof queue) => {
    try {
      const commands = calls.map(({ message }) => ({ publish: message }))
      const { replies } = (await read("batch", { commands })) as { readonly replies: ReadonlyArray<Member> }
      for (const [i, { reject, resolve }] of calls.entries()) {
        const { error, publish } = replies[i] ?? {}
        if (publish === undefined)
          reject(error === undefined ? new Error("no reply") : refusal("publish", error))
        else resolve(publish)
      }
    } catch (error) {
      for (const { reject } of calls) reject(error)
    }
  }
  const flush = () => {
    const calls = queue
    queue = []
    return concurrently(Math.ceil(calls.length / maxSize), maxBatches, (i) =>
      send(calls.slice(i * maxSize, (i + 1) * maxSize))
    )
  }
  return (message: Message) =>
    new Promise<unknown>((resolve, reject) => {
      if (queue.push({ message, resolve, reject }) === 1) queueMicrotask(() => void flush())
    })
}

export const overPost = (post: Post): Implementation["works"] => {
  const read = readOver(post)
  const call = callOver(post)
  const publishBatched = batchingOver(post)
  return {
    ...worksOf({
      publish: (message) => call("publish", message),
      batch: async (messages) => {
        const commands = messages.map((publish) => ({ publish }))
        return count(((await read("batch", { commands })) as { replies: ReadonlyArray<object> }).replies)
      },
      broadcast: async (channels, data) => {
        const result = await call("broadcast", { channels, data })
        return count((result as { responses: ReadonlyArray<object> }).responses)
      },
      history: async (channel) => {
        const result = await call("history", { channel, limit: -1 })
        return (result as { publications: ReadonlyArray<unknown> }).publications
      }
    }),
    fibers: (job) => async () => {
      const results = await Promise.all(
        Array.from({ length: job.count }, (_, i) => publishBatched(messageOf(job, i)))
      )
      return () => ({ succeeded: results.length, failed: 0 })
    }
  }
}
