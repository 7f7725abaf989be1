/**
 * The requests of the server API: one function per method, each with the types of its payload, its result and its errors.
 * `CentrifugoApi.publish(payload)` makes a request, a plain value. `Centrifugo.send`, `batch` and `sendAll` send it.
 *
 * For the smallest bundle import it by its own path (`@effect-centrifugo/core/CentrifugoApi`): then a bundler keeps only the
 * methods that you use. esbuild keeps all of them if you import it from the package's index.
 *
 * @example
 * ```ts
 * import { Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   const payload: CentrifugoApi.PublishPayload = { channel: "news", data: { text: "hello" } }
 *   return yield* centrifugo.batch({
 *     sent: CentrifugoApi.publish(payload),
 *     watching: CentrifugoApi.presenceStats({ channel: "news" })
 *   })
 * })
 * ```
 * @since 0.1.0
 */
export { type Methods, methods, type ProMethods, proMethods } from "./internal/api/Api.js"
export type { Calls } from "./internal/api/Calls.js"
export * from "./internal/api/open.js"
export * from "./internal/api/pro.js"
export type { AsRequest, Form, Returns } from "./internal/api/typed.js"
