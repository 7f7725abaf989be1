// Replaces the file of this name; reviewed at 4898162770cbcc8e.
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"

/** The tracer that collects the spans of a fiber, if there is one. */
export const tracerOf = (fiber: Fiber.Fiber<unknown, unknown>): Tracer.Tracer | undefined =>
  fiber.cache.tracer
