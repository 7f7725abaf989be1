/** A batcher that lives as long as its scope. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { OverloadedError, type TransportError } from "../../CentrifugoError.js"
import type { Call, Service } from "../../CentrifugoTransport.js"
import type { Reply } from "../codec/Reply.js"
import { retrying } from "../call/retrying.js"
import { Engine, type Limits } from "./engine.js"
import { closedError } from "./errors.js"
import { join } from "./join.js"

export interface Options extends Limits {
  readonly maxWaiting: number
  readonly shutdownTimeout: number
}

export interface Opened extends Service {
  readonly engine: Engine
}

export const open = (transport: Service, options: Options): Effect.Effect<Opened, never, Scope.Scope> =>
  Effect.gen(function* () {
    // A batch is no part of what happened to be going on when this was built.
    const runtime = Runtime.updateContext(yield* Effect.runtime(), Context.omit(Tracer.ParentSpan))
    const engine = new Engine(transport, options, runtime)
    const passing = retrying(transport)
    let isOpen = true
    yield* Effect.addFinalizer(() => {
      isOpen = false
      return engine.close(options.shutdownTimeout)
    })

    const refuse = ({ method }: Call): TransportError | undefined => {
      if (!isOpen) return closedError(method, "queued")
      if (engine.waiting < options.maxWaiting) return undefined
      // What could be sent does not have to wait.
      engine.flush()
      return engine.waiting < options.maxWaiting
        ? undefined
        : new OverloadedError({ method, limit: options.maxWaiting })
    }
    const pass = (call: Call): Effect.Effect<Reply, TransportError> =>
      Effect.suspend(() => (isOpen ? passing.send(call) : closedError(call.method, "queued")))
    const send: Service["send"] = (call) =>
      call.batchable && !hasHeaders(call) ? join(engine, call, refuse) : pass(call)
    return { engine, send }
  })

const hasHeaders = ({ headers }: Call): boolean => {
  for (const _ in headers) return true
  return false
}
