import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Redacted, TestClock } from "effect"
import * as Token from "../../src/Token.js"
import { left, right } from "../support/either.js"
import { ec, ed25519, otherSecret, rsa, secret } from "./keys.js"
import { raw } from "./server.js"

const signer = Token.layer({ key: Token.hmac(secret) })
const mint = (options: Partial<Token.ConnectionOptions> = {}) =>
  Token.connection({ user: "42", expires: "10 minutes", ...options } as Token.ConnectionOptions)
const bytes = new TextEncoder().encode(Redacted.value(secret))
const rawToken = (claims: object) => Effect.promise(() => raw(bytes, claims))

const reasonOf = <A, R>(verified: Effect.Effect<A, Token.RefusedError, R>) =>
  Effect.map(Effect.flip(verified), ({ reason }) => reason)

describe("verify", () => {
  it.effect("a token is valid before exp, and after nbf", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const token = yield* mint({ notBefore: "1 second" })
      assert.strictEqual(yield* reasonOf(Token.verify(token, "connection")), "NotBefore")
      yield* TestClock.setTime(1_001_000)
      assert.strictEqual(yield* reasonOf(Token.verify(token, "connection")), "NotBefore")
      yield* TestClock.setTime(1_001_001)
      yield* Token.verify(token, "connection")
      yield* TestClock.setTime(1_599_999)
      yield* Token.verify(token, "connection")
      yield* TestClock.setTime(1_600_000)
      const error = yield* Effect.flip(Token.verify(token, "connection"))
      assert.deepStrictEqual([error.reason, error.code], ["Expired", 109])
      assert.strictEqual(error.message, "The server refuses the token (error 109): it has expired.")
    }).pipe(Effect.provide(signer))
  )

  it.effect("the previous secret is valid until its last second", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(5_000)
      const token = yield* Effect.provide(mint(), Token.layer({ key: Token.hmac(otherSecret) }))
      yield* Token.verify(token, "connection")
      yield* TestClock.setTime(11_000)
      assert.strictEqual(yield* reasonOf(Token.verify(token, "connection")), "Signature")
    }).pipe(
      Effect.provide(
        Token.layerVerifier({
          hmacSecretKey: secret,
          hmacPreviousSecretKey: otherSecret,
          hmacPreviousSecretKeyValidUntil: 10
        })
      )
    )
  )

  it.effect("patterns match issuer and audience, also stateful patterns", () =>
    Effect.gen(function* () {
      const good = yield* mint({ issuer: "https://a.example", audience: ["x", "app-1"] })
      for (let i = 0; i < 3; i++) yield* Token.verify(good, "connection")
      const issuer = yield* mint({ issuer: "https://b.example", audience: "app-1" })
      assert.strictEqual(yield* reasonOf(Token.verify(issuer, "connection")), "Issuer")
      const audience = yield* mint({ issuer: "https://a.example", audience: "other" })
      assert.strictEqual(yield* reasonOf(Token.verify(audience, "connection")), "Audience")
    }).pipe(
      Effect.provide(
        Token.layerVerifier({
          hmacSecretKey: secret,
          issuerRegex: /^https:\/\/a\./g,
          audienceRegex: /^app-\d$/y
        })
      ),
      Effect.provide(signer)
    )
  )

  it.effect("an unreadable JWKS refuses the token", () =>
    Effect.gen(function* () {
      const token = yield* Effect.provide(mint(), Token.layer({ key: Token.privateKey(ed25519().pem) }))
      const error = yield* Effect.flip(Token.verify(token, "connection"))
      assert.deepStrictEqual([error.reason, error.code], ["Key", 3500])
      assert.include(error.message, "unavailable")
    }).pipe(Effect.provide(Token.layerVerifier({ jwks: Effect.fail("down") })))
  )

  it.effect('a key in a JWKS needs use "sig", and its algorithm if it has one', () =>
    Effect.gen(function* () {
      const pair = ec("P-256")
      const token = yield* Effect.provide(
        mint(),
        Token.layer({ key: Token.privateKey(pair.pem, { keyId: "k" }) })
      )
      const by = (more: object) =>
        Effect.either(Token.verify(token, "connection")).pipe(
          Effect.provide(Token.layerVerifier({ jwks: { keys: [{ ...pair.publicJwk, kid: "k", ...more }] } }))
        )
      assert.isTrue(Either.isRight(yield* by({ use: "sig" })))
      assert.strictEqual(left((yield* by({})) as Either.Either<unknown, Token.RefusedError>).reason, "Key")
      const other = (yield* by({ use: "sig", alg: "ES384" })) as Either.Either<unknown, Token.RefusedError>
      assert.strictEqual(left(other).reason, "Algorithm")
    })
  )

  it.effect("options that the server refuses are refused when the layer is built", () =>
    Effect.gen(function* () {
      for (const [options, option] of [
        [{ audience: "a", audienceRegex: /a/ }, "audienceRegex"],
        [{ issuer: "a", issuerRegex: /a/ }, "issuerRegex"],
        [{ rsaPublicKey: ec("P-256").publicPem }, "rsaPublicKey"],
        [{ ecdsaPublicKey: rsa().publicPem }, "ecdsaPublicKey"],
        [{ ecdsaPublicKey: Redacted.value(ec("P-256").pem) }, "ecdsaPublicKey"],
        [{ hmacSecretKey: Redacted.make("") }, "hmacSecretKey"],
        [{ subscription: { rsaPublicKey: "x" } }, "subscription.rsaPublicKey"]
      ] as const) {
        const error = yield* Effect.flip(Effect.provide(Effect.void, Token.layerVerifier(options)))
        assert.strictEqual(error.option, option)
      }
      // The server accepts a short secret, so this does too.
      yield* Effect.provide(Effect.void, Token.layerVerifier({ hmacSecretKey: Redacted.make("short") }))
    })
  )

  it.effect("expire_at wins over exp, and 0 or less means never", () =>
    Effect.gen(function* () {
      for (const [claims, endsAt] of [
        [{}, undefined],
        [{ exp: 500 }, 500],
        [{ exp: 500.5 }, 500],
        [{ exp: 500, expire_at: 700 }, 700],
        [{ exp: 500, expire_at: 0 }, undefined],
        [{ exp: 500, expire_at: -1 }, undefined]
      ] as const) {
        const verified = yield* Token.verify(yield* rawToken(claims), "connection")
        assert.strictEqual(verified.endsAt, endsAt)
      }
    }).pipe(Effect.provide(signer))
  )

  it.effect("a user claim becomes a string, from any type", () =>
    Effect.gen(function* () {
      for (const [uid, user] of [
        ["42", "42"],
        [42, "42"],
        [true, "true"],
        [null, ""],
        [undefined, ""],
        [{ a: 1 }, '{"a":1}']
      ] as const) {
        const verified = yield* Token.verify(yield* rawToken({ sub: "other", uid }), "connection")
        assert.strictEqual(verified.user, user)
      }
    }).pipe(Effect.provide(Token.layerVerifier({ hmacSecretKey: secret, userIdClaim: "uid" })))
  )
})

describe("decode", () => {
  it.effect("returns the original options", () =>
    Effect.gen(function* () {
      const connection = yield* Token.connection({
        user: "42",
        expires: "10 minutes",
        expireAt: "never",
        audience: "a",
        issuer: "i",
        tokenId: "t",
        info: new Uint8Array([0, 255]),
        meta: { plan: "Ж😀" },
        subs: { "chat:1": { data: new Uint8Array([1]), override: { joinLeave: false } } }
      })
      assert.deepStrictEqual(right(Token.decode(connection)), {
        _tag: "Connection",
        user: "42",
        expires: 600,
        expireAt: 0,
        endsAt: undefined,
        issuedAt: 0,
        notBefore: undefined,
        tokenId: "t",
        audience: ["a"],
        issuer: "i",
        info: new Uint8Array([0, 255]),
        meta: { plan: "Ж😀" },
        channels: [],
        subs: {
          "chat:1": { info: undefined, data: new Uint8Array([1]), override: { joinLeave: false } }
        },
        algorithm: "HS256",
        keyId: undefined
      })
      const subscription = yield* Token.subscription({
        user: "42",
        channel: "chat:1",
        expires: "never",
        override: { presence: true }
      })
      const decoded = right(Token.decode(subscription))
      assert.deepInclude(decoded, { _tag: "Subscription", channel: "chat:1", override: { presence: true } })
    }).pipe(Effect.provide(signer))
  )

  it("refuses anything else, and never throws", () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64url")
    const part = FastCheck.oneof(
      FastCheck.string(),
      FastCheck.json().map(base64),
      FastCheck.object().map((value) => base64(JSON.stringify(value))),
      FastCheck.record({
        sub: FastCheck.anything(),
        channel: FastCheck.anything(),
        aud: FastCheck.anything(),
        exp: FastCheck.anything(),
        subs: FastCheck.anything(),
        override: FastCheck.anything(),
        b64info: FastCheck.anything()
      }).map((value) => base64(stringify(value)))
    )
    const token = FastCheck.oneof(
      FastCheck.string(),
      FastCheck.array(part, { maxLength: 4 }).map((parts) => parts.join(".")),
      FastCheck.tuple(part, part).map((parts) => `eyJhbGciOiJIUzI1NiJ9.${parts.join(".")}`)
    )
    FastCheck.assert(
      FastCheck.property(token, (token) => {
        const decoded = Token.decode(token)
        if (Either.isLeft(decoded)) assert.strictEqual(decoded.left._tag, "CentrifugoTokenRefusedError")
      }),
      { numRuns: 2000 }
    )
    for (const token of [undefined, null, 5, {}]) {
      assert.strictEqual(left(Token.decode(token as unknown as string)).reason, "Malformed")
    }
  })
})

const stringify = (value: unknown): string => {
  try {
    return JSON.stringify(value)
  } catch {
    return "{}"
  }
}
