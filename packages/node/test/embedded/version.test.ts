/** The embedded server names the version of the real server that the tests compare it with. */
import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { version } from "@effect-centrifugo/tools/Centrifugo"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

it.effect("the embedded server has the version of tools/src/Centrifugo.ts", () =>
  Effect.gen(function* () {
    const { nodes } = yield* (yield* Centrifugo.Centrifugo).info()
    assert.deepStrictEqual(
      nodes.map((node) => node.version),
      [`${version} OSS`],
      "packages/testing/src/internal/server/methods/node.ts names another version"
    )
  }).pipe(Effect.provide(CentrifugoTest.layer()))
)
