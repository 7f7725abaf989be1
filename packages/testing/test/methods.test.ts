/** The server's methods compared with the client's: both sides have the same. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, FastCheck as fc, Schema } from "effect"
import { type ApiMethod, CentrifugoApi } from "@effect-centrifugo/core"
import { decode, type Decoder } from "../src/internal/json/decoders.js"
import { proRequests } from "../src/internal/server/methods/pro.js"
import { methods } from "../src/internal/server/methods/table.js"

type AnyMethod = ApiMethod.ApiMethod<string, unknown, unknown, unknown>

const known = (api: object) => Object.values(api) as ReadonlyArray<AnyMethod>

const requests: { readonly [method: string]: Decoder<unknown> } = {
  ...Object.fromEntries(Array.from(methods, ([name, { request }]) => [name, request])),
  ...proRequests
}

describe("methods", () => {
  it("are the same on both sides", () => {
    const names = (api: object) =>
      known(api)
        .map(({ method }) => method)
        .sort()
    assert.deepStrictEqual([...methods.keys()].sort(), names(CentrifugoApi.methods))
    assert.deepStrictEqual(Object.keys(proRequests).sort(), names(CentrifugoApi.proMethods))
  })

  for (const method of known({ ...CentrifugoApi.methods, ...CentrifugoApi.proMethods })) {
    it(`the server decodes everything that the client encodes: ${method.method}`, () => {
      const request = requests[method.method]!
      const fields = Object.keys(request.zero as object)
      fc.assert(
        fc.property(Arbitrary.make(Schema.typeSchema(method.payload)), (payload) => {
          const text = method.encode(payload)
          if (Either.isLeft(text)) return
          assert.isDefined(decode(request, text.right), text.right)
          for (const name of Object.keys(JSON.parse(text.right) as object)) {
            assert.include(
              fields,
              name,
              `add ${name} to the request of ${method.method} in the embedded server`
            )
          }
        }),
        { numRuns: 30 }
      )
    })
  }
})
