/**
 * Publishes once with our client. Only its bundle size is measured; it never runs. `byHand.ts` does the same
 * without our client.
 */
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const program = Effect.gen(function* () {
  const centrifugo = yield* Centrifugo.Centrifugo
  const position = yield* centrifugo.publish({ channel: "news", data: { text: "hello" } })
  yield* Console.log(position)
})

const live = Centrifugo.layerFetch({
  url: "http://localhost:8000/api",
  apiKey: Redacted.make("api_key")
})

await program.pipe(Effect.provide(live), Effect.runPromise)
