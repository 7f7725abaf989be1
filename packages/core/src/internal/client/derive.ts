/** Makes a client from a record of methods. All clients share this. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { make as makeSend, type Send } from "./send.js"
import * as Bulk from "./sendAll.js"
import type { CallError, ConfigError } from "../../CentrifugoError.js"
import type { ApiMethod, Arguments, Request } from "../../ApiMethod.js"
import * as Batch from "../../Batch.js"
import type { Calls } from "../api/Calls.js"
import { info } from "../api/Server.js"
import type { Form } from "../api/typed.js"
import * as Batcher from "../../Batcher.js"
import * as Dispatcher from "../batcher/Dispatcher.js"
import { meterOf } from "../call/meter.js"
import * as Settings from "../call/Settings.js"
import type * as CentrifugoTransport from "../../CentrifugoTransport.js"

type AnyMethod = (...args: ReadonlyArray<never>) => Request.Any

/** The form of a client whose functions return effects. */
interface AsEffect extends Form {
  readonly type: Effect.Effect<this["success"], this["error"]>
  readonly rest: []
}

/** A function for each method: it makes the method's request and sends it. */
export type Functions<Ms> = {
  readonly [K in keyof Ms]: K extends keyof Calls<AsEffect>
    ? Calls<AsEffect>[K]
    : Ms[K] extends ApiMethod<infer _M, infer P, infer A, infer E>
      ? (...args: Arguments<P>) => Effect.Effect<A, E>
      : never
}

/** The functions that every client has in addition to its methods. */
export interface Sending {
  /** Sends a request: `send(CentrifugoApi.publish(payload))` does the same as `publish(payload)`. */
  readonly send: Send
  /**
   * Sends many requests in one HTTP request: see `Batch`. Succeeds with one outcome per request, at its index or key,
   * even if some of them failed.
   */
  readonly batch: <const Rs extends Batch.Members>(
    requests: Rs,
    options?: Batch.Options
  ) => Effect.Effect<Batch.Outcomes<Rs>, CallError>
  /**
   * Sends any number of requests, from an iterable or a `Stream`, in batches. Returns a stream of their outcomes, in the
   * order of the requests. A failed call does not fail the stream.
   */
  readonly sendAll: Bulk.SendAll
  /**
   * Succeeds if the server is reachable at this URL and accepts the API key. It calls `info`, which is cheap. Fails with
   * `UnauthorizedError` for a wrong key, and with `StatusError` for a URL without the API prefix.
   */
  readonly check: Effect.Effect<void, Request.Error<ReturnType<typeof info>>>
}

const functions = <Ms extends object>(methods: Ms, send: Send): Functions<Ms> => {
  const entries = Object.entries<AnyMethod>(methods as {}).map(([name, method]) => [
    name,
    (...args: ReadonlyArray<never>) => send(method(...args))
  ])
  return Object.fromEntries(entries) as Functions<Ms>
}

export const derive =
  <Ms extends object>(methods: Ms) =>
  (
    transport: CentrifugoTransport.Service,
    options?: Settings.Options
  ): Effect.Effect<Functions<Ms> & Sending, ConfigError, Scope.Scope> =>
    Effect.gen(function* () {
      const { batching, settings } = yield* Settings.ofClient(meterOf(transport), options)
      const limits = batching ?? (yield* Batcher.check({}))
      const dispatcher = yield* Dispatcher.make(transport, limits, batching !== undefined)
      const send = makeSend(dispatcher, settings)
      return {
        ...functions(methods, send),
        send,
        batch: (requests, options) => send(Batch.batch(requests, options)),
        sendAll: Bulk.make(dispatcher, settings),
        check: Effect.asVoid(Effect.suspend(() => send(info())))
      }
    })
