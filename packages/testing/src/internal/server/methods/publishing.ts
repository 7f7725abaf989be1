/** The methods publish and broadcast. */
import { array, object, unlessEmpty, unlessZero } from "../../json/write.js"
import { flag, list, raw, struct, text, dictionary, uint64, type Decoded } from "../../json/decoders.js"
import * as Answer from "../Answer.js"
import * as Payload from "../Payload.js"
import { type State } from "../State.js"
import { type Position } from "../Stream.js"
import { method } from "./method.js"

const publication = {
  data: raw,
  b64data: text,
  skip_history: flag,
  tags: dictionary(text),
  idempotency_key: text,
  delta: flag,
  version: uint64,
  version_epoch: text
}

const PublishRequest = struct({ channel: text, ...publication })

const BroadcastRequest = struct({ channels: list(text), ...publication })

const writePosition = ({ epoch, offset }: Position): string =>
  object({ offset: unlessZero(offset), epoch: unlessEmpty(epoch) })

type Common = Omit<Decoded<typeof PublishRequest>, "channel">

const send = (
  state: State,
  channel: string,
  payload: Payload.Payload,
  request: Common,
  stream: boolean
): Answer.Answer => {
  const settings = state.lookup(channel)
  if (settings === undefined) return Answer.unknownChannel
  if (stream && settings.kind !== "stream") return Answer.badRequest
  if (!Payload.isAccepted(payload, settings.format)) return Answer.badRequest
  const position = state.publish(
    {
      channel,
      payload,
      tags: request.tags,
      skipHistory: request.skip_history,
      idempotencyKey: request.idempotency_key,
      version: request.version,
      versionEpoch: request.version_epoch
    },
    settings
  )
  return Answer.result(writePosition(position))
}

const publish = (state: State, request: Decoded<typeof PublishRequest>): Answer.Answer => {
  if (request.channel === "") return Answer.badRequest
  const payload = Payload.fromFields(request.data, request.b64data)
  if (payload === undefined) return Answer.badRequest
  return send(state, request.channel, payload, request, true)
}

const broadcast = (state: State, request: Decoded<typeof BroadcastRequest>): Answer.Answer => {
  if (request.channels.length === 0) return Answer.badRequest
  const payload = Payload.fromFields(request.data, request.b64data)
  if (payload === undefined) return Answer.badRequest
  const responses = request.channels.map((channel) => {
    // Unlike publish, broadcast does not check the channel's subscription type.
    const answer = channel === "" ? Answer.badRequest : send(state, channel, payload, request, false)
    return answer._tag === "Result"
      ? object({ result: answer.json })
      : object({ error: answer._tag === "Failure" ? Answer.writeFailure(answer.error) : undefined })
  })
  return Answer.result(object({ responses: array(responses) }))
}

/** The methods of this area by their wire names. */
export const methods = {
  publish: method(PublishRequest, publish),
  broadcast: method(BroadcastRequest, broadcast)
}
