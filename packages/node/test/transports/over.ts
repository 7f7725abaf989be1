/** The transports that must behave alike: over undici, over fetch, and `HttpTransport` over each client of the platform. */
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import type { ConfigError } from "@effect-centrifugo/core/CentrifugoError"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { FetchHttpClient, type HttpClient } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { Effect, Layer, Redacted, type Scope } from "effect"

export type Options = Centrifugo.Options
export type MakeClient = (options: Options) => Effect.Effect<Centrifugo.Service, ConfigError, Scope.Scope>

/** A client over `HttpTransport`, with the HTTP client of the layer. */
export const over =
  (client: Layer.Layer<HttpClient.HttpClient>): MakeClient =>
  (options) =>
    Effect.flatMap(Layer.build(client), (context) => Effect.provide(Centrifugo.make(options), context))

/** Node's own client opens a socket for each call unless its agent keeps sockets alive. */
export const keepAlive = NodeHttpClient.layerWithoutAgent.pipe(
  Layer.provide(NodeHttpClient.makeAgentLayer({ keepAlive: true }))
)

export const transports: ReadonlyArray<{ readonly name: string; readonly make: MakeClient }> = [
  { name: "UndiciTransport", make: CentrifugoNode.make },
  { name: "FetchTransport", make: Centrifugo.makeFetch },
  { name: "fetch", make: over(FetchHttpClient.layer) },
  { name: "node:http", make: over(NodeHttpClient.layer) },
  { name: "node:http, keep-alive", make: over(keepAlive) },
  { name: "platform's undici", make: over(NodeHttpClient.layerUndici) }
]

export const apiKey = "s3cret/key+%?"
export const options = (url: string): Options => ({ url, apiKey: Redacted.make(apiKey) })
