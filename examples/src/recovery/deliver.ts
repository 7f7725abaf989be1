/**
 * Handles every failure of a publication: it is retried, stored as a dead letter, or queued. The error type
 * shows which failures remain.
 */
import { Centrifugo, CentrifugoApi, type CentrifugoError } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import { Context, Effect } from "effect"

/** The idempotency key makes the message safe to send again. */
export type Message = Parameters<typeof CentrifugoApi.publish>[0] & { readonly idempotencyKey: string }

/** Messages that wait until someone corrects the channel or the server's configuration. */
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
        // Sending it again would not help.
        CentrifugoUnknownChannelError: (error) => Effect.as(deadLetters.add(message, error), "dead" as const),
        // The server may have published it. The outbox sends it again, and the server recognizes the key.
        CentrifugoTimeoutError: () =>
          Effect.as(outbox.insert(CentrifugoApi.publish(message)), "queued" as const)
      })
    )
  })
