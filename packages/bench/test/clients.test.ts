/** Runs our clients and the reference clients in each scenario, with tiny counts, and checks that they do all the work. */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { Context, Effect, Layer } from "effect"
import { scenarioIds, type ClientId } from "../src/model.js"
import { call } from "../src/scenarios/api.js"
import { scenarios } from "../src/scenarios/index.js"
import { jobOf, type Load } from "../src/scenarios/Load.js"
import { loads } from "../src/scenarios/loads.js"
import { open, type Stage, type StageName } from "../src/scenarios/stage.js"
import { verify } from "../src/scenarios/verify.js"
import { make as bareFetch } from "../src/workers/bareFetch.js"
import { defaults, transient } from "../src/workers/effectCentrifugo.js"
import { make as overFetch } from "../src/workers/effectCentrifugoFetch.js"
import { make as fetchInEffect } from "../src/workers/fetchInEffect.js"
import type { Make } from "../src/workers/implementation.js"
import { make as preEncoded } from "../src/workers/preEncoded.js"
import { make as rawUndici } from "../src/workers/rawUndici.js"

const count = 100

const makers: ReadonlyArray<readonly [ClientId, Make]> = [
  ["effect-centrifugo", defaults],
  ["effect-centrifugo-transient", transient],
  ["effect-centrifugo-fetch", overFetch],
  ["bare-fetch", bareFetch],
  ["fetch-in-effect", fetchInEffect],
  ["raw-undici", rawUndici],
  ["pre-encoded", preEncoded]
]

class Stages extends Context.Tag("Stages")<Stages, Readonly<Record<StageName, Stage>>>() {}

const stages = Layer.scoped(
  Stages,
  Effect.all({
    server: open("server", count),
    history: open("history", count),
    stub: open("stub", count),
    none: open("none", count)
  })
)

/** Like a client's process: see `worker.ts`. */
const carryOut = (id: ClientId, make: Make, load: Load) =>
  Effect.gen(function* () {
    const stage = (yield* Stages)[load.stage]
    const { works } = yield* Effect.promise(async () => make(stage.server))
    const job = jobOf(load, count, stage.prefix(`${load.id}_${id}`))
    const counted = yield* Effect.promise(async () => (await works[job.work]!(job)())())
    yield* verify(counted, job, stage)
  })

describe.skipIf(!Centrifugo.isAvailable())("clients", () => {
  layer(stages, { excludeTestServices: true, timeout: 60_000 })((it) => {
    for (const [id, make] of makers) {
      for (const load of loads.flat().filter(({ clients }) => clients.includes(id))) {
        it.effect(`${id} does all the work of ${load.id}`, () => carryOut(id, make, load))
      }
    }

    it.effect("the verification finds missing work", () =>
      Effect.gen(function* () {
        const { server } = yield* Stages
        const load = loads.flat().find(({ id }) => id === "sequential")!
        const job = jobOf(load, count, server.prefix("nobody"))
        const lazy = yield* Effect.flip(verify({ succeeded: count, failed: 0 }, job, server))
        assert.include(lazy.message, "holds 0 publications")
        const half = yield* Effect.flip(verify({ succeeded: count / 2, failed: 0 }, job, server))
        assert.include(half.message, "50 successes")
      })
    )

    it.effect("the server keeps nothing of an earlier measurement, except in the history scenario", () =>
      Effect.gen(function* () {
        const { history, server } = yield* Stages
        const { works } = yield* Effect.promise(async () => rawUndici(server.server))
        const load = loads.flat().find(({ id }) => id === "sequential")!
        const job = jobOf(load, count, server.prefix("earlier"))
        const done = { succeeded: count, failed: 0 }
        const work = Effect.promise(async () => (await works.publish!(job)())())
        assert.deepStrictEqual(yield* work, done)
        yield* verify(done, job, server)
        yield* server.settle
        assert.include((yield* Effect.flip(verify(done, job, server))).message, "holds 0 publications")
        assert.deepStrictEqual(yield* work, done)

        yield* history.settle
        const { publications } = yield* call<{ readonly publications: ReadonlyArray<unknown> }>(
          history.server,
          "history",
          { channel: history.prefix("any"), limit: -1 }
        )
        assert.lengthOf(publications, count)
      })
    )
  })
})

describe("scenarios", () => {
  it("all that call a server have bare-fetch as a client, for the ratios over fetch", () => {
    const without = loads.flat().filter(({ clients }) => !clients.includes("bare-fetch"))
    assert.deepStrictEqual(
      without.map(({ id }) => id),
      []
    )
  })

  it("all exist, in the order of the report", () => {
    assert.deepStrictEqual(
      scenarios.map(({ id }) => id),
      [...scenarioIds]
    )
  })
})
