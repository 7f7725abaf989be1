/** Effects of the user that the callers of tokens share: each caller continues in its own async context. */
import { AsyncLocalStorage } from "node:async_hooks"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import * as Token from "../../src/Token.js"
import { ec } from "./keys.js"

const storage = new AsyncLocalStorage<number>()
const callers = [0, 1, 2, 3, 4]

/** The store that each caller has after its effect, for concurrent callers that share a layer. */
const seenBy = <R, E, A>(layer: Layer.Layer<R, E>, program: Effect.Effect<A, unknown, R>) =>
  Effect.gen(function* () {
    const runtime = yield* Effect.runtime<R>()
    const run = (caller: number) =>
      storage.run(caller, () =>
        Effect.runPromise(
          Effect.map(Effect.exit(Effect.provide(program, runtime)), ({ _tag }) => [_tag, storage.getStore()])
        )
      )
    return yield* Effect.promise(() => Promise.all(callers.map(run)))
  }).pipe(Effect.provide(layer))

/** Completes in the context of the caller that started it. */
const shared = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.cachedWithTTL(Effect.zipRight(Effect.sleep(5), effect), "1 minute")

describe("callers keep their async context", () => {
  for (const outcome of ["Success", "Failure"] as const) {
    it.live(`while they share a JWKS: ${outcome}`, () =>
      Effect.gen(function* () {
        const signer = Token.layer({ key: Token.privateKey(ec("P-256").pem) })
        const [token, keys] = yield* Effect.provide(
          Effect.zip(Token.connection({ user: "42", expires: "never" }), Token.keySet()),
          signer
        )
        const jwks = yield* shared(outcome === "Success" ? Effect.succeed(keys) : Effect.fail("down"))
        assert.deepStrictEqual(
          yield* seenBy(Token.layerVerifier({ jwks }), Token.verify(token, "connection")),
          callers.map((caller) => [outcome, caller])
        )
      })
    )

    it.live(`while they share a custom signer: ${outcome}`, () =>
      Effect.gen(function* () {
        const signature = yield* shared(
          outcome === "Success" ? Effect.succeed(new Uint8Array(64)) : Effect.fail("down")
        )
        const key = Token.custom({ algorithm: "ES256", sign: () => signature })
        assert.deepStrictEqual(
          yield* seenBy(Token.layer({ key }), Token.connection({ user: "42", expires: "never" })),
          callers.map((caller) => [outcome, caller])
        )
      })
    )
  }
})
