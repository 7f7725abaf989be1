import { Centrifugo } from "@effect-centrifugo/core"
import { Effect } from "effect"
import { whoamiAfterCalls } from "../whoami"

export const runtime = "edge"

const live = Centrifugo.layerFetchConfig()

export const GET = async (): Promise<Response> =>
  Response.json(await Effect.runPromise(whoamiAfterCalls.pipe(Effect.provide(live))))
