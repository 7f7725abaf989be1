import {
  type ApiMethod,
  type Centrifugo,
  type CentrifugoApi,
  type CentrifugoError,
  HistoryStream,
  MapStream,
  Outbox,
  TypedChannel
} from "@effect-centrifugo/core"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import type * as Token from "@effect-centrifugo/core/Token"
import { type Effect, type Either, type Option, type ParseResult, Schema } from "effect"
import { describe, expect, test } from "tstyche"

declare const centrifugo: Centrifugo.Service

const Message = Schema.Struct({ text: Schema.String, at: Schema.Date })
type Message = typeof Message.Type
const message: Message = { text: "a", at: new Date(0) }

const Chat = TypedChannel.make("chat:{room}", { params: { room: Schema.NumberFromString }, data: Message })
const Dialog = TypedChannel.make("dialog:{kind}#{from},{to}", {
  params: { kind: Schema.Literal("call", "text") },
  data: Schema.String
})
const News = TypedChannel.make("news", { data: Message })

type Room = { readonly room: number }

describe("tokens", () => {
  const options = { user: "42", expires: "10 minutes" } as const

  test("take options, then the parameters", () => {
    expect(Chat.token(options, { room: 42 })).type.toBe<
      Effect.Effect<Token.SubscriptionToken, Token.ClaimsError | Token.SignerError, Token.Signer>
    >()
    expect(News.token).type.toBeCallableWith(options)
    expect(Chat.token).type.not.toBeCallableWith(options)
    expect(Chat.token).type.not.toBeCallableWith(options, { room: "42" })
    expect(Chat.token).type.not.toBeCallableWith({ ...options, user: 42 }, { room: 42 })
    expect(Chat.token).type.not.toBeCallableWith({ ...options, channel: "other" } as const, { room: 42 })
  })
})

describe("the template", () => {
  test("names the parameters, and schemas type them", () => {
    expect(Chat).type.toBe<TypedChannel.TypedChannel<Room, Message, typeof Message.Encoded>>()
    expect(Dialog.parse("")).type.toBe<
      Option.Option<{ readonly kind: "call" | "text"; readonly from: string; readonly to: string }>
    >()
    expect(News.parse("")).type.toBe<Option.Option<{}>>()
  })

  test("takes exactly these parameters", () => {
    expect(Chat.name).type.toBeCallableWith({ room: 1 })
    expect(Chat.name).type.not.toBeCallableWith()
    expect(Chat.name).type.not.toBeCallableWith({})
    expect(Chat.name).type.not.toBeCallableWith({ room: "1" })
    expect(Chat.name).type.not.toBeCallableWith({ room: 1, rom: 1 })
    expect(Dialog.name).type.toBeCallableWith({ kind: "call", from: "1", to: "2" })
    expect(Dialog.name).type.not.toBeCallableWith({ kind: "mail", from: "1", to: "2" })
    expect(Dialog.name).type.not.toBeCallableWith({ kind: "call", from: "1" })
  })

  test("without parameters takes none", () => {
    expect(News.name).type.toBeCallableWith()
    expect(News.name).type.not.toBeCallableWith({})
    expect(News.publish).type.toBeCallableWith(message)
    expect(News.publish).type.toBeCallableWith(message, { skipHistory: true })
    expect(News.history).type.toBeCallableWith({ limit: 1 })
    expect(News.presence).type.toBeCallableWith()
  })

  test("a mistake in it is a compile error", () => {
    expect(TypedChannel.make).type.toBeCallableWith("a-{b}-{c}", { data: Message })
    expect(TypedChannel.make).type.not.toBeCallableWith("", { data: Message })
    expect(TypedChannel.make).type.not.toBeCallableWith("a{}", { data: Message })
    expect(TypedChannel.make).type.not.toBeCallableWith("{a}{b}", { data: Message })
    expect(TypedChannel.make).type.not.toBeCallableWith("{a}:{b}:{a}", { data: Message })
  })

  test("with an unknown text takes parameters of any name", () => {
    const later = TypedChannel.make("a" as string, { data: Message })
    expect(later.parse("")).type.toBe<Option.Option<{ readonly [name: string]: string }>>()
  })
})

describe("the schemas", () => {
  test("of parameters encode to strings, and match the template", () => {
    expect(TypedChannel.make).type.toBeCallableWith("a:{b}", { params: { b: Schema.UUID }, data: Message })
    expect(TypedChannel.make).type.not.toBeCallableWith("a:{b}", {
      params: { b: Schema.Number },
      data: Message
    })
    expect(TypedChannel.make).type.not.toBeCallableWith("a:{b}", {
      params: { c: Schema.String },
      data: Message
    })
  })

  test("need no services, and encode to data that can be published", () => {
    expect(TypedChannel.make).type.not.toBeCallableWith("a", {})
    expect(TypedChannel.make).type.not.toBeCallableWith("a", {
      data: {} as Schema.Schema<string, string, "service">
    })
    expect(TypedChannel.make).type.not.toBeCallableWith("a", { data: Schema.UndefinedOr(Schema.String) })
    expect(TypedChannel.make).type.toBeCallableWith("a", { data: Schema.NullOr(Schema.String) })
  })
})

describe("requests", () => {
  test("take the schema's data and the method's options", () => {
    expect(Chat.publish).type.toBeCallableWith({ room: 1 }, message, { tags: { a: "b" } })
    expect(Chat.publish).type.not.toBeCallableWith({ room: 1 }, { text: "a", at: "1970-01-01" })
    expect(Chat.publish).type.not.toBeCallableWith({ room: 1 }, message, { channel: "other" })
    expect(Chat.publish).type.not.toBeCallableWith({ room: 1 }, message, { data: 1 })
    expect(Chat.publish).type.not.toBeCallableWith(message)
    expect(Chat.broadcast).type.toBeCallableWith([{ room: 1 }], message, { idempotencyKey: "a" })
    expect(Chat.broadcast).type.not.toBeCallableWith([{ room: "1" }], message)
    expect(Chat.history).type.toBeCallableWith({ room: 1 }, { since: { offset: 1, epoch: "e" } })
    expect(Chat.history).type.not.toBeCallableWith({ room: 1 }, { schema: Message })
    expect(Chat.subscribe).type.toBeCallableWith({ room: 1 }, { user: "42" })
    expect(Chat.subscribe).type.not.toBeCallableWith({ room: 1 }, {})
  })

  test("have the types of the methods' own requests", () => {
    expect(Chat.name({ room: 1 })).type.toBe<Either.Either<string, CentrifugoError.EncodeError>>()
    expect(Chat.publish({ room: 1 }, message)).type.toBe<ReturnType<typeof CentrifugoApi.publish>>()
    expect(Chat.presence({ room: 1 })).type.toBe<ReturnType<typeof CentrifugoApi.presence>>()
    expect(Chat.presenceStats({ room: 1 })).type.toBe<ReturnType<typeof CentrifugoApi.presenceStats>>()
    expect(Chat.historyRemove({ room: 1 })).type.toBe<ReturnType<typeof CentrifugoApi.historyRemove>>()
    expect(Chat.unsubscribe({ room: 1 }, { user: "42" })).type.toBe<
      ReturnType<typeof CentrifugoApi.unsubscribe>
    >()
  })

  test("history fails like the method, and each publication has its own error", () => {
    const history = centrifugo.send(Chat.history({ room: 1 }))
    expect<Effect.Effect.Error<typeof history>>().type.toBe<
      Effect.Effect.Error<ReturnType<typeof centrifugo.history>>
    >()
    expect<Effect.Effect.Success<typeof history>["publications"][number]>().type.toBe<
      Either.Either<CentrifugoApi.TypedPublication<Message>, TypedChannel.PublicationDataError>
    >()
  })

  test("a broadcast fails like the method, and each channel can also fail for its parameters", () => {
    const broadcast = centrifugo.send(Chat.broadcast([{ room: 1 }], message))
    expect<Effect.Effect.Error<typeof broadcast>>().type.toBe<
      Effect.Effect.Error<ReturnType<typeof centrifugo.broadcast>>
    >()
    expect<Effect.Effect.Success<typeof broadcast>[number]>().type.toBe<TypedChannel.ChannelOutcome<Room>>()
    expect<TypedChannel.ChannelOutcome<Room>["outcome"]>().type.toBe<
      Either.Either<
        CentrifugoApi.PublishResult,
        CentrifugoApi.BroadcastChannelError | CentrifugoError.EncodeError
      >
    >()
  })

  test("are members of batches, with their own outcomes", () => {
    const batch = centrifugo.batch([Chat.presenceStats({ room: 1 }), Chat.history({ room: 1 })])
    type Outcomes = Effect.Effect.Success<typeof batch>
    expect<Outcomes[0]>().type.toBe<
      ApiMethod.Request.Outcome<ReturnType<typeof CentrifugoApi.presenceStats>>
    >()
    expect<Outcomes[1]>().type.toBe<ApiMethod.Request.Outcome<TypedChannel.HistoryRequest<Message>>>()
  })

  test("become outbox events if consumers act on them", () => {
    expect(Outbox.event).type.toBeCallableWith(Chat.publish({ room: 1 }, message))
    expect(Outbox.event).type.toBeCallableWith(Chat.broadcast([{ room: 1 }], message))
    expect(Outbox.event).type.toBeCallableWith(Chat.historyRemove({ room: 1 }))
    expect(Outbox.event).type.toBeCallableWith(Chat.subscribe({ room: 1 }, { user: "42" }))
    expect(Outbox.event).type.not.toBeCallableWith(Chat.history({ room: 1 }))
    expect(Outbox.publication).type.toBeCallableWith(Chat.broadcast([{ room: 1 }], message))
  })
})

describe("CentrifugoTest.published", () => {
  test("is typed by the channel", () => {
    expect(CentrifugoTest.published(Chat, { room: 1 })).type.toBe<
      Effect.Effect<
        ReadonlyArray<Message>,
        ParseResult.ParseError | CentrifugoError.EncodeError,
        CentrifugoTest.CentrifugoTest
      >
    >()
    expect(CentrifugoTest.published).type.toBeCallableWith(News)
    expect(CentrifugoTest.published).type.not.toBeCallableWith(Chat)
    expect(CentrifugoTest.published).type.not.toBeCallableWith(News, { room: 1 })
  })
})

describe("schemas that need services", () => {
  const serving = {} as Schema.Schema<string, string, "Service">
  const { data } = News

  test("do not compile, in any position", () => {
    expect(TypedChannel.make).type.not.toBeCallableWith("a", { data: serving })
    expect(TypedChannel.make).type.not.toBeCallableWith("chat:{room}", { data, params: { room: serving } })
    expect(HistoryStream.history).type.not.toBeCallableWith({ channel: "a", schema: serving })
    expect(MapStream.changes).type.not.toBeCallableWith({ channel: "a", schema: serving })
    expect(MapStream.state).type.not.toBeCallableWith({ channel: "a", schema: serving })
    expect(MapStream.stateThenChanges).type.not.toBeCallableWith({ channel: "a", schema: serving })
    expect(centrifugo.history).type.not.toBeCallableWith({ channel: "a", schema: serving })
    expect(centrifugo.rpc).type.not.toBeCallableWith({ method: "a", schema: serving })
  })
})

describe("info, maps and shared polls", () => {
  const Room = TypedChannel.make("room:{id}", {
    data: Schema.Date,
    connInfo: Schema.Struct({ name: Schema.String }),
    chanInfo: Schema.NumberFromString
  })
  const room = { id: "1" }

  test("presence has the outcome of decoding each info; without a schema it stays unknown", () => {
    const presence = {} as ApiMethod.Request.Success<ReturnType<typeof Room.presence>>
    expect(presence.presence["a"]!.connInfo).type.toBe<
      Either.Either<{ readonly name: string }, TypedChannel.ClientInfoError> | undefined
    >()
    expect(presence.presence["a"]!.chanInfo).type.toBe<
      Either.Either<number, TypedChannel.ClientInfoError> | undefined
    >()
    const plain = {} as ApiMethod.Request.Success<ReturnType<typeof Chat.presence>>
    expect(plain.presence["a"]!.connInfo).type.toBe<unknown>()
    expect(centrifugo.send(Room.presence(room))).type.toBe<
      Effect.Effect<
        TypedChannel.ChannelPresence<{ readonly name: string }, number>,
        CentrifugoApi.PresenceError
      >
    >()
  })

  test("subscribe takes the info of the subscription", () => {
    expect(Room.subscribe).type.toBeCallableWith(room, { user: "1", info: 7 })
    expect(Room.subscribe).type.toBeCallableWith(room, { user: "1", info: undefined })
    expect(Room.subscribe).type.not.toBeCallableWith(room, { user: "1", info: "7" })
    expect(Chat.subscribe).type.toBeCallableWith({ room: 1 }, { user: "1", info: { any: "value" } })
  })

  test("maps have keys with typed values", () => {
    expect(Room.mapPublish).type.toBeCallableWith(room, "key", new Date(), { keyMode: "if_new" })
    expect(Room.mapPublish).type.not.toBeCallableWith(room, "key", "no date")
    expect(Room.mapPublish).type.not.toBeCallableWith(room, new Date())
    expect(News.mapRemove).type.toBeCallableWith("key", { idempotencyKey: "a" })
    const page = {} as ApiMethod.Request.Success<ReturnType<typeof Room.mapReadState>>
    expect(page.entries[0]!.data).type.toBe<Either.Either<Date, TypedChannel.PublicationDataError>>()
    const changes = {} as ApiMethod.Request.Success<ReturnType<typeof Room.mapReadStream>>
    const change = changes.entries[0]!
    if (!change.removed) {
      expect(change.data).type.toBe<Either.Either<Date, TypedChannel.PublicationDataError>>()
    }
    expect(Room.mapReadState).type.toBeCallableWith(room, { limit: 1, cursor: "a" })
    expect(Room.mapReadState).type.not.toBeCallableWith(room, { channel: "other" })
  })

  test("shared polls have typed values and a version", () => {
    expect(Room.sharedPollPublish).type.toBeCallableWith(room, "key", new Date(), { version: 1n })
    expect(Room.sharedPollPublish).type.not.toBeCallableWith(room, "key", new Date())
    expect(Room.sharedPollPublish).type.not.toBeCallableWith(room, "key", 1, { version: 1 })
  })

  test("streams take the name of a channel", () => {
    expect(MapStream.changes).type.toBeCallableWith({ channel: Room.name(room), schema: Room.data })
    expect(HistoryStream.history).type.toBeCallableWith({ channel: Room.name(room) })
  })

  test("schemas of info need no services", () => {
    expect(TypedChannel.make).type.not.toBeCallableWith("a", { data: Schema.String, connInfo: "User" })
    expect(TypedChannel.make).type.not.toBeCallableWith("a", {
      data: Schema.String,
      connInfo: {} as Schema.Schema<string, string, "service">
    })
  })
})
