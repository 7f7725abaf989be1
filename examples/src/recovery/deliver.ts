/**
 * A publication that ends somewhere in any case: with the subscribers, with those who can mend it, or in a
 * queue. What is left in the error channel is what can still happen.
 */
import { Centrifugo, CentrifugoApi, type CentrifugoError } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import { Context, Effect } from "effect"

/** With a key, it may be sent a second time and is still published once. */
export type Message = Parameters<typeof CentrifugoApi.publish>[0] & { readonly idempotencyKey: string }

/** Where messages wait for somebody who corrects the channel, or the server's configuration. */
export class DeadLetters extends Context.Tag("DeadLetters")<
  DeadLetters,
  { readonly add: (message: Message, why: CentrifugoError.UnknownChannelError) => Effect.Effect<void> }
>() {}

export type Delivery = "published" | "dead" | "queued"

export const deliver = (message: Message) =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    const deadLetters = yield* DeadLetters
    const outbox = yield* OutboxSql.OutboxSql

    return yield* centrifugo.publish(message).pipe(
      Effect.as<Delivery>("published"),
      Effect.catchTags({
        // To send it again would not help.
        CentrifugoUnknownChannelError: (error) => Effect.as(deadLetters.add(message, error), "dead" as const),
        // It may have been published. The server takes it from the outbox when it can, and knows the key.
        CentrifugoTimeoutError: () =>
          Effect.as(outbox.insert(CentrifugoApi.publish(message)), "queued" as const)
      })
    )
  })
