/**
 * The client for what Centrifugo PRO has besides the open-source server's API, under a Tag of its own:
 * it stands beside `Centrifugo`, over the same transport. Against an open-source server each of its
 * methods fails with `NotFoundError`, single or in a batch.
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
 * The methods of Centrifugo PRO, one function each.
 *
 * @since 0.1.0
 */
export interface Service extends Functions<ProMethods>, Sending {}

/**
 * The client, as programs ask for it.
 *
 * @since 0.1.0
 */
export class CentrifugoPro extends Context.Tag("@effect-centrifugo/core/CentrifugoPro")<
  CentrifugoPro,
  Service
>() {}

/**
 * A client over any transport, with policies of its own. It lives as long as the scope, which has to be
 * closed before the transport's.
 *
 * @since 0.1.0
 */
export const fromTransport: (
  transport: CentrifugoTransport.Service,
  options?: Settings.Options
) => Effect.Effect<Service, ConfigError, Scope.Scope> = derive(proMethods)

/**
 * The client over the transport in the context.
 *
 * @since 0.1.0
 */
export const layerTransport = (
  options: Settings.Options = {}
): Layer.Layer<CentrifugoPro, ConfigError, CentrifugoTransport.CentrifugoTransport> =>
  // Fresh: one client layer may stand over the transports of two clusters.
  Layer.fresh(
    Layer.scoped(
      CentrifugoPro,
      Effect.flatMap(CentrifugoTransport.CentrifugoTransport, (transport) => fromTransport(transport))
    ).pipe(Layer.provide(Settings.layer(options)))
  )
