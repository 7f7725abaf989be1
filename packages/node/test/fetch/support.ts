/** `FetchTransport` alone, without a client and its policies. */
import {
  CentrifugoConfig,
  type CentrifugoError,
  type CentrifugoTransport,
  FetchTransport
} from "@effect-centrifugo/core"
import { Effect, Exit, Redacted, Scope } from "effect"
import { apiKey } from "../transports/over.js"

export { call, good, silent } from "../undici/transport.js"

type Options = FetchTransport.FetchOptions & Partial<CentrifugoConfig.Options>

export const open = (
  url: string,
  options: Options = {}
): Effect.Effect<CentrifugoTransport.Service, CentrifugoError.ConfigError, Scope.Scope> =>
  Effect.flatMap(CentrifugoConfig.make({ url, apiKey: Redacted.make(apiKey), ...options }), (config) =>
    FetchTransport.make(config, options)
  )

/** A transport in a scope that the test closes. */
export const closable = (url: string, options?: Options) =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const transport = yield* Scope.extend(open(url, options), scope)
    return { transport, close: Scope.close(scope, Exit.void) }
  })
