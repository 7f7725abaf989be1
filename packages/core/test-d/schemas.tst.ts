import { type Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { type Effect, type Either, Schema } from "effect"
import { describe, expect, test } from "tstyche"

declare const centrifugo: Centrifugo.Service

const Message = Schema.Struct({ text: Schema.String, at: Schema.Date })

describe("history", () => {
  const typed = centrifugo.history({ channel: "a", limit: 1, schema: Message })
  const plain = centrifugo.history({ channel: "a", limit: 1 })
  type Data<E> =
    E extends Effect.Effect<{ readonly publications: ReadonlyArray<infer P> }, infer _E>
      ? P extends { readonly data?: infer D }
        ? D
        : never
      : never

  test("with a schema, data has the schema's type", () => {
    expect<Data<typeof typed>>().type.toBe<typeof Message.Type>()
  })

  test("without a schema, data is unknown", () => {
    expect<Data<typeof plain>>().type.toBe<unknown>()
  })

  test("has the same errors with and without a schema", () => {
    expect<Effect.Effect.Error<typeof typed>>().type.toBe<Effect.Effect.Error<typeof plain>>()
  })

  test("requires a channel, and takes no schema that needs services", () => {
    expect(centrifugo.history).type.not.toBeCallableWith({ schema: Message })
    expect(centrifugo.history).type.not.toBeCallableWith({ channel: "a", scheme: Message })
    expect(centrifugo.history).type.not.toBeCallableWith({
      channel: "a",
      schema: {} as Schema.Schema<string, string, "service">
    })
  })

  test("has the same type as a request and in a batch", () => {
    const batch = centrifugo.batch([
      CentrifugoApi.history({ channel: "a", schema: Message }),
      CentrifugoApi.publish({ channel: "a", data: 1 })
    ])
    type Outcome = Effect.Effect.Success<typeof batch>[0]
    expect<Outcome>().type.toBe<
      Either.Either<Effect.Effect.Success<typeof typed>, Effect.Effect.Error<typeof typed>>
    >()
  })
})

describe("rpc", () => {
  test("with a schema, data has the schema's type", () => {
    const typed = centrifugo.rpc({ method: "m", schema: Message })
    expect<Effect.Effect.Success<typeof typed>>().type.toBe<
      CentrifugoApi.TypedRpcResult<typeof Message.Type>
    >()
  })

  test("with a schema for them, params have the schema's type", () => {
    expect(CentrifugoApi.rpc).type.toBeCallableWith({
      method: "m",
      params: { text: "a", at: new Date() },
      paramsSchema: Message,
      schema: Message
    })
    expect(CentrifugoApi.rpc).type.not.toBeCallableWith({
      method: "m",
      params: { text: 1 },
      paramsSchema: Message,
      schema: Message
    })
  })
})
