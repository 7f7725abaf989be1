/**
 * The worker as a process: after `npm run build`, `node examples/dist/queue-worker/main.js`, with `REDIS_URL`,
 * `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`. On SIGTERM it settles the entries it has taken.
 */
import { CentrifugoNode } from "@effect-centrifugo/node"
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { QueueLive } from "./Queue.js"
import { work } from "./worker.js"

work.pipe(Effect.provide(Layer.merge(QueueLive, CentrifugoNode.layerConfig())), NodeRuntime.runMain)
