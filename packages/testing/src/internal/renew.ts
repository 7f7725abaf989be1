/** Calls the refresh handlers for expired connections and subscriptions. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { expiryOf, payloadOf, type Result, type Verdict } from "./backend.js"
import type { Kit } from "./Kit.js"
import type { Connection } from "./server/Connection.js"
import { disconnects, type Hub } from "./server/Hub.js"
import * as Payload from "./server/Payload.js"

/** An expired connection, or one of its subscriptions. */
export type Due =
  { readonly _tag: "Connection" } | { readonly _tag: "Subscription"; readonly channel: string }

/** The fields of a connection in requests. The app can replace its meta. */
export interface Identity {
  readonly client: string
  readonly user: string
  meta?: {} | null
}

/** The extension of a connection or subscription if the app fails, in seconds. */
const respite = 60

/** Handles expiries until the fiber is interrupted. While it waits, the server's time advances. */
export const renew = (
  kit: Kit,
  open: Connection,
  due: Queue.Dequeue<Due>,
  ask: (item: Due) => Effect.Effect<Verdict>,
  identity: Identity
): Effect.Effect<never> =>
  Effect.withFiberRuntime((fiber) => {
    const endWaiting = kit.time.wait(fiber)
    return Queue.take(due).pipe(
      Effect.flatMap((item) =>
        Effect.zipWith(ask(item), Clock.currentTimeMillis, (verdict, now) =>
          kit.at(now, ({ hub }) => {
            if (open.disconnect !== undefined) return
            const result = resultOf(verdict, now)
            if (item._tag === "Connection") renewConnection(hub, open, identity, result, now)
            else renewSubscription(hub, open, item.channel, result, now)
          })
        )
      ),
      Effect.forever,
      Effect.ensuring(Effect.sync(endWaiting))
    )
  })

/** The server ignores errors and disconnects here. Without a result, it expires the connection or subscription. */
const resultOf = (verdict: Verdict, now: number): Result => {
  if (verdict._tag === "Failed") return { expire_at: Math.floor(now / 1000) + respite }
  const result = verdict._tag === "Accepted" ? verdict.result : undefined
  return result ?? { expired: true }
}

const renewConnection = (hub: Hub, open: Connection, identity: Identity, result: Result, now: number) => {
  const expireAt = expiryOf(result)
  if (result["expired"] === true || expireAt === 0) return hub.disconnect(open, disconnects.expired)
  if ("meta" in result) identity.meta = result["meta"] as {} | null
  hub.renew(open, BigInt(expireAt), Payload.fromValue(payloadOf(result, "info")), now)
}

/** Without an expiry, the subscription lasts as long as its connection. */
const renewSubscription = (hub: Hub, open: Connection, channel: string, result: Result, now: number) => {
  const subscription = open.subscriptions.get(channel)
  if (subscription === undefined) return
  const expireAt = expiryOf(result)
  if (result["expired"] === true || (expireAt > 0 && expireAt * 1000 < now)) return hub.expire(open, channel)
  const info = payloadOf(result, "info")
  hub.prolong(open, channel, {
    ...subscription,
    ...(info === undefined ? {} : { info: Payload.fromValue(info) }),
    expireAt: BigInt(expireAt)
  })
}
