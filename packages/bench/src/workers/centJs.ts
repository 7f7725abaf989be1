/** cent.js, used as its documentation shows. */
import { CentClient, CentMethods } from "cent.js"
import type { Make } from "./implementation.js"
import { count, worksOf } from "./promises.js"
import { versionOf } from "./version.js"

export const make: Make = ({ key, url }) => {
  const client = new CentClient({ url, apiKey: key })
  return {
    versions: { "cent.js": versionOf("cent.js") },
    works: worksOf({
      publish: (message) => client.publish(message),
      batch: async (messages) => {
        const commands = messages.map((params) => ({ method: CentMethods.Publish as const, params }))
        const results: ReadonlyArray<object | undefined> = await client.pipeline(commands)
        // It drops server errors: the result of a failed member is undefined.
        const succeeded = results.filter((result) => result !== undefined).length
        return { succeeded, failed: results.length - succeeded }
      },
      broadcast: async (channels, data) => {
        // Declared as a list, but the result is the server's object.
        const result: unknown = await client.broadcast({ channels, data })
        return count((result as { readonly responses: ReadonlyArray<object> }).responses)
      },
      history: async (channel) => (await client.getHistory({ channel, limit: -1 })).publications
    })
  }
}
