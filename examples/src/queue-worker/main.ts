/**
 * The worker as a process: after `npm run build`, `node examples/dist/queue-worker/main.js`, with `REDIS_URL`,
 * `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`. SIGTERM lets it settle the entries that it took.
 */
import { CentrifugoNode } from "@effect-centrifugo/node"
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { QueueLive } from "./Queue.js"
import { work } from "./worker.js"

work.pipe(Effect.provide(Layer.merge(QueueLive, CentrifugoNode.layerConfig())), NodeRuntime.runMain)
