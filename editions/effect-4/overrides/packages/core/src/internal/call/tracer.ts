// Replaces the file of this name; reviewed at 3d2ecdf2e8b43140.
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"

/** The tracer that collects the spans of a fiber, if there is one. */
export const tracerOf = (fiber: Fiber.Fiber<unknown, unknown>): Tracer.Tracer | undefined =>
  fiber.cache.tracer
