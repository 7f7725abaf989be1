/**
 * What a reader missed of a channel since a position that it has saved; or, where that can't be told any
 * more, the present state, and a position to go on from.
 */
import { Centrifugo, type PositionError } from "@effect-centrifugo/core"
import { Context, Effect } from "effect"

type Position = PositionError.Position

/** The state that a channel's publications are changes of: in a database, usually. */
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
      // The position first: a change that comes in between is then seen twice, and not missed.
      const { epoch, offset } = yield* centrifugo
        .history({ channel })
        // Only a call with `since` is answered so.
        .pipe(Effect.catchTag("CentrifugoUnrecoverablePositionError", Effect.die))
      const state = yield* snapshots.load(channel)
      return { _tag: "Reloaded", state, position: { epoch, offset } } satisfies News
    })

    return yield* centrifugo.history({ channel, since, limit: -1 }).pipe(
      Effect.flatMap(
        ({ epoch, offset, publications }): Effect.Effect<News, Effect.Effect.Error<typeof reload>> =>
          // The server leaves out without a word what its history has dropped.
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
