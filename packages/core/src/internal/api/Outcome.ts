/**
 * The outcomes of a broadcast or a batch, one per part.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as CentrifugoError from "../../CentrifugoError.js"
import { isTagged, TaggedError } from "../codec/TaggedError.js"

/** A user-defined method can have other errors. */
const Part = Schema.Either({
  left: Schema.Union(CentrifugoError.CentrifugoError, Schema.Unknown),
  right: Schema.Unknown
})
/** A part of a typed channel's broadcast also contains the channel's parameters. */
const ChannelPart = Schema.Struct(
  { channel: Schema.String, outcome: Part },
  { key: Schema.String, value: Schema.Unknown }
)

type Any = Either.Either<unknown, unknown>
type AnyChannel = { readonly channel: string; readonly outcome: Any }

/**
 * The outcomes of a batch of a list, of a broadcast, or of a batch of a record.
 *
 * @since 0.1.0
 */
export type AnyOutcomes = ReadonlyArray<Any | AnyChannel> | { readonly [key: string]: Any }

/**
 * The results, if every outcome is a success.
 *
 * @since 0.1.0
 */
export type Results<O> = {
  readonly [K in keyof O]: O[K] extends Either.Either<infer A, infer _E>
    ? A
    : O[K] extends { readonly outcome: Either.Either<infer A, infer _E> }
      ? { readonly channel: string; readonly result: A }
      : never
}

/**
 * At least one part of a batch or broadcast failed. `outcomes` contains the outcome of every part, including
 * successes, in the form that the call returned.
 *
 * @since 0.1.0
 */
export class PartialFailureError<
  out O extends AnyOutcomes = AnyOutcomes
> extends TaggedError<PartialFailureError>()("CentrifugoPartialFailureError", {
  outcomes: Schema.Union(
    Schema.Array(Schema.Union(Part, ChannelPart)),
    Schema.Record({ key: Schema.String, value: Part })
  )
}) {
  /** The outcome of every part, as the call returned it. */
  declare readonly outcomes: O

  override get message(): string {
    const parts = entries(this.outcomes ?? [])
    const failed = parts.filter(([, outcome]) => Either.isLeft(outcome))
    const [first] = failed
    const example =
      first === undefined
        ? ""
        : ` First, at ${first[0]}: ${String(Either.isLeft(first[1]) ? first[1].left : "")}`
    return `${failed.length} of ${parts.length} parts failed; see outcomes.${example}`
  }
}

/** Whether a value is a `PartialFailureError`, from any copy of the package. */
export const isPartialFailure = (u: unknown): u is PartialFailureError =>
  isTagged(u) && u._tag === "CentrifugoPartialFailureError"

const outcomeOf = (part: Any | AnyChannel): Any => ("outcome" in part ? part.outcome : part)

const entries = (outcomes: AnyOutcomes): ReadonlyArray<readonly [string, Any]> =>
  Object.entries(outcomes).map(([key, part]) => [key, outcomeOf(part)])

const resultOf = (part: Any | AnyChannel): unknown => {
  const value = Either.getOrThrow(outcomeOf(part))
  return "outcome" in part ? { channel: part.channel, result: value } : value
}

/**
 * Turns outcomes into plain results if all parts succeeded. If any failed, fails with one `PartialFailureError`
 * that holds every outcome. It does not undo what the server has done.
 *
 * @example
 * ```ts
 * import { Batch, Centrifugo } from "@effect-centrifugo/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   const sent = yield* centrifugo.broadcast({ channels: ["a", "b"], data: "hi" }).pipe(Batch.requireAll)
 *   return sent.map(({ channel, result }) => `${channel} is at ${result.offset}`)
 * })
 * ```
 * @since 0.1.0
 */
export const requireAll = <const O extends AnyOutcomes, E, R>(
  self: Effect.Effect<O, E, R>
): Effect.Effect<Results<O>, E | PartialFailureError<O>, R> =>
  Effect.flatMap(self, (outcomes) =>
    entries(outcomes).every(([, outcome]) => Either.isRight(outcome))
      ? Effect.succeed(mapParts(outcomes) as Results<O>)
      : Effect.fail(new PartialFailureError({ outcomes }) as PartialFailureError<O>)
  )

const mapParts = (outcomes: AnyOutcomes): unknown =>
  Array.isArray(outcomes)
    ? outcomes.map(resultOf)
    : Object.fromEntries(Object.entries(outcomes).map(([key, part]) => [key, resultOf(part)]))
