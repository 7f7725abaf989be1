import { Centrifugo } from "@effect-centrifugo/core"
import { Effect } from "effect"

/** Tells a user's devices that an order was placed, at most once. */
export const placeOrder = (order: number, user: string) =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    return yield* centrifugo.publish({
      channel: `user:${user}`,
      data: { kind: "placed", order },
      idempotencyKey: `order-${order}`
    })
  })
