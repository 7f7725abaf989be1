import { Centrifugo } from "@effect-centrifugo/core"
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, ManagedRuntime } from "effect"

const runtime = ManagedRuntime.make(Centrifugo.layerConfig().pipe(Layer.provide(FetchHttpClient.layer)))

export const handler = (event: { readonly channel: string }) =>
  Centrifugo.Centrifugo.pipe(
    Effect.flatMap((centrifugo) => centrifugo.publish({ channel: event.channel, data: event })),
    Effect.map(({ offset }) => ({ offset })),
    runtime.runPromise
  )
