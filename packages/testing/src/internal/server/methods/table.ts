/** The methods of the open-source server, in the order in which a batch command is matched to them. */
import { type Decoder } from "../../json/decoders.js"
import { type Answer } from "../Answer.js"
import { type State } from "../State.js"
import * as channels from "./channels.js"
import * as connections from "./connections.js"
import * as maps from "./maps.js"
import * as node from "./node.js"
import * as publishing from "./publishing.js"

/** A method and its request decoder, with the type that they share hidden. */
export interface Method {
  readonly request: Decoder<unknown>
  readonly run: (state: State, request: unknown) => Answer
}

const method = <A>(request: Decoder<A>, run: (state: State, request: A) => Answer): Method => ({
  request,
  run: (state, decoded) => run(state, decoded as A)
})

export const methods: ReadonlyMap<string, Method> = new Map([
  ["publish", method(publishing.PublishRequest, publishing.publish)],
  ["broadcast", method(publishing.BroadcastRequest, publishing.broadcast)],
  ["subscribe", method(connections.SubscribeRequest, connections.subscribe)],
  ["unsubscribe", method(connections.UnsubscribeRequest, connections.unsubscribe)],
  ["disconnect", method(connections.DisconnectRequest, connections.disconnect)],
  ["history", method(channels.HistoryRequest, channels.history)],
  ["history_remove", method(channels.ChannelRequest, channels.historyRemove)],
  ["presence", method(channels.ChannelRequest, channels.presence)],
  ["presence_stats", method(channels.ChannelRequest, channels.presenceStats)],
  ["info", method(node.InfoRequest, node.info)],
  ["rpc", method(node.RpcRequest, node.rpc)],
  ["refresh", method(connections.RefreshRequest, connections.refresh)],
  ["channels", method(channels.ChannelsRequest, channels.channels)],
  ["map_publish", method(maps.MapPublishRequest, maps.mapPublish)],
  ["map_remove", method(maps.MapRemoveRequest, maps.mapRemove)],
  ["map_read_state", method(maps.MapReadStateRequest, maps.mapReadState)],
  ["map_read_stream", method(maps.MapReadStreamRequest, maps.mapReadStream)],
  ["map_stats", method(channels.ChannelRequest, maps.mapStats)],
  ["map_clear", method(channels.ChannelRequest, maps.mapClear)],
  ["shared_poll_publish", method(maps.SharedPollPublishRequest, maps.sharedPollPublish)]
])
