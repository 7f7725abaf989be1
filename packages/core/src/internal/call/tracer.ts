import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"

/** The default tracer. Its spans go nowhere, so making them is lost time. */
const inert = Effect.runSync(Effect.tracer)

/** The tracer that collects the spans of a fiber, if there is one. */
export const tracerOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Tracer.Tracer | undefined =>
  fiber.currentTracer === inert ? undefined : fiber.currentTracer
