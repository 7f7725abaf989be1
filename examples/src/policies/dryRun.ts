/** A transport of your own: it logs calls and sends nothing. */
import { CentrifugoTransport } from "@effect-centrifugo/core"
import { Effect, Layer } from "effect"

export const dryRun = Layer.succeed(CentrifugoTransport.CentrifugoTransport, {
  send: ({ body, method }) => Effect.as(Effect.logInfo(method, body), CentrifugoTransport.result({}))
})
