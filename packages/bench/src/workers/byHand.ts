/** The jobs as hand-written code: JSON, a status check, nothing more. */
import type { Implementation } from "./implementation.js"
import { count, worksOf } from "./promises.js"

interface Reply {
  readonly error?: { readonly code: number; readonly message: string }
  readonly result?: unknown
}

export interface Posted {
  readonly status: number
  readonly text: string
}

/** `post` sends a body to a method of the server API. */
export const overPost = (
  post: (method: string, body: string) => Promise<Posted>
): Implementation["works"] => {
  const read = async (method: string, payload: object): Promise<unknown> => {
    const { status, text } = await post(method, JSON.stringify(payload))
    if (status !== 200) throw new Error(`${method}: status ${status}: ${text}`)
    return JSON.parse(text)
  }
  const call = async (method: string, payload: object): Promise<unknown> => {
    const { error, result } = (await read(method, payload)) as Reply
    if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`)
    return result
  }
  return worksOf({
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
  })
}
