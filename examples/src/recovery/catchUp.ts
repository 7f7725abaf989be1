/**
 * Reads what a reader missed since its saved position. If the server no longer has it, returns the current
 * state and a position to continue from.
 */
import { Centrifugo, type HistoryStream } from "@effect-centrifugo/core"
import { Context, Effect } from "effect"

type Position = HistoryStream.Position

/** The state that the publications change, usually in a database. */
export class Snapshots extends Context.Tag("Snapshots")<
  Snapshots,
  { readonly load: (channel: string) => Effect.Effect<unknown> }
>() {}

export type News =
  | { readonly _tag: "Missed"; readonly changes: ReadonlyArray<unknown>; readonly position: Position }
  | { readonly _tag: "Reloaded"; readonly state: unknown; readonly position: Position }

export const catchUp = (channel: string, since: Position) =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    const snapshots = yield* Snapshots

    const reload = Effect.gen(function* () {
      // Read the position first: a change made in between is then seen twice, but never missed.
      const { epoch, offset } = yield* centrifugo
        .history({ channel })
        // The server only returns this error for calls with `since`.
        .pipe(Effect.catchTag("CentrifugoUnrecoverablePositionError", Effect.die))
      const state = yield* snapshots.load(channel)
      return { _tag: "Reloaded", state, position: { epoch, offset } } satisfies News
    })

    return yield* centrifugo.history({ channel, since, limit: -1 }).pipe(
      Effect.flatMap(
        ({ epoch, offset, publications }): Effect.Effect<News, Effect.Effect.Error<typeof reload>> =>
          // The server omits publications that its history has dropped, without an error.
          publications.length === offset - since.offset
            ? Effect.succeed({
                _tag: "Missed",
                changes: publications.map(({ data }) => data),
                position: { epoch, offset }
              })
            : reload
      ),
      Effect.catchTag("CentrifugoUnrecoverablePositionError", () => reload)
    )
  })
