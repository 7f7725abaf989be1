/**
 * A page that connects with tokens, and everything it needs: after `npm run build`,
 * `node examples/dist/tokens/main.js`, and open the address that it prints. `PORT` changes the port.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import * as Token from "@effect-centrifugo/core/Token"
import { CentrifugoNode } from "@effect-centrifugo/node"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import { Config, Effect, Layer, Redacted } from "effect"
import { createServer } from "node:http"
import { backend, WebSocketUrl } from "./backend.js"

/** What `config.json` of a server of your own would say. */
export const settings = {
  // Clients can't subscribe to rooms without a token: the namespace has no allow_subscribe_for_client.
  namespaces: [
    { name: "room", history_size: 10, history_ttl: "1h", presence: true, allow_presence_for_subscriber: true }
  ],
  // Guests come with a token of their own.
  env: { CENTRIFUGO_CLIENT_ALLOW_ANONYMOUS_CONNECT_WITHOUT_TOKEN: "false" }
}

/** The backend's own parts, from what the server says of itself. */
export const parts = Layer.unwrapEffect(
  Effect.map(CentrifugoServer.CentrifugoServer, ({ apiKey, apiUrl, tokenSecret, wsUrl }) =>
    Layer.mergeAll(
      Token.layer({ key: Token.hmac(Redacted.make(tokenSecret)) }),
      CentrifugoNode.layer({ url: apiUrl, apiKey: Redacted.make(apiKey) }),
      Layer.succeed(WebSocketUrl, wsUrl)
    )
  )
)

const main = Effect.gen(function* () {
  const port = yield* Config.withDefault(Config.port("PORT"), 3000)
  const origin = `http://localhost:${port}`
  // Browsers say which page opens a connection, and the server asks for a list of those that may.
  const env = { ...settings.env, CENTRIFUGO_CLIENT_ALLOWED_ORIGINS: origin }
  yield* Effect.log(`open ${origin}`)
  return yield* Layer.launch(
    HttpServer.serve(backend).pipe(
      Layer.provide(NodeHttpServer.layer(createServer, { port })),
      Layer.provide(parts),
      Layer.provide(CentrifugoServer.layer({ ...settings, env }))
    )
  )
})

if (process.argv[1] === import.meta.filename) NodeRuntime.runMain(main)
