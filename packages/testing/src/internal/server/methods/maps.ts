/** The methods map_* and shared_poll_publish. */
import {
  dictionary,
  flag,
  int32,
  int64,
  raw,
  struct,
  text,
  uint64,
  type Decoded
} from "../../json/decoders.js"
import { array, object, string, unlessEmpty, unlessFalse, unlessZero } from "../../json/write.js"
import * as Answer from "../Answer.js"
import { type Settings } from "../Channels.js"
import { type Update } from "../Maps.js"
import { writeEntry, type Message } from "../Message.js"
import * as Payload from "../Payload.js"
import { type State } from "../State.js"
import { nowhere, type Position } from "../Stream.js"
import { ChannelRequest } from "./channels.js"
import { method } from "./method.js"

const MapPublishRequest = struct({
  channel: text,
  key: text,
  data: raw,
  b64data: text,
  stream_data: raw,
  b64stream_data: text,
  tags: dictionary(text),
  idempotency_key: text,
  delta: flag,
  version: uint64,
  version_epoch: text,
  score: int64,
  key_mode: text
})

const MapRemoveRequest = struct({ channel: text, key: text, idempotency_key: text })

const MapReadStateRequest = struct({
  channel: text,
  cursor: text,
  limit: int32,
  key: text,
  asc: flag,
  revision_offset: uint64,
  revision_epoch: text
})

const MapReadStreamRequest = struct({
  channel: text,
  since_offset: uint64,
  since_epoch: text,
  limit: int32,
  reverse: flag
})

const SharedPollPublishRequest = struct({
  channel: text,
  key: text,
  data: raw,
  b64data: text,
  version: uint64,
  epoch: text
})

/** Checks that all map methods share. */
const inMap = (
  state: State,
  channel: string,
  answer: (settings: Settings) => Answer.Answer
): Answer.Answer => {
  if (channel === "") return Answer.badRequest
  const settings = state.lookup(channel)
  if (settings === undefined) return Answer.unknownChannel
  return settings.kind === "map" ? answer(settings) : Answer.badRequest
}

const updated = ({ position, suppressed }: Update): Answer.Answer =>
  Answer.result(
    object({
      offset: unlessZero(position.offset),
      epoch: unlessEmpty(position.epoch),
      suppressed: unlessFalse(suppressed !== undefined),
      suppress_reason: unlessEmpty(suppressed ?? "")
    })
  )

const entriesAt = (entries: ReadonlyArray<Message>, position: Position, cursor: string): Answer.Answer =>
  Answer.encoding(() =>
    object({
      entries: entries.length === 0 ? undefined : array(entries.map(writeEntry)),
      offset: unlessZero(position.offset),
      epoch: string(position.epoch),
      cursor: unlessEmpty(cursor)
    })
  )

const isKeyMode = (mode: string) => mode === "" || mode === "if_new" || mode === "if_exists"

const mapPublish = (state: State, request: Decoded<typeof MapPublishRequest>): Answer.Answer => {
  const { channel, key, key_mode: keyMode, tags, version } = request
  if (key === "") return Answer.badRequest
  return inMap(state, channel, ({ map }) => {
    const payload = Payload.fromFields(request.data, request.b64data)
    if (payload === undefined || !isKeyMode(keyMode)) return Answer.badRequest
    if (map === undefined || (version > 0n && !map.hasStream)) return Answer.internal
    return updated(
      state.maps.publish(
        {
          channel,
          key,
          payload,
          tags,
          keyMode,
          version,
          versionEpoch: request.version_epoch,
          idempotencyKey: request.idempotency_key
        },
        map,
        state.now
      )
    )
  })
}

const mapRemove = (state: State, request: Decoded<typeof MapRemoveRequest>): Answer.Answer => {
  const { channel, idempotency_key: idempotencyKey, key } = request
  if (key === "") return Answer.badRequest
  return inMap(state, channel, ({ map }) =>
    map === undefined
      ? Answer.internal
      : updated(state.maps.remove(channel, key, idempotencyKey, map, state.now))
  )
}

const mapReadState = (state: State, request: Decoded<typeof MapReadStateRequest>): Answer.Answer =>
  inMap(state, request.channel, ({ map }) => {
    if (map === undefined) return Answer.internal
    const { channel, revision_epoch: epoch, revision_offset: offset } = request
    const revision = offset > 0n || epoch !== "" ? epoch : undefined
    const read = state.maps.readState(channel, revision, request, map, state.now)
    return read === undefined
      ? Answer.unrecoverablePosition
      : entriesAt(read.entries, read.position, read.cursor)
  })

const mapReadStream = (state: State, request: Decoded<typeof MapReadStreamRequest>): Answer.Answer =>
  inMap(state, request.channel, ({ map }) => {
    const { channel, limit, reverse, since_epoch: epoch, since_offset: offset } = request
    const since = offset > 0n || epoch !== "" ? { offset, epoch } : undefined
    const read = state.maps.readStream(channel, since, { limit, reverse }, map, state.now)
    return read === undefined ? Answer.unrecoverablePosition : entriesAt(read.entries, read.position, "")
  })

const mapStats = (state: State, { channel }: { readonly channel: string }): Answer.Answer =>
  inMap(state, channel, () => Answer.result(object({ num_keys: unlessZero(state.maps.size(channel)) })))

const mapClear = (state: State, { channel }: { readonly channel: string }): Answer.Answer =>
  inMap(state, channel, () => {
    state.maps.clear(channel)
    return Answer.nothing
  })

const sharedPollPublish = (
  state: State,
  request: Decoded<typeof SharedPollPublishRequest>
): Answer.Answer => {
  const { channel, key, version } = request
  if (channel === "" || key === "" || version === 0n) return Answer.badRequest
  const settings = state.lookup(channel)
  if (settings === undefined) return Answer.unknownChannel
  if (settings.kind !== "shared_poll") return Answer.badRequest
  if (!settings.acceptsPolls) return Answer.notAvailable
  const payload = Payload.fromFields(request.data, request.b64data)
  if (payload === undefined) return Answer.badRequest
  const message = { channel, key, version, payload, tags: new Map(), position: nowhere, time: state.now }
  state.publishPoll(message, request.epoch)
  return Answer.nothing
}

/** The methods of this area by their wire names. */
export const methods = {
  map_publish: method(MapPublishRequest, mapPublish),
  map_remove: method(MapRemoveRequest, mapRemove),
  map_read_state: method(MapReadStateRequest, mapReadState),
  map_read_stream: method(MapReadStreamRequest, mapReadStream),
  map_stats: method(ChannelRequest, mapStats),
  map_clear: method(ChannelRequest, mapClear),
  shared_poll_publish: method(SharedPollPublishRequest, sharedPollPublish)
}
