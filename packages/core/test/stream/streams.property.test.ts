/** With random events between two pages: each publication exactly once and in order, or a correct error. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Schedule, Stream, TestClock } from "effect"
import { Centrifugo, HistoryStream, MapStream } from "../../src/index.js"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { channel as maps, outcome } from "./support.js"

const historySize = 8

const action = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ _tag: "Nothing" } as const) },
  {
    weight: 4,
    arbitrary: fc.record({ _tag: fc.constant("Publish" as const), count: fc.integer({ min: 1, max: 10 }) })
  },
  { weight: 1, arbitrary: fc.constant({ _tag: "Remove" } as const) },
  { weight: 1, arbitrary: fc.constant({ _tag: "Expire" } as const) },
  { weight: 1, arbitrary: fc.constant({ _tag: "Restart" } as const) }
)
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

/** The stream of a publication on the server, and its offset in it. */
const dataOf = (generation: number, offset: number) => ({ generation, offset })

const make = Effect.gen(function* () {
  const centrifugo = yield* Centrifugo.Centrifugo
  let generation = 0
  let top = 0
  const act = (action: Action): Effect.Effect<void, never, CentrifugoTest.CentrifugoTest> => {
    switch (action._tag) {
      case "Nothing":
        return Effect.void
      case "Publish":
        return Effect.replicateEffect(
          Effect.suspend(() => centrifugo.publish({ channel: "a", data: dataOf(generation, ++top) })),
          action.count
        ).pipe(Effect.orDie, Effect.asVoid)
      case "Remove":
        return Effect.orDie(Effect.asVoid(centrifugo.historyRemove({ channel: "a" })))
      case "Expire":
        return TestClock.adjust("2 minutes")
      case "Restart":
        return Effect.zipRight(
          CentrifugoTest.restart,
          Effect.sync(() => {
            generation++
            top = 0
          })
        )
    }
  }
  /** The server's current state, in one request. */
  const stored = Effect.map(
    Effect.orDie(centrifugo.history({ channel: "a", limit: -1 })),
    ({ epoch, offset, publications }) => ({ epoch, top: offset, oldest: publications[0]?.offset })
  )
  return { act, stored, generation: () => generation }
})

const run = <A, E>(
  test: Effect.Effect<A, E, Centrifugo.Centrifugo | CentrifugoTest.CentrifugoTest>
): Effect.Effect<A, unknown> =>
  Effect.provide(
    test,
    CentrifugoTest.layer({
      channel: { without_namespace: { history_size: historySize, history_ttl: "60s" } }
    })
  )

const arbitraries = {
  earlier: fc.array(action, { maxLength: 5 }),
  between: fc.array(action, { maxLength: 5 }),
  meanwhile: fc.array(action, { maxLength: 40 }),
  pageSize: fc.integer({ min: 1, max: historySize + 2 }),
  hasSince: fc.boolean()
}

/** Runs the next action on each call. */
const each = (
  actions: ReadonlyArray<Action>,
  act: (action: Action) => Effect.Effect<void, never, CentrifugoTest.CentrifugoTest>
) => {
  let i = 0
  return Effect.suspend(() => {
    const action = actions[i++]
    return action === undefined ? Effect.void : act(action)
  })
}

const offsetsOf = (taken: ReadonlyArray<{ readonly offset: number }>) => taken.map(({ offset }) => offset)

describe("random events between two pages", () => {
  for (const reverse of [false, true]) {
    it.effect.prop(
      `${reverse ? "backwards" : "forwards"}, each once and in order, or what is missing`,
      arbitraries,
      ({ between, earlier, hasSince, meanwhile, pageSize }) =>
        run(
          Effect.gen(function* () {
            const { act, generation, stored } = yield* make
            yield* Effect.forEach(earlier, act)
            const saved = yield* stored
            const isOf = generation()
            yield* Effect.forEach(between, act)
            const start = yield* stored
            const startsIn = generation()
            const since = { offset: saved.top, epoch: saved.epoch }
            const next = each(meanwhile, act)
            const { result, taken } = yield* outcome(
              HistoryStream.history({
                channel: "a",
                pageSize,
                reverse,
                ...(hasSince ? { since } : {})
              }).pipe(Stream.tap(() => next))
            )
            const end = yield* stored
            const step = reverse ? -1 : 1

            // No item of another stream, none skipped, none repeated.
            for (const { data, offset, position } of taken) {
              assert.deepStrictEqual(data, dataOf(startsIn, offset))
              assert.deepStrictEqual(position, { offset, epoch: start.epoch })
            }
            const from = hasSince ? saved.top + step : reverse ? start.top : start.oldest
            assert.deepStrictEqual(
              offsetsOf(taken),
              taken.map((_, i) => from! + i * step)
            )

            const last = taken.at(-1)?.offset ?? (hasSince ? saved.top : undefined)
            if (Either.isRight(result)) {
              if (hasSince && !(reverse && saved.top <= 1)) assert.strictEqual(isOf, startsIn)
              if (!reverse) assert.strictEqual(last ?? start.top, start.top)
              else if (last !== undefined && last > 1 && generation() === startsIn) {
                // No older publication exists.
                assert.isFalse(end.oldest !== undefined && end.oldest < last)
              }
              return
            }
            const error = result.left
            switch (error._tag) {
              case "CentrifugoGapError":
                assert.isFalse(reverse)
                assert.strictEqual(error.position.offset, last)
                assert.isAbove(error.top.offset, last!)
                // It is really gone.
                assert.isTrue(error.first === undefined || error.first > last! + 1)
                if (generation() === startsIn)
                  assert.isTrue(end.oldest === undefined || end.oldest > last! + 1)
                return
              case "CentrifugoEpochChangedError":
                assert.isTrue(generation() !== startsIn || (hasSince && isOf !== startsIn))
                assert.notStrictEqual(error.position.epoch, error.top.epoch)
                return
              default:
                assert.fail(String(error))
            }
          })
        ),
      { fastCheck: { numRuns: 40 } }
    )
  }

  it.effect.prop(
    "following, between polls",
    arbitraries,
    ({ earlier, hasSince, meanwhile, pageSize }) =>
      run(
        Effect.gen(function* () {
          const { act, generation, stored } = yield* make
          yield* Effect.forEach(earlier, act)
          const start = yield* stored
          const startsIn = generation()
          const next = each(meanwhile, act)
          const follow = Schedule.forever.pipe(
            Schedule.tapOutput(() => next),
            // There are more polls than actions.
            Schedule.intersect(Schedule.recurs(meanwhile.length + 1))
          )
          const { result, taken } = yield* outcome(
            HistoryStream.history({
              channel: "a",
              pageSize,
              follow,
              ...(hasSince ? { since: { offset: start.top, epoch: start.epoch } } : {})
            })
          )
          const from = hasSince ? start.top + 1 : (start.oldest ?? start.top + 1)
          assert.deepStrictEqual(
            taken.map(({ data }) => data),
            taken.map((_, i) => dataOf(startsIn, from + i))
          )
          const last = taken.at(-1)?.offset ?? from - 1
          const end = yield* stored
          if (Either.isRight(result)) {
            assert.strictEqual(generation(), startsIn)
            assert.strictEqual(last, end.top)
          } else if (result.left._tag === "CentrifugoGapError") {
            assert.strictEqual(result.left.position.offset, last)
            assert.strictEqual(generation(), startsIn)
            assert.isTrue(end.oldest === undefined || end.oldest > last + 1)
          } else {
            assert.strictEqual(result.left._tag, "CentrifugoEpochChangedError")
            assert.notStrictEqual(generation(), startsIn)
          }
        })
      ),
    { fastCheck: { numRuns: 40 } }
  )
})

const mapAction = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ _tag: "Nothing" } as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      _tag: fc.constant("Set" as const),
      keys: fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 5 })
    })
  },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("Unset" as const), key: fc.nat({ max: 15 }) }) },
  { weight: 1, arbitrary: fc.constant({ _tag: "Clear" } as const) }
)
type MapAction = typeof mapAction extends fc.Arbitrary<infer A> ? A : never

describe("a copy of a map with random events between two pages", () => {
  it.effect.prop(
    "equals the map at Complete and after every change, or the error says what is missing",
    {
      earlier: fc.array(mapAction, { maxLength: 10 }),
      meanwhile: fc.array(mapAction, { maxLength: 40 }),
      pageSize: fc.integer({ min: 1, max: 6 })
    },
    ({ earlier, meanwhile, pageSize }) =>
      Effect.gen(function* () {
        const centrifugo = yield* Centrifugo.Centrifugo
        const channel = "map:a"
        let written = 0
        let generation = 0
        /** The map at each offset of the current stream. */
        let states: Array<ReadonlyMap<string, unknown>> = [new Map()]
        const record = (change: (map: Map<string, unknown>) => void) => {
          const map = new Map(states.at(-1))
          change(map)
          states.push(map)
        }
        const act = (action: MapAction) =>
          Effect.gen(function* () {
            switch (action._tag) {
              case "Nothing":
                return
              case "Set":
                for (const n of action.keys) {
                  const [key, data] = [`k${n}`, ++written]
                  yield* centrifugo.mapPublish({ channel, key, data })
                  record((map) => map.set(key, data))
                }
                return
              case "Unset": {
                const key = `k${action.key}`
                const { suppressed } = yield* centrifugo.mapRemove({ channel, key })
                if (!suppressed) record((map) => map.delete(key))
                return
              }
              case "Clear":
                yield* centrifugo.mapClear({ channel })
                states = [new Map()]
                generation++
                return
            }
          }).pipe(Effect.orDie)
        yield* Effect.forEach(earlier, act)
        const startsIn = generation
        const actions = meanwhile.values()
        const copy = new Map<string, unknown>()
        let isComplete = false
        const { result } = yield* outcome(
          MapStream.stateThenChanges({ channel, pageSize }).pipe(
            Stream.tap((event) => {
              if (event._tag === "Entry") copy.set(event.entry.key, event.entry.data)
              else if (event._tag === "Change") {
                if (event.change.removed) copy.delete(event.change.key)
                else copy.set(event.change.key, event.change.data)
              } else isComplete = true
              const position = event._tag === "Complete" ? event.position : undefined
              const reached = event._tag === "Change" && isComplete ? event.change.position : position
              if (reached !== undefined && generation === startsIn) {
                assert.deepStrictEqual(copy, states[reached.offset])
              }
              const { done, value } = actions.next()
              return done === true ? Effect.void : act(value)
            })
          )
        )
        if (Either.isRight(result)) {
          assert.isTrue(isComplete)
          return
        }
        const error = result.left
        if (error._tag === "CentrifugoGapError") {
          // The stream holds ten changes.
          assert.isAbove(error.top.offset - error.position.offset, 10)
        } else {
          assert.strictEqual(error._tag, "CentrifugoEpochChangedError")
          assert.isAbove(generation, startsIn)
        }
      }).pipe(Effect.provide(CentrifugoTest.layer({ channel: maps }))),
    { fastCheck: { numRuns: 100 } }
  )
})
