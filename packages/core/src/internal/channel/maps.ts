/** Reads map channels and decodes the data of each entry separately. */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as MapReads from "../api/MapReads.js"
import { dataReader, type PublicationDataError } from "./publications.js"

/**
 * A key with a decoded value. Data that does not match the schema only affects its own key.
 *
 * @since 0.1.0
 */
export interface TypedEntry<D> extends Omit<MapReads.MapEntry, "data"> {
  /** The decoded data, or why it does not match the schema. */
  readonly data: Either.Either<D, PublicationDataError>
}

/**
 * A change of a map: a key with its decoded value, or a removed key, without data.
 *
 * @since 0.1.0
 */
export type EntryChange<D> = Omit<MapReads.MapEntry, "data" | "removed"> &
  (
    | { readonly removed: false; readonly data: Either.Either<D, PublicationDataError> }
    | { readonly removed: true; readonly data?: never }
  )

type State = Extract<ReturnType<MapReads.MapReadState>, ApiMethod.Request.Any>
type Changes = Extract<ReturnType<MapReads.MapReadStream>, ApiMethod.Request.Any>

/**
 * A page of a map's keys, whose data is decoded to `D`.
 *
 * @since 0.1.0
 */
export interface MapState<D> extends Omit<MapReads.MapReadStateResult, "entries"> {
  /** The entries on this page. */
  readonly entries: ReadonlyArray<TypedEntry<D>>
}

/**
 * A page of a map's changes, whose data is decoded to `D`.
 *
 * @since 0.1.0
 */
export interface MapChanges<D> extends Omit<MapReads.MapReadStreamResult, "entries"> {
  /** The changes on this page. */
  readonly entries: ReadonlyArray<EntryChange<D>>
}

/**
 * A request for a page of a map's keys.
 *
 * @since 0.1.0
 */
export type MapStateRequest<D> = ApiMethod.Request<
  "map_read_state",
  ApiMethod.Request.Payload<State>,
  MapState<D>,
  ApiMethod.Request.Error<State>
>

/**
 * A request for a page of a map's changes.
 *
 * @since 0.1.0
 */
export type MapChangesRequest<D> = ApiMethod.Request<
  "map_read_stream",
  ApiMethod.Request.Payload<Changes>,
  MapChanges<D>,
  ApiMethod.Request.Error<Changes>
>

/** Decodes the data of each entry. */
export const entryReader = <D, I>(schema: Schema.Schema<D, I>) => {
  const read = dataReader(schema)
  return <E extends MapReads.MapEntry>(channel: string, entry: E) => ({
    ...entry,
    data: read(channel, entry)
  })
}

/** Decodes the data of each change. A removal has none. */
export const changeReader = <D, I>(schema: Schema.Schema<D, I>) => {
  const read = entryReader(schema)
  return <E extends MapReads.MapEntry>(channel: string, change: E) =>
    (change.removed ? change : read(channel, change)) as Omit<E, keyof EntryChange<D>> & EntryChange<D>
}

/** The method `mapReadState` with decoded data. */
export const readState = <D, I>(
  schema: Schema.Schema<D, I>
): ((payload: ApiMethod.Request.Payload<State>) => MapStateRequest<D>) => {
  const read = entryReader(schema)
  return ApiMethod.mapResult(
    MapReads.mapReadState,
    ({ entries, ...page }, { channel }): Either.Either<MapState<D>> =>
      Either.right({ ...page, entries: entries.map((entry) => read(channel, entry)) })
  )
}

/** The method `mapReadStream` with decoded data. */
export const readChanges = <D, I>(
  schema: Schema.Schema<D, I>
): ((payload: ApiMethod.Request.Payload<Changes>) => MapChangesRequest<D>) => {
  const read = changeReader(schema)
  return ApiMethod.mapResult(
    MapReads.mapReadStream,
    ({ entries, ...page }, { channel }): Either.Either<MapChanges<D>> =>
      Either.right({ ...page, entries: entries.map((change) => read(channel, change)) })
  )
}
