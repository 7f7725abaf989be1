/** Shows the library on a real server: `npm run demo`. */
import { CentrifugoNode } from "@effect-centrifugo/node"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Redacted } from "effect"
import { line, step } from "./demo/print.js"
import * as Server from "./demo/server.js"
import * as Tour from "./demo/tour.js"
import * as Volume from "./demo/volume.js"

const demo = Effect.gen(function* () {
  const server = yield* Server.choose
  yield* Console.log(`Running on ${server.description}`)
  // New channels for each run, so that a running server has no data of earlier runs.
  const channel = `demo_${Date.now().toString(36)}`

  yield* Effect.gen(function* () {
    const subscriber = yield* step(
      "A subscriber connects",
      Effect.tap(server.listen(channel), ({ client }) => line(`client ${client}, subscribed to ${channel}`))
    )
    yield* Tour.run(server.user, channel, subscriber)
    yield* Volume.run(channel)
  }).pipe(Effect.provide(CentrifugoNode.layer({ url: server.apiUrl, apiKey: Redacted.make(server.apiKey) })))
})

demo.pipe(
  Effect.scoped,
  // The output is for people: print the message, not the stack.
  Effect.catchAll((error) =>
    Effect.zipRight(
      Console.error(`\n${String(error)}`),
      Effect.sync(() => {
        process.exitCode = 1
      })
    )
  ),
  NodeRuntime.runMain
)
