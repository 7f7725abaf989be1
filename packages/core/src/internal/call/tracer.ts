import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"

/** Effect's default tracer. It discards spans, so making them would waste time. */
const inert = Effect.runSync(Effect.tracer)

/** The tracer that collects the spans of a fiber, if there is one. */
export const tracerOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Tracer.Tracer | undefined =>
  fiber.currentTracer === inert ? undefined : fiber.currentTracer
