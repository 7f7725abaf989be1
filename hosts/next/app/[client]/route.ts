import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { ManagedRuntime } from "effect"
import { whoamiAfterCalls } from "../whoami"

/** One runtime for the process: its sockets are shared by the requests of all users. */
const runtimes = {
  undici: ManagedRuntime.make(CentrifugoNode.layerConfig({ maxConnections: 2 })),
  "undici-batching": ManagedRuntime.make(CentrifugoNode.layerConfig({ maxConnections: 2, batching: true })),
  fetch: ManagedRuntime.make(Centrifugo.layerFetchConfig({ maxConnections: 2 })),
  "fetch-batching": ManagedRuntime.make(Centrifugo.layerFetchConfig({ maxConnections: 2, batching: true }))
}

export const GET = async (
  _request: Request,
  { params }: { readonly params: Promise<{ readonly client: string }> }
): Promise<Response> => {
  const { client } = await params
  const runtime = runtimes[client as keyof typeof runtimes]
  return Response.json(await runtime.runPromise(whoamiAfterCalls))
}
