/**
 * One client span per call, where somebody collects spans. It tells of the method and the outcome,
 * never of the payload or the key.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Request } from "../method/ApiMethod.js"

/** The tracer in force where nobody set one: its spans go nowhere, so making them is lost time. */
const inert = Effect.runSync(Effect.tracer)

/**
 * Whether anybody collects the spans of this fiber.
 *
 * @since 0.1.0
 */
export const isTraced = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  fiber.currentTracer !== inert

/**
 * Puts a call into its span.
 *
 * @since 0.1.0
 */
export const withSpan = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  request: Request.Any
): Effect.Effect<A, E, R> => {
  const { channels, method } = request
  return Effect.withSpan(self, `centrifugo.${method}`, {
    kind: "client",
    captureStackTrace: false,
    attributes: {
      "messaging.system": "centrifugo",
      "messaging.operation.name": method,
      ...(channels.length === 1 ? { "messaging.destination.name": channels[0] } : {}),
      ...(channels.length > 1 ? { "messaging.batch.message_count": channels.length } : {})
    }
  }) as Effect.Effect<A, E, R>
}
