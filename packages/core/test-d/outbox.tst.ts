import type * as SqlClient from "@effect/sql/SqlClient"
import type * as SqlError from "@effect/sql/SqlError"
import type { Effect, Either } from "effect"
import { describe, expect, it } from "tstyche"
import * as OutboxSql from "../src/OutboxSql.js"
import { ApiMethod, Batch, CentrifugoApi, type CentrifugoError, Outbox } from "../src/index.js"

const publish = CentrifugoApi.publish({ channel: "a", data: 1 })
const broadcast = CentrifugoApi.broadcast({ channels: ["a"], data: 1 })
const disconnect = CentrifugoApi.disconnect({ user: "42" })

describe("Outbox", () => {
  it("takes the methods that consumers act on", () => {
    expect(Outbox.event).type.toBeCallableWith(publish)
    expect(Outbox.event).type.toBeCallableWith(broadcast)
    expect(Outbox.event).type.toBeCallableWith(CentrifugoApi.subscribe({ channel: "a", user: "42" }))
    expect(Outbox.event).type.toBeCallableWith(CentrifugoApi.unsubscribe({ channel: "a", user: "42" }))
    expect(Outbox.event).type.toBeCallableWith(disconnect)
    expect(Outbox.event).type.toBeCallableWith(CentrifugoApi.refresh({ user: "42", expired: true }))
    expect(Outbox.event).type.toBeCallableWith(CentrifugoApi.historyRemove({ channel: "a" }))
  })

  it("takes no other methods", () => {
    expect(Outbox.event).type.not.toBeCallableWith(CentrifugoApi.presence({ channel: "a" }))
    expect(Outbox.event).type.not.toBeCallableWith(CentrifugoApi.history({ channel: "a" }))
    expect(Outbox.event).type.not.toBeCallableWith(CentrifugoApi.info())
    expect(Outbox.event).type.not.toBeCallableWith(Batch.batch([publish]))
    const own = ApiMethod.make("of_my_own", { payload: {}, result: {}, codes: [100], repeat: "read" })
    expect(Outbox.event).type.not.toBeCallableWith(own())
    expect(Outbox.event).type.not.toBeCallableWith(publish as ApiMethod.Request.Any)
  })

  it("takes only publications in publication mode", () => {
    expect(Outbox.publication).type.toBeCallableWith(publish)
    expect(Outbox.publication).type.toBeCallableWith(broadcast)
    expect(Outbox.publication).type.not.toBeCallableWith(disconnect)
  })

  it("has its error in the type", () => {
    expect(Outbox.event(publish)).type.toBe<Either.Either<Outbox.Event, CentrifugoError.EncodeError>>()
    expect(Outbox.split(broadcast, 2)).type.toBe<
      Either.Either<ReadonlyArray<Outbox.Part<typeof broadcast>>, CentrifugoError.EncodeError>
    >()
    expect(Outbox.partition("a", 2)).type.toBe<Either.Either<number, CentrifugoError.ConfigError>>()
  })
})

describe("OutboxSql", () => {
  const outbox = {} as OutboxSql.Service

  it("takes one request or many, of different methods", () => {
    expect(outbox.insert).type.toBeCallableWith(publish)
    expect(outbox.insert).type.toBeCallableWith([publish, disconnect])
    expect(outbox.insert).type.toBeCallableWith(new Set([publish]))
    expect(outbox.insert).type.not.toBeCallableWith([CentrifugoApi.info()])
  })

  it("has exact error types", () => {
    expect(outbox.insert(publish)).type.toBe<
      Effect.Effect<void, CentrifugoError.EncodeError | SqlError.SqlError>
    >()
    expect(OutboxSql.migration()).type.toBe<
      Effect.Effect<void, CentrifugoError.ConfigError | SqlError.SqlError, SqlClient.SqlClient>
    >()
  })
})
