import { Centrifugo } from "@effect-centrifugo/core"
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer } from "effect"
import { whoamiAfterCalls } from "../whoami"

export const runtime = "edge"

const live = Centrifugo.layerConfig().pipe(Layer.provide(FetchHttpClient.layer))

export const GET = async (): Promise<Response> =>
  Response.json(await Effect.runPromise(whoamiAfterCalls.pipe(Effect.provide(live))))
