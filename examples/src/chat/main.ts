/**
 * A chat with its server and backend. After `npm run build`, run `node examples/dist/chat/main.js` and open the printed
 * address. `PORT` changes the port.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import { Config, Effect, Layer } from "effect"
import { createServer } from "node:http"
import { backend, config, UsersLive, WebSocketUrl } from "./backend.js"

/** The server, configured for a backend at this address. */
export const server = (origin: string) =>
  CentrifugoServer.layer({
    env: {
      ...config(origin).env(),
      CENTRIFUGO_CLIENT_ALLOW_ANONYMOUS_CONNECT_WITHOUT_TOKEN: "false",
      // Browsers send the page's origin with a connection, and the server only accepts listed origins.
      CENTRIFUGO_CLIENT_ALLOWED_ORIGINS: origin
    }
  })

/** The layers of the backend. */
export const parts = Layer.mergeAll(
  UsersLive,
  Layer.effect(
    WebSocketUrl,
    // Cookies belong to a host, with any port.
    Effect.map(CentrifugoServer.CentrifugoServer, ({ wsUrl }) => wsUrl.replace("127.0.0.1", "localhost"))
  )
)

const main = Effect.gen(function* () {
  const port = yield* Config.withDefault(Config.port("PORT"), 3000)
  const origin = `http://localhost:${port}`
  yield* Effect.log(`open ${origin}`)
  return yield* Layer.launch(
    HttpServer.serve(backend).pipe(
      Layer.provide(NodeHttpServer.layer(createServer, { port })),
      Layer.provide(parts),
      Layer.provide(server(origin))
    )
  )
})

if (process.argv[1] === import.meta.filename) NodeRuntime.runMain(main)
