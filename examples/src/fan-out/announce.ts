/**
 * Notifies every user in a table. Rows come from a cursor, calls go out in batches, and failures are written
 * back. Only a few batches are in memory at a time, however many users there are.
 */
import { SqlClient } from "@effect/sql"
import { Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { Array, Chunk, Effect, Either, Stream } from "effect"

interface User {
  readonly id: number
  readonly tenant: string
}

export const announce = (announcement: { readonly id: string; readonly text: string }) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const centrifugo = yield* Centrifugo.Centrifugo

    const toRequest = ({ id, tenant }: User) =>
      CentrifugoApi.publish({
        channel: `${tenant}:user_${id}`,
        data: { text: announcement.text },
        // A second run, for example after a crash, does not publish again.
        idempotencyKey: `${announcement.id}-${id}`
      })

    return yield* sql<User>`SELECT id, tenant FROM users ORDER BY id`.stream.pipe(
      Stream.map(toRequest),
      centrifugo.sendAll({ concurrency: 4 }),
      Stream.grouped(1000),
      Stream.runFoldEffect({ published: 0, failed: 0 }, (counts, sent) => {
        const failures = Chunk.toReadonlyArray(sent).flatMap(({ outcome, request }) =>
          Either.isLeft(outcome) ? [{ channel: request.payload.channel, reason: outcome.left._tag }] : []
        )
        const counted = {
          published: counts.published + sent.length - failures.length,
          failed: counts.failed + failures.length
        }
        return Array.isNonEmptyArray(failures)
          ? Effect.as(sql`INSERT INTO undelivered ${sql.insert(failures)}`, counted)
          : Effect.succeed(counted)
      })
    )
  })
