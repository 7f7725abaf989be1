/** Methods that read channels: history, presence and the list of channels. */
import {
  flag,
  int32,
  optional,
  struct,
  text,
  uint64,
  type Decoded,
  type Decoder
} from "../../json/decoders.js"
import { array, dictionary, object, string, unlessZero } from "../../json/write.js"
import * as Answer from "../Answer.js"
import { type Settings } from "../Channels.js"
import { compile } from "../glob.js"
import { writeIdentity, writePublication } from "../Message.js"
import { type State } from "../State.js"
import { method } from "./method.js"

export const ChannelRequest = struct({ channel: text })

type Channel = Decoded<typeof ChannelRequest>

export const StreamPosition: Decoder<{ readonly offset: bigint; readonly epoch: string }> = struct({
  offset: uint64,
  epoch: text
})

const HistoryRequest = struct({
  channel: text,
  limit: int32,
  since: optional(StreamPosition),
  reverse: flag
})

const ChannelsRequest = struct({ pattern: text })

/** Checks that these methods share. */
const inChannel = (
  state: State,
  channel: string,
  isOn: (settings: Settings) => boolean,
  answer: (settings: Settings) => Answer.Answer
): Answer.Answer => {
  if (channel === "") return Answer.badRequest
  const settings = state.lookup(channel)
  if (settings === undefined) return Answer.unknownChannel
  return isOn(settings) ? answer(settings) : Answer.notAvailable
}

const hasHistory = ({ history }: Settings) => history.size > 0
const hasPresence = ({ presence }: Settings) => presence

const history = (
  state: State,
  { channel, limit, reverse, since }: Decoded<typeof HistoryRequest>
): Answer.Answer =>
  inChannel(state, channel, hasHistory, (settings) => {
    // The engine rejects this position; the server API reports it as an internal error.
    if (reverse && since?.offset === 0n) return Answer.internal
    const page = { limit, reverse }
    const { items, position } = state.histories.get(channel, since, page, settings, state.now)
    if (since !== undefined && since.epoch !== "" && since.epoch !== position.epoch) {
      return Answer.unrecoverablePosition
    }
    return Answer.encoding(() =>
      object({
        publications: array(items.map(writePublication)),
        epoch: string(position.epoch),
        offset: String(position.offset)
      })
    )
  })

const historyRemove = (state: State, { channel }: Channel): Answer.Answer =>
  inChannel(state, channel, hasHistory, () => {
    state.histories.clear(channel)
    return Answer.nothing
  })

const presence = (state: State, { channel }: Channel): Answer.Answer =>
  inChannel(state, channel, hasPresence, () =>
    Answer.encoding(() => {
      const clients = state.hub.presence
        .in(channel)
        .map((identity) => [identity.client, writeIdentity(identity)] as const)
      return object({ presence: dictionary(clients) })
    })
  )

const presenceStats = (state: State, { channel }: Channel): Answer.Answer =>
  inChannel(state, channel, hasPresence, () => {
    const users = state.hub.presence.in(channel).map(({ user }) => user)
    return Answer.result(
      object({ num_clients: String(users.length), num_users: String(new Set(users).size) })
    )
  })

const channels = (state: State, { pattern }: Decoded<typeof ChannelsRequest>): Answer.Answer => {
  const matches = pattern === "" ? () => true : compile(pattern)
  if (matches === undefined) return Answer.internal
  const found = state.hub.channels().filter(([channel]) => matches(channel))
  const infos = found.map(
    ([channel, count]) => [channel, object({ num_clients: unlessZero(count) })] as const
  )
  return Answer.result(object({ channels: dictionary(infos) }))
}

/** The methods of this area by their wire names. */
export const methods = {
  history: method(HistoryRequest, history),
  history_remove: method(ChannelRequest, historyRemove),
  presence: method(ChannelRequest, presence),
  presence_stats: method(ChannelRequest, presenceStats),
  channels: method(ChannelsRequest, channels)
}
