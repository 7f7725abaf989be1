/**
 * A chat, and everything it needs: after `npm run build`, `node examples/dist/chat/main.js`, and open the address that it
 * prints. `PORT` changes the port.
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
      // Browsers say which page opens a connection, and the server asks for a list of those that may.
      CENTRIFUGO_CLIENT_ALLOWED_ORIGINS: origin
    }
  })

/** The backend's own parts. */
export const parts = Layer.mergeAll(
  UsersLive,
  Layer.effect(
    WebSocketUrl,
    // Cookies are for one host, whatever the port.
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
