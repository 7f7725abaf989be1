import { Centrifugo } from "@effect-centrifugo/core"
import { Effect } from "effect"
import { headers } from "next/headers"

/** The user of the request whose async context is current. */
const whoami = async (): Promise<string | null> => (await headers()).get("x-user")

/** The user before the calls, and after a call that succeeds, a call that fails, and two concurrent calls. */
export const whoamiAfterCalls = Effect.gen(function* () {
  const centrifugo = yield* Centrifugo.Centrifugo
  const user = yield* Effect.promise(whoami)
  const publish = (channel: string) => centrifugo.publish({ channel, data: { user } })
  yield* publish("news")
  const afterSuccess = yield* Effect.promise(whoami)
  const failed = yield* Effect.flip(publish("unknown:news"))
  const afterFailure = yield* Effect.promise(whoami)
  const together = yield* Effect.all(
    [publish("a"), publish("b")].map(Effect.zipRight(Effect.promise(whoami))),
    {
      concurrency: "unbounded"
    }
  )
  return { user, failed: failed._tag, seen: [afterSuccess, afterFailure, ...together] }
})
