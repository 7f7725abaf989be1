/**
 * A page that connects with tokens, with its server and backend. After `npm run build`, run
 * `node examples/dist/tokens/main.js` and open the printed address. `PORT` changes the port.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import * as Token from "@effect-centrifugo/core/Token"
import { CentrifugoNode } from "@effect-centrifugo/node"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import { Config, Effect, Layer, Redacted } from "effect"
import { createServer } from "node:http"
import { backend, WebSocketUrl } from "./backend.js"

/** The settings that `config.json` of your own server needs. */
export const settings = {
  // Clients cannot subscribe to rooms without a token: the namespace has no allow_subscribe_for_client.
  namespaces: [
    { name: "room", history_size: 10, history_ttl: "1h", presence: true, allow_presence_for_subscriber: true }
  ],
  // Guests also get a token.
  env: { CENTRIFUGO_CLIENT_ALLOW_ANONYMOUS_CONNECT_WITHOUT_TOKEN: "false" }
}

/** The layers of the backend, from the server's address and secret. */
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
  // Browsers send the page's origin with a connection, and the server only accepts listed origins.
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
