import { CentrifugoNode } from "@effect-centrifugo/node"
import { ManagedRuntime } from "effect"

/** CENTRIFUGO_API_URL and CENTRIFUGO_API_KEY. */
const make = () => ManagedRuntime.make(CentrifugoNode.layerConfig())

const kept = globalThis as typeof globalThis & { centrifugoRuntime?: ReturnType<typeof make> }

/** One for the process. `next dev` evaluates modules again after an edit, so that a constant would leak sockets. */
export const runtime = (kept.centrifugoRuntime ??= make())
