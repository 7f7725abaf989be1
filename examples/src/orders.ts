import { Centrifugo } from "@effect-centrifugo/core"
import { Effect } from "effect"

/** Notifies a user's devices of an order, at most once. */
export const placeOrder = (order: number, user: string) =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    return yield* centrifugo.publish({
      channel: `user:${user}`,
      data: { kind: "placed", order },
      idempotencyKey: `order-${order}`
    })
  })
