import { assert, describe, it } from "@effect/vitest"
import { Cause, DateTime, Duration, Effect, Either, Exit, Redacted, Schema, TestClock } from "effect"
import { inspect } from "node:util"
import { CentrifugoApi } from "../../src/index.js"
import * as Token from "../../src/Token.js"
import { right } from "../support/either.js"
import { otherSecret, secret } from "./keys.js"

const layer = Token.layer({ key: Token.hmac(secret) })
const ten = "10 minutes"

/** The claims in the token. */
const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Record<string, unknown>

const connection = (options: Record<string, unknown>) =>
  // Values that only untyped callers can pass.
  Token.connection(options as unknown as Token.ConnectionOptions)

const subscription = (options: Record<string, unknown>) =>
  Token.subscription(options as unknown as Token.SubscriptionOptions)

describe("time", () => {
  it.effect("a duration counts from the fiber's clock, exactly", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const token = yield* Token.connection({ user: "42", expires: ten, notBefore: "1 minute" })
      assert.deepStrictEqual(claimsOf(token), {
        sub: "42",
        iat: 1_800_000_000,
        exp: 1_800_000_600,
        nbf: 1_800_000_060
      })
    }).pipe(Effect.provide(layer))
  )

  it.effect("fractions of a second are rounded up, so no token is shorter than requested", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_999)
      const token = yield* Token.connection({ user: "42", expires: Duration.millis(2) })
      assert.deepStrictEqual(claimsOf(token), { sub: "42", iat: 1_800_000_000, exp: 1_800_000_002 })
    }).pipe(Effect.provide(layer))
  )

  it.effect('a DateTime is the time itself, and "never" is explicit', () =>
    Effect.gen(function* () {
      const at = DateTime.unsafeMake("2030-01-01T00:00:00Z")
      const seconds = Date.UTC(2030, 0, 1) / 1000
      const token = yield* Token.connection({ user: "42", expires: at, expireAt: "never" })
      assert.deepStrictEqual(claimsOf(token), { sub: "42", iat: 0, exp: seconds, expire_at: 0 })
      assert.deepStrictEqual(claimsOf(yield* Token.connection({ user: "42", expires: "never" })), {
        sub: "42",
        iat: 0
      })
    }).pipe(Effect.provide(layer))
  )

  for (const [name, options, path] of [
    ["milliseconds", { expires: 600_000 }, "expires"],
    ["the milliseconds of Date.now()", { expires: Date.now() + 60_000 }, "expires"],
    ["a Date", { expires: new Date() }, "expires"],
    ["nothing", {}, "expires"],
    ["text that is not a duration", { expires: "soon" }, "expires"],
    ["a duration below zero", { expires: "-1 minutes" }, "expires"],
    ["a duration of zero", { expires: "0 seconds" }, "expires"],
    ["an infinite duration", { expires: Duration.infinity }, "expires"],
    ["a DateTime in the past", { expires: DateTime.unsafeMake(-1000) }, "expires"],
    ["an expireAt in the past", { expires: ten, expireAt: DateTime.unsafeMake(0) }, "expireAt"],
    ["a number as notBefore", { expires: ten, notBefore: 5 }, "notBefore"]
  ] as const) {
    it.effect(`refused: ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(connection({ user: "42", ...options }))
        assert.strictEqual(error._tag, "CentrifugoTokenClaimsError")
        assert.deepStrictEqual((error as Token.ClaimsError).path, [path])
        assert.include(error.message, `connection token: not made, ${path}: `)
      }).pipe(Effect.provide(layer))
    )
  }
})

describe("claims", () => {
  it.effect("a connection token can have all of them", () =>
    Effect.gen(function* () {
      const token = yield* Token.connection({
        user: "42",
        expires: ten,
        expireAt: "1 hour",
        tokenId: "t-1",
        audience: ["a", "b"],
        issuer: "me",
        info: { name: "Ж😀" },
        meta: { plan: "pro" },
        subs: {
          "chat:1": {
            info: new Uint8Array([1, 2, 255]),
            data: [1],
            override: { presence: true, joinLeave: false, forceRecovery: true }
          },
          "chat:2": { data: new Uint8Array([0]), info: null, override: {} }
        }
      })
      assert.deepStrictEqual(claimsOf(token), {
        sub: "42",
        iat: 0,
        exp: 600,
        expire_at: 3600,
        aud: ["a", "b"],
        iss: "me",
        jti: "t-1",
        info: { name: "Ж😀" },
        meta: { plan: "pro" },
        subs: {
          "chat:1": {
            b64info: "AQL/",
            data: [1],
            override: {
              presence: { value: true },
              join_leave: { value: false },
              force_recovery: { value: true }
            }
          },
          "chat:2": { b64data: "AA==", info: null, override: {} }
        }
      })
      assert.match(token, /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
    }).pipe(Effect.provide(layer))
  )

  it.effect("a subscription token has sub and channel, and no client", () =>
    Effect.gen(function* () {
      const token = yield* Token.subscription({
        user: "42",
        channel: "chat:1",
        expires: ten,
        info: new TextEncoder().encode("hi"),
        data: { a: null },
        override: { forcePositioning: true, forcePushJoinLeave: true }
      })
      assert.deepStrictEqual(claimsOf(token), {
        sub: "42",
        iat: 0,
        exp: 600,
        channel: "chat:1",
        b64info: "aGk=",
        data: { a: null },
        override: { force_positioning: { value: true }, force_push_join_leave: { value: true } }
      })
    }).pipe(Effect.provide(layer))
  )

  it.effect("an anonymous user must be explicit", () =>
    Effect.gen(function* () {
      const token = yield* Token.connection({ user: Token.anonymous, expires: ten, channels: ["news"] })
      assert.deepStrictEqual(claimsOf(token), { sub: "", iat: 0, exp: 600, channels: ["news"] })
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "the signer's audience, issuer and user claim are in all tokens, and a token's own replace them",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(claimsOf(yield* Token.connection({ user: "42", expires: "never" })), {
          sub: "42",
          uid: "42",
          iat: 0,
          aud: "app",
          iss: "me"
        })
        const own = yield* Token.subscription({
          user: "42",
          channel: "a",
          expires: "never",
          audience: "other",
          issuer: "you"
        })
        const { aud, iss } = claimsOf(own)
        assert.deepStrictEqual([aud, iss], ["other", "you"])
      }).pipe(
        Effect.provide(
          Token.layer({ key: Token.hmac(secret), audience: "app", issuer: "me", userIdClaim: "uid" })
        )
      )
  )

  it.effect("info and meta are encoded with their schemas", () =>
    Effect.gen(function* () {
      const At = Schema.Struct({ at: Schema.Date })
      const token = yield* Token.connection({
        user: "42",
        expires: ten,
        info: { at: new Date(0) },
        infoSchema: At,
        meta: new Date(0),
        metaSchema: Schema.Date
      })
      const { info, meta } = claimsOf(token)
      assert.deepStrictEqual([info, meta], [{ at: "1970-01-01T00:00:00.000Z" }, "1970-01-01T00:00:00.000Z"])
      const error = yield* Effect.flip(
        Token.subscription({
          user: "42",
          channel: "a",
          expires: ten,
          info: { at: new Date(Number.NaN) },
          infoSchema: Schema.Struct({ at: Schema.ValidDateFromSelf })
        })
      )
      assert.deepStrictEqual((error as Token.ClaimsError).path, ["info", "at"])
    }).pipe(Effect.provide(layer))
  )

  for (const [name, options, path] of [
    ["a numeric user", { user: 42 }, ["user"]],
    ["an empty user", { user: "" }, ["user"]],
    ["no user", { user: undefined }, ["user"]],
    ["half a surrogate pair as user", { user: "\ud800" }, ["user"]],
    ["a channel", { channel: "a" }, ["channel"]],
    ["channels beside subs", { channels: ["a"], subs: {} }, ["channels"]],
    ["an empty channel", { channels: ["a", ""] }, ["channels", 1]],
    ["info with a bigint", { info: { n: [1n] } }, ["info", "n", 0]],
    ["empty bytes as info", { info: new Uint8Array() }, ["info"]],
    ["bytes as meta", { meta: new Uint8Array([1]) }, ["meta"]],
    ["a secret as info", { info: { key: Redacted.make("x") } }, ["info", "key"]],
    [
      "an option that is none",
      { subs: { a: { override: { presense: true } } } },
      ["subs", "a", "override", "presense"]
    ],
    [
      "an option that is no switch",
      { subs: { a: { override: { presence: 1 } } } },
      ["subs", "a", "override", "presence"]
    ],
    ["an empty audience", { audience: ["a", ""] }, ["audience", 1]],
    ["a numeric token ID", { tokenId: 5 }, ["tokenId"]]
  ] as const) {
    it.effect(`a connection token is refused with ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(connection(Object.assign({ user: "42", expires: ten }, options)))
        assert.strictEqual(error._tag, "CentrifugoTokenClaimsError")
        assert.deepStrictEqual((error as Token.ClaimsError).path, path)
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("a subscription token is refused without a channel, or with options of connections", () =>
    Effect.gen(function* () {
      for (const [options, path] of [
        [{}, "channel"],
        [{ channel: "" }, "channel"],
        [{ channel: "a", channels: [] }, "channels"],
        [{ channel: "a", subs: {} }, "subs"],
        [{ channel: "a", meta: 1 }, "meta"]
      ] as const) {
        const error = yield* Effect.flip(subscription({ user: "42", expires: ten, ...options }))
        assert.deepStrictEqual((error as Token.ClaimsError).path, [path])
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("options that are not an object, or that throw, fail the call and are not a defect", () =>
    Effect.gen(function* () {
      for (const options of [undefined, null, 5]) {
        const exit = yield* Effect.exit(connection(options as unknown as Record<string, unknown>))
        assert.isTrue(Exit.isFailure(exit) && Cause.isFailure(exit.cause))
      }
      const trap = {
        expires: ten,
        get user() {
          throw new Error("not today")
        }
      }
      assert.include((yield* Effect.flip(connection(trap))).message, "threw an Error")
    }).pipe(Effect.provide(layer))
  )

  it.effect("PRO methods accept the decoded claims of a token", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const token = yield* Token.connection({ user: "42", expires: ten, tokenId: "t-1" })
      const { expires, issuedAt, tokenId, user } = yield* Token.decode(token)
      assert.deepStrictEqual(
        right(CentrifugoApi.revokeToken({ uid: tokenId!, expireAt: expires }).encode()),
        '{"uid":"t-1","expire_at":1800000600}'
      )
      assert.deepStrictEqual(
        right(CentrifugoApi.invalidateUserTokens({ user, issuedBefore: issuedAt! + 1 }).encode()),
        '{"user":"42","issued_before":1800000001}'
      )
    }).pipe(Effect.provide(layer))
  )
})

describe("secrets", () => {
  it.effect("no value, error or printed service shows a secret", () =>
    Effect.gen(function* () {
      const key = Token.hmac(secret)
      const short = yield* Effect.flip(
        Effect.void.pipe(Effect.provide(Token.layer({ key: Token.hmac(Redacted.make("hunter2")) })))
      )
      const signer = yield* Token.Signer
      const verifier = yield* Token.Verifier
      for (const value of [key, short, short.message, signer, verifier]) {
        const text = inspect(value, { depth: 10, showHidden: true }) + JSON.stringify(value)
        assert.notInclude(text, Redacted.value(secret))
        assert.notInclude(text, "hunter2")
      }
    }).pipe(Effect.provide(layer))
  )

  for (const [name, value] of [
    ["empty", ""],
    ["short", "x".repeat(31)],
    ["followed by a newline", `${"x".repeat(40)}\n`],
    ["not set", undefined]
  ] as const) {
    it.effect(`a layer refuses a secret that is ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          Effect.void.pipe(Effect.provide(Token.layer({ key: Token.hmac(Redacted.make(value as string)) })))
        )
        assert.strictEqual(error._tag, "CentrifugoConfigError")
        assert.strictEqual(error.option, "key")
      })
    )
  }
})

describe("track signatures", () => {
  const track = Token.layerTrack({ secret: otherSecret })

  it.effect("equal those that the server computes", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const options = { user: "42", channel: "poll:a", keys: ["k1", "k2"], expires: "1 minute" } as const
      const signature = yield* Token.trackSignature(options)
      const { createHash, createHmac } = yield* Effect.promise(() => import("node:crypto"))
      const keys = createHash("sha256").update("k1\0k2").digest("hex")
      const expected = createHmac("sha256", Redacted.value(otherSecret))
        .update(["1800000000", "1800000060", "42", "poll:a", keys].join("\0"))
        .digest("hex")
      assert.strictEqual(signature, `1800000000:1800000060:${expected}`)
      assert.match(
        yield* Token.trackSignature({ ...options, expires: "never" }),
        /^1800000000:0:[0-9a-f]{64}$/
      )
    }).pipe(Effect.provide(track))
  )

  it.effect("are refused if the server would read something else", () =>
    Effect.gen(function* () {
      const good = { user: "42", channel: "poll:a", keys: ["k"], expires: "1 minute" } as const
      for (const [options, path] of [
        [{ ...good, keys: [] }, ["keys"]],
        [{ ...good, keys: ["k", "a\0b"] }, ["keys", 1]],
        [{ ...good, user: "a\0b" }, ["user"]],
        [{ ...good, channel: "" }, ["channel"]],
        [{ ...good, expires: 5 as unknown as "1 minute" }, ["expires"]]
      ] as const) {
        const error = yield* Effect.flip(Token.trackSignature(options))
        assert.deepStrictEqual(error.path, path)
      }
      assert.isTrue(
        Either.isLeft(
          yield* Effect.either(Effect.provide(Effect.void, Token.layerTrack({ secret: Redacted.make("x") })))
        )
      )
    }).pipe(Effect.provide(track))
  )
})
