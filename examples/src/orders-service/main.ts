/**
 * The service as a process: after `npm run build`, `node examples/dist/orders-service/main.js`, with `DATABASE_URL`.
 * `PORT` is 3000 by default. SIGTERM closes the port, answers the requests in flight, and then closes the database.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { Config, Layer } from "effect"
import { createServer } from "node:http"
import { migration, service } from "./service.js"

const http = NodeHttpServer.layerConfig(createServer, {
  host: Config.withDefault(Config.string("HOST"), "127.0.0.1"),
  port: Config.withDefault(Config.port("PORT"), 3000)
})

const database = PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") })

// The layer provided last closes last.
const main = service.pipe(
  HttpServer.withLogAddress,
  Layer.provide(http),
  Layer.provide(Layer.effectDiscard(migration)),
  Layer.provide(database)
)

NodeRuntime.runMain(Layer.launch(main))
