import { Centrifugo } from "@effect-centrifugo/core"
import { Effect, ManagedRuntime } from "effect"

const runtime = ManagedRuntime.make(Centrifugo.layerFetchConfig())

export const handler = (event: { readonly channel: string }) =>
  Centrifugo.Centrifugo.pipe(
    Effect.flatMap((centrifugo) => centrifugo.publish({ channel: event.channel, data: event })),
    Effect.map(({ offset }) => ({ offset })),
    runtime.runPromise
  )
