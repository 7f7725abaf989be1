import { type Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { type Effect, Schema } from "effect"
import { describe, expect, test } from "tstyche"

declare const centrifugo: Centrifugo.Service
const channel = "a"

class User extends Schema.Class<User>("User")({ name: Schema.String }) {}

describe("presence", () => {
  test("each schema types its own info, and the other stays unknown", () => {
    expect(centrifugo.presence({ channel, connInfoSchema: User })).type.toBe<
      Effect.Effect<CentrifugoApi.TypedPresenceResult<User, unknown>, CentrifugoApi.PresenceError>
    >()
    expect(centrifugo.presence({ channel, chanInfoSchema: Schema.Date })).type.toBe<
      Effect.Effect<CentrifugoApi.TypedPresenceResult<unknown, Date>, CentrifugoApi.PresenceError>
    >()
    expect(centrifugo.presence({ channel, connInfoSchema: User, chanInfoSchema: Schema.Date })).type.toBe<
      Effect.Effect<CentrifugoApi.TypedPresenceResult<User, Date>, CentrifugoApi.PresenceError>
    >()
    expect<CentrifugoApi.TypedClientInfo<User, Date>>().type.toBe<{
      readonly user: string
      readonly client: string
      readonly connInfo?: User
      readonly chanInfo?: Date
    }>()
  })

  test("without a schema is as before", () => {
    expect(centrifugo.presence({ channel })).type.toBe<
      Effect.Effect<CentrifugoApi.PresenceResult, CentrifugoApi.PresenceError>
    >()
    expect(centrifugo.presence).type.not.toBeCallableWith({ channel, schema: User })
    expect(centrifugo.presence).type.not.toBeCallableWith({ channel, connInfoSchema: "User" })
  })
})

describe("maps", () => {
  test("reads are typed by the schema; a removed key has no data", () => {
    expect(centrifugo.mapReadState({ channel, schema: Schema.Date })).type.toBe<
      Effect.Effect<CentrifugoApi.TypedMapReadStateResult<Date>, CentrifugoApi.MapReadStateError>
    >()
    expect(centrifugo.mapReadStream({ channel, schema: Schema.Date })).type.toBe<
      Effect.Effect<CentrifugoApi.TypedMapReadStreamResult<Date>, CentrifugoApi.MapReadStreamError>
    >()
    const change = {} as CentrifugoApi.TypedMapChange<Date>
    if (change.removed) expect(change.data).type.toBe<undefined>()
    else expect(change.data).type.toBe<Date>()
    expect(centrifugo.mapReadState({ channel })).type.toBe<
      Effect.Effect<CentrifugoApi.MapReadStateResult, CentrifugoApi.MapReadStateError>
    >()
  })
})

describe("what is sent", () => {
  test("has to be of the schema's type", () => {
    const key = "a"
    const schema = User
    const user = new User({ name: "alice" })
    expect(centrifugo.mapPublish).type.toBeCallableWith({ channel, key, data: user, schema })
    expect(centrifugo.mapPublish).type.not.toBeCallableWith({ channel, key, data: 1, schema })
    expect(centrifugo.sharedPollPublish).type.toBeCallableWith({
      channel,
      key,
      version: 1,
      data: user,
      schema
    })
    expect(centrifugo.sharedPollPublish).type.not.toBeCallableWith({
      channel,
      key,
      version: 1,
      data: 1,
      schema
    })
    const to = { channel, user: "1" }
    expect(centrifugo.subscribe).type.toBeCallableWith({ ...to, info: user, infoSchema: schema, data: 1 })
    expect(centrifugo.subscribe).type.toBeCallableWith({ ...to, info: 1, data: user, schema })
    expect(centrifugo.subscribe).type.not.toBeCallableWith({ ...to, info: 1, infoSchema: schema })
    expect(centrifugo.subscribe).type.not.toBeCallableWith({ ...to, data: 1, schema })
    expect(centrifugo.refresh).type.toBeCallableWith({
      user: "1",
      expireAt: 1,
      info: user,
      infoSchema: schema
    })
    expect(centrifugo.refresh).type.not.toBeCallableWith({
      user: "1",
      expireAt: "never",
      info: user,
      infoSchema: schema
    })
  })

  test("an undefined schema counts as absent", () => {
    const infoSchema = undefined
    expect(centrifugo.subscribe).type.toBeCallableWith({ channel, user: "1", info: 1, infoSchema })
  })
})

describe("the same signatures", () => {
  test("make requests", () => {
    const request = CentrifugoApi.presence({ channel, connInfoSchema: User })
    expect(request.payload).type.toBe<CentrifugoApi.PresencePayload>()
    expect(centrifugo.send(request)).type.toBe<
      Effect.Effect<CentrifugoApi.TypedPresenceResult<User, unknown>, CentrifugoApi.PresenceError>
    >()
  })
})
