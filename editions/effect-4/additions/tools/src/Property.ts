/** Property tests over generators of fast-check, as `@effect/vitest` has them for Effect 3. */
import { it } from "@effect/vitest"
import { Arbitrary, Effect, Layer, type Schema, type Scope } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import * as fc from "fast-check"

type Generators = ReadonlyArray<fc.Arbitrary<unknown>> | { readonly [name: string]: fc.Arbitrary<unknown> }
type Values<G> = { readonly [K in keyof G]: G[K] extends fc.Arbitrary<infer A> ? A : never }

interface Options {
  readonly fastCheck?: fc.Parameters<unknown>
  readonly timeout?: number
}

/** Returns fast-check's generator of the values of a Schema. */
export const arbitrary = <S extends Schema.Constraint>(schema: S): fc.Arbitrary<S["Type"]> => {
  const made = Arbitrary.schema(schema)
  return fc
    .tuple(fc.nat(), fc.integer({ min: 1, max: 12 }))
    .map(([seed, size]) => {
      const [value] = Effect.runSync(
        Arbitrary.sampleEffect(made, { count: 1, seed, size, maxDiscards: 100_000 })
      )
      return value
    })
    .filter(isWellFormed)
}

/** Effect generates lone surrogates, unlike fast-check. */
const isWellFormed = (value: unknown): boolean => {
  if (typeof value === "string") return value.isWellFormed()
  return typeof value !== "object" || value === null || Object.entries(value).flat().every(isWellFormed)
}

const together = (generators: Generators): fc.Arbitrary<unknown> =>
  Array.isArray(generators)
    ? fc.tuple(...(generators as ReadonlyArray<fc.Arbitrary<unknown>>))
    : fc.record(generators as Record<string, fc.Arbitrary<unknown>>)

export const prop = <const G extends Generators>(
  name: string,
  generators: G,
  test: (values: Values<G>) => void,
  { fastCheck, timeout }: Options = {}
): void =>
  it(
    name,
    () => {
      fc.assert(
        fc.property(together(generators), (values) => void test(values as Values<G>)),
        fastCheck as fc.Parameters<[unknown]>
      )
    },
    timeout
  )

const services = Layer.mergeAll(TestClock.layer(), TestConsole.layer)

export const effectProp = <const G extends Generators, A, E>(
  name: string,
  generators: G,
  test: (values: Values<G>) => Effect.Effect<A, E, Scope.Scope>,
  { fastCheck, timeout }: Options = {}
): void =>
  it(
    name,
    () =>
      fc.assert(
        fc.asyncProperty(together(generators), async (values) => {
          await Effect.runPromise(test(values as Values<G>).pipe(Effect.scoped, Effect.provide(services)))
        }),
        fastCheck as fc.Parameters<[unknown]>
      ),
    timeout
  )
