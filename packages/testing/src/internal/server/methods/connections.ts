/** Methods that act on the open connections of a user. */
import {
  flag,
  int64,
  list,
  optional,
  raw,
  struct,
  suspended,
  text,
  uint32,
  type Decoded,
  type Decoder
} from "../../json/decoders.js"
import * as Answer from "../Answer.js"
import { disconnects, unsubscribes } from "../Hub.js"
import * as Payload from "../Payload.js"
import { type State } from "../State.js"
import { StreamPosition } from "./channels.js"
import { method } from "./method.js"

/** PRO only: parsed and ignored. */
interface FilterNode {
  readonly nodes: ReadonlyArray<FilterNode | undefined>
}

export const FilterNode: Decoder<FilterNode> = suspended(() => filterNode)

const filterNode: Decoder<FilterNode> = struct({
  op: text,
  key: text,
  cmp: text,
  val: text,
  vals: list(text),
  nodes: list(optional(FilterNode))
})

const selection = {
  user: text,
  client: text,
  session: text,
  label_filter: optional(FilterNode),
  all_users: flag
}

const override = optional(struct({ value: flag }))

const SubscribeRequest = struct({
  ...selection,
  channel: text,
  expire_at: int64,
  info: raw,
  b64info: text,
  data: raw,
  b64data: text,
  recover_since: optional(StreamPosition),
  override: optional(
    struct({
      presence: override,
      join_leave: override,
      force_recovery: override,
      force_positioning: override,
      force_push_join_leave: override
    })
  )
})

const UnsubscribeRequest = struct({ ...selection, channel: text })

const DisconnectRequest = struct({
  ...selection,
  disconnect: optional(struct({ code: uint32, reason: text })),
  whitelist: list(text)
})

const RefreshRequest = struct({ ...selection, expired: flag, expire_at: int64, info: raw })

const subscribe = (state: State, request: Decoded<typeof SubscribeRequest>): Answer.Answer => {
  const { channel, override } = request
  if (channel === "") return Answer.badRequest
  const settings = state.lookup(channel)
  if (settings === undefined) return Answer.unknownChannel
  const data = Payload.fromFields(request.data, request.b64data)
  if (data === undefined) return Answer.badRequest
  const info = Payload.fromFields(request.info, request.b64info)
  if (info === undefined) return Answer.badRequest
  const connections = state.hub.select(request)
  const { expire_at: expireAt } = request
  if (expireAt > 0n && expireAt <= BigInt(Math.floor(state.now / 1000))) {
    // Each connection rejects an expiry in the past. Without connections the call succeeds.
    for (const connection of connections) state.hub.abandon(connection, channel)
    return connections.length === 0 ? Answer.nothing : Answer.internal
  }
  // Publications missed since `recover_since` are not delivered: a subscribe push cannot carry them.
  const hasPresence = override?.presence?.value ?? settings.presence
  for (const connection of connections) {
    state.hub.subscribe(connection, channel, { data, info, hasPresence, isServerSide: true, expireAt })
  }
  return Answer.nothing
}

const unsubscribe = (state: State, request: Decoded<typeof UnsubscribeRequest>): Answer.Answer => {
  const { channel } = request
  if (channel !== "" && state.lookup(channel) === undefined) return Answer.unknownChannel
  for (const connection of state.hub.select(request)) {
    state.hub.unsubscribe(connection, channel, unsubscribes.byServer)
  }
  return Answer.nothing
}

const disconnect = (state: State, request: Decoded<typeof DisconnectRequest>): Answer.Answer => {
  const { code, reason } = request.disconnect ?? disconnects.forced
  for (const connection of state.hub.select(request)) {
    if (request.whitelist.includes(connection.client)) continue
    // A WebSocket close frame holds 16 bits of the code.
    state.hub.disconnect(connection, { code: code & 0xffff, reason })
  }
  return Answer.nothing
}

const refresh = (state: State, request: Decoded<typeof RefreshRequest>): Answer.Answer => {
  for (const connection of state.hub.select(request)) {
    if (request.expired) state.hub.disconnect(connection, disconnects.expired)
    else state.hub.refresh(connection, request.expire_at, { text: request.info }, state.now)
  }
  return Answer.nothing
}

/** The methods of this area by their wire names. */
export const methods = {
  subscribe: method(SubscribeRequest, subscribe),
  unsubscribe: method(UnsubscribeRequest, unsubscribe),
  disconnect: method(DisconnectRequest, disconnect),
  refresh: method(RefreshRequest, refresh)
}
