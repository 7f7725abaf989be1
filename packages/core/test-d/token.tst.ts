import * as Token from "@effect-centrifugo/core/Token"
import { type DateTime, type Duration, type Effect, type Either, Redacted, Schema } from "effect"
import { describe, expect, test } from "tstyche"

const ten = { user: "42", expires: "10 minutes" } as const

describe("connection tokens", () => {
  test("are strings of their own type", () => {
    expect(Token.connection(ten)).type.toBe<
      Effect.Effect<Token.ConnectionToken, Token.ClaimsError | Token.SignerError, Token.Signer>
    >()
    expect<Token.ConnectionToken>().type.toBeAssignableTo<string>()
    expect<Token.ConnectionToken>().type.not.toBeAssignableTo<Token.SubscriptionToken>()
    expect<string>().type.not.toBeAssignableTo<Token.ConnectionToken>()
  })

  test("have no channel", () => {
    expect(Token.connection).type.not.toBeCallableWith({ ...ten, channel: "chat:1" })
    const wide = { ...ten, channel: "chat:1" }
    expect(Token.connection).type.not.toBeCallableWith(wide)
  })

  test("have a user, which is a string or anonymous", () => {
    expect(Token.connection).type.not.toBeCallableWith({ expires: "never" })
    expect(Token.connection).type.not.toBeCallableWith({ user: 42, expires: "never" })
    expect(Token.connection).type.not.toBeCallableWith({ user: undefined, expires: "never" })
    expect(Token.connection).type.not.toBeCallableWith({ user: null, expires: "never" })
    expect(Token.connection).type.toBeCallableWith({ user: Token.anonymous, expires: "never" })
  })

  test('require a time with a unit, or an explicit "never"', () => {
    expect(Token.connection).type.not.toBeCallableWith({ user: "42" })
    expect(Token.connection).type.not.toBeCallableWith({ user: "42", expires: 600 })
    expect(Token.connection).type.not.toBeCallableWith({ user: "42", expires: Date.now() + 60_000 })
    expect(Token.connection).type.not.toBeCallableWith({ user: "42", expires: 5n })
    expect(Token.connection).type.not.toBeCallableWith({ user: "42", expires: [1, 2] })
    expect(Token.connection).type.not.toBeCallableWith({ user: "42", expires: new Date() })
    expect(Token.connection).type.not.toBeCallableWith({ user: "42", expires: "soon" })
    expect(Token.connection).type.not.toBeCallableWith({ ...ten, expireAt: 5 })
    expect(Token.connection).type.not.toBeCallableWith({ ...ten, notBefore: "never" })
    expect(Token.connection).type.toBeCallableWith({ user: "42", expires: "never" })
    expect(Token.connection).type.toBeCallableWith({ user: "42", expires: {} as Duration.Duration })
    expect(Token.connection).type.toBeCallableWith({ user: "42", expires: {} as DateTime.Utc })
    expect(Token.connection).type.toBeCallableWith({ ...ten, expireAt: {} as DateTime.Zoned })
  })

  test("have channels or subs, but not both, because the server uses only one", () => {
    expect(Token.connection).type.toBeCallableWith({ ...ten, channels: ["a"] })
    expect(Token.connection).type.toBeCallableWith({ ...ten, subs: { a: { override: { presence: true } } } })
    expect(Token.connection).type.not.toBeCallableWith({ ...ten, channels: ["a"], subs: {} })
    expect(Token.connection).type.not.toBeCallableWith({
      ...ten,
      subs: { a: { override: { presense: true } } }
    })
  })

  test("take info and meta of any interface, or of a schema's type", () => {
    interface Info {
      readonly name: string
    }
    expect(Token.connection).type.toBeCallableWith({ ...ten, info: {} as Info, meta: [1] })
    expect(Token.connection).type.toBeCallableWith({ ...ten, info: new Uint8Array() })
    expect(Token.connection).type.not.toBeCallableWith({ ...ten, info: undefined as unknown })
    const At = Schema.Struct({ at: Schema.Date })
    expect(Token.connection).type.toBeCallableWith({ ...ten, info: { at: new Date() }, infoSchema: At })
    expect(Token.connection).type.not.toBeCallableWith({ ...ten, info: { at: "now" }, infoSchema: At })
    expect(Token.connection).type.not.toBeCallableWith({ ...ten, meta: { at: 5 }, metaSchema: At })
  })
})

describe("subscription tokens", () => {
  const chat = { ...ten, channel: "chat:1" }

  test("are for one channel, and have no options of connections", () => {
    expect(Token.subscription(chat)).type.toBe<
      Effect.Effect<Token.SubscriptionToken, Token.ClaimsError | Token.SignerError, Token.Signer>
    >()
    expect(Token.subscription).type.not.toBeCallableWith(ten)
    expect(Token.subscription).type.not.toBeCallableWith({ expires: "never", channel: "chat:1" })
    expect(Token.subscription).type.not.toBeCallableWith({ ...chat, channels: ["a"] })
    expect(Token.subscription).type.not.toBeCallableWith({ ...chat, subs: {} })
    expect(Token.subscription).type.not.toBeCallableWith({ ...chat, meta: 1 })
    expect(Token.subscription).type.not.toBeCallableWith({ ...chat, client: "c1" })
  })
})

describe("signers", () => {
  test("signing keys are wrapped, and public keys can't sign", () => {
    expect(Token.hmac).type.not.toBeCallableWith("secret")
    expect(Token.privateKey).type.not.toBeCallableWith("PEM")
    expect(Token.hmac).type.not.toBeCallableWith(Redacted.make("secret"), { algorithm: "RS256" })
    expect(Token.layer).type.not.toBeCallableWith({ key: Token.publicKey("PEM") })
    expect(Token.layer).type.toBeCallableWith({
      key: Token.hmac(Redacted.make("secret")),
      otherKeys: [Token.publicKey("PEM")]
    })
  })
})

describe("verifying", () => {
  test("returns claims by the kind of token", () => {
    expect(Token.verify("", "connection")).type.toBe<
      Effect.Effect<Token.ConnectionClaims, Token.RefusedError, Token.Verifier>
    >()
    expect(Token.verify("", "subscription", { channel: "a" })).type.toBe<
      Effect.Effect<Token.SubscriptionClaims, Token.RefusedError, Token.Verifier>
    >()
    expect(Token.verify).type.not.toBeCallableWith("", "connection", { channel: "a" })
    expect(Token.decode("")).type.toBe<
      Either.Either<Token.ConnectionClaims | Token.SubscriptionClaims, Token.RefusedError>
    >()
  })
})
