/** From a registry of methods to a client of them: the part that all clients share. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Bulk from "../call/Bulk.js"
import { ofClient } from "./options.js"
import { make as makeSend, type Send } from "./send.js"
import { make as makeSendAll } from "./sendAll.js"
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

/** What every client has besides the functions of its methods. */
export interface Sending {
  /** Sends a request: `send(CentrifugoApi.publish(payload))` is `publish(payload)`. */
  readonly send: Send
  /** Sends many requests in one; see `Batch`. */
  readonly batch: <const Rs extends Batch.Members>(
    requests: Rs,
    options?: Batch.Options
  ) => Effect.Effect<Batch.Outcomes<Rs>, CallError>
  /**
   * Sends any number of requests, of an iterable or a `Stream`, as a stream of what became of each; see
   * `Bulk`.
   */
  readonly sendAll: Bulk.SendAll
  /**
   * Succeeds where the server is there, at this URL, and takes the API key: by asking for `info`, which
   * is cheap. A wrong key is an `UnauthorizedError`, a URL without the API's prefix a `StatusError`.
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
      const settings = yield* Settings.current(options)
      const client = ofClient(settings, meterOf(transport))
      const { batching } = settings
      const limits = batching ?? (yield* Batcher.check({}))
      const dispatcher = yield* Dispatcher.make(transport, limits, batching !== undefined)
      const send = makeSend(dispatcher, client)
      return {
        ...functions(methods, send),
        send,
        batch: (requests, options) => send(Batch.batch(requests, options)),
        sendAll: makeSendAll(dispatcher, client),
        check: Effect.asVoid(Effect.suspend(() => send(info())))
      }
    })
