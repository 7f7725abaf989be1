/**
 * The client for the methods that only Centrifugo PRO has. Use it beside `Centrifugo`, over the same transport. With an
 * open-source server, each method fails with `NotFoundError`, single or in a batch.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { ConfigError } from "./CentrifugoError.js"
import { type ProMethods, proMethods } from "./internal/api/Api.js"
import * as Settings from "./internal/call/Settings.js"
import * as CentrifugoTransport from "./CentrifugoTransport.js"
import { derive, type Functions, type Sending } from "./internal/client/derive.js"

/**
 * The client: a function per method of Centrifugo PRO, and functions that send requests.
 *
 * @since 0.1.0
 */
export interface Service extends Functions<ProMethods>, Sending {}

/**
 * The context tag of the client.
 *
 * @since 0.1.0
 */
export class CentrifugoPro extends Context.Tag("@effect-centrifugo/core/CentrifugoPro")<
  CentrifugoPro,
  Service
>() {}

/**
 * Makes a client over any transport. The options are its policies. The client lives as long as the scope, which must
 * close before the transport's scope.
 *
 * @since 0.1.0
 */
export const fromTransport: (
  transport: CentrifugoTransport.Service,
  options?: Settings.Options
) => Effect.Effect<Service, ConfigError, Scope.Scope> = derive(proMethods)

/**
 * Provides the client over the transport in the context: see `Centrifugo.layerTransport`.
 *
 * @since 0.1.0
 */
export const layerTransport = (
  options: Settings.Options = {}
): Layer.Layer<CentrifugoPro, ConfigError, CentrifugoTransport.CentrifugoTransport> =>
  // Fresh: a program may use one client layer for the transports of two clusters.
  Layer.fresh(
    Layer.scoped(
      CentrifugoPro,
      Effect.flatMap(CentrifugoTransport.CentrifugoTransport, (transport) => fromTransport(transport))
    ).pipe(Layer.provide(Settings.layer(options)))
  )
