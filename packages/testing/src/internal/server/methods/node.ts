/** Methods about the server itself. */
import { raw, struct, text, type Decoded } from "../../json/decoders.js"
import { array, object, string, unlessZero } from "../../json/write.js"
import * as Answer from "../Answer.js"
import { type State } from "../State.js"
import { method } from "./method.js"

const InfoRequest = struct({})

const RpcRequest = struct({ method: text, params: raw })

/** The server version whose responses are reproduced. */
const version = "6.9.1 OSS"

const info = (state: State): Answer.Answer => {
  const counts = state.hub.counts()
  const node = object({
    uid: string("00000000-0000-4000-8000-000000000000"),
    name: string("embedded"),
    version: string(version),
    num_clients: String(counts.clients),
    num_users: String(counts.users),
    num_channels: String(counts.channels),
    uptime: unlessZero(Math.floor((state.now - state.startedAt) / 1000)),
    num_subs: String(counts.subscriptions)
  })
  return Answer.result(object({ nodes: array([node]) }))
}

/** The open-source server defines no RPC methods. */
const rpc = (_: State, { method }: Decoded<typeof RpcRequest>): Answer.Answer =>
  method === "" ? Answer.badRequest : Answer.notFound

/** The methods of this area by their wire names. */
export const methods = {
  info: method(InfoRequest, info),
  rpc: method(RpcRequest, rpc)
}
