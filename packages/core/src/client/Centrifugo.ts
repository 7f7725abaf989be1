/**
 * The client for the server API of Centrifugo.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as caller from "../caller/caller.js"
import type * as CentrifugoError from "../errors/CentrifugoError.js"
import type { ApiMethod, Arguments, Request } from "../method/ApiMethod.js"
import { methods } from "../methods/Api.js"
import * as Batch from "../methods/Batch.js"
import * as Transport from "../transport/Transport.js"

type AnyMethods = { readonly [name: string]: (...args: ReadonlyArray<never>) => Request.Any }

/**
 * A function for each method: it makes the method's request and sends it.
 *
 * @since 0.1.0
 */
export type Client<Ms extends AnyMethods> = {
  readonly [K in keyof Ms]: Ms[K] extends ApiMethod<infer _M, infer P, infer A, infer E>
    ? (...args: Arguments<P>) => Effect.Effect<A, E>
    : never
}

/**
 * The open-source server's API, one function per method.
 *
 * @since 0.1.0
 */
export interface Service extends Client<typeof methods> {
  /** Sends a request: `send(Publishing.publish(payload))` is `publish(payload)`. */
  readonly send: caller.Send
  /** Sends many requests in one; see `Batch`. */
  readonly batch: <const Rs extends Batch.Members>(
    requests: Rs,
    options?: Batch.Options
  ) => Effect.Effect<Batch.Outcomes<Rs>, CentrifugoError.CallError>
}

/**
 * The client, as programs ask for it.
 *
 * @since 0.1.0
 */
export class Centrifugo extends Context.Tag("@effect-centrifugo/core/Centrifugo")<Centrifugo, Service>() {}

/**
 * What a client does where a call says nothing else.
 *
 * @since 0.1.0
 */
export interface Settings {
  /** How long one attempt may take, in milliseconds. Default 10,000. */
  readonly timeout?: number
}

/**
 * A client over any transport.
 *
 * @since 0.1.0
 */
export const fromTransport = (transport: Transport.Service, settings: Settings = {}): Service => {
  const send = caller.make(transport, { timeout: settings.timeout ?? 10_000 })
  const functions = Object.fromEntries(
    Object.entries<(...args: ReadonlyArray<never>) => Request.Any>(methods).map(([name, method]) => [
      name,
      (...args: ReadonlyArray<never>) => send(method(...args))
    ])
  ) as unknown as Client<typeof methods>
  return { ...functions, send, batch: (requests, options) => send(Batch.batch(requests, options)) }
}

/**
 * The client over the transport in the context.
 *
 * @since 0.1.0
 */
export const layerTransport = (settings?: Settings): Layer.Layer<Centrifugo, never, Transport.Transport> =>
  Layer.effect(
    Centrifugo,
    Effect.map(Transport.Transport, (transport) => fromTransport(transport, settings))
  )
