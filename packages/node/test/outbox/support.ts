/** Shared by the suites with databases and queues. */
import { CentrifugoServer } from "@effect-centrifugo/tools/CentrifugoServer"
import type * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { Effect } from "effect"

let count = 0

/** A new channel. */
export const fresh = (namespace: string) => `${namespace}:c${process.pid}_${count++}`

export const range = (length: number, start = 0) => Array.from({ length }, (_, i) => start + i)

/** The data of the next publications. */
export const take = (subscriber: Subscriber.Subscriber, count: number, millis?: number) =>
  Effect.map(subscriber.take(count, millis), (publications) =>
    publications.map(({ data }) => data as unknown)
  )

/** Polls until the condition holds. */
export const eventually = <E, R>(what: string, condition: Effect.Effect<boolean, E, R>) =>
  condition.pipe(
    Effect.delay("20 millis"),
    Effect.repeat({ until: (holds) => holds }),
    Effect.timeoutFail({ duration: "40 seconds", onTimeout: () => new Error(`it never came to be: ${what}`) })
  )

interface History {
  readonly offset: number
  readonly data: ReadonlyArray<unknown>
}

/** All publications in the channel's history. */
export const history = (channel: string): Effect.Effect<History, never, CentrifugoServer> =>
  Effect.flatMap(CentrifugoServer, ({ apiKey, apiUrl }) =>
    Effect.promise(async () => {
      const response = await fetch(`${apiUrl}/history`, {
        method: "POST",
        headers: { "X-API-Key": apiKey },
        body: JSON.stringify({ channel, limit: -1 })
      })
      const { result } = (await response.json()) as {
        readonly result: {
          readonly offset?: number
          readonly publications?: ReadonlyArray<{ data: unknown }>
        }
      }
      return { offset: result.offset ?? 0, data: (result.publications ?? []).map(({ data }) => data) }
    })
  )
