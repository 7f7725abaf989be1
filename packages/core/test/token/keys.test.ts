import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Exit, Layer, Redacted } from "effect"
import * as jose from "jose"
import { createSign, generateKeyPairSync, sign as signBytes } from "node:crypto"
import { inspect } from "node:util"
import * as Token from "../../src/Token.js"
import { ec, ed25519, otherSecret, rsa, secret } from "./keys.js"

const ten = { user: "42", expires: "10 minutes" } as const
const mint = Token.connection(ten)
const headerOf = (token: string) => jose.decodeProtectedHeader(token)

const built = (options: Token.Options) => Effect.provide(Effect.context<never>(), Token.layer(options))

const refusal = (options: Token.Options) =>
  Effect.flip(built(options)).pipe(
    Effect.map((error) => {
      assert.strictEqual(error._tag, "CentrifugoConfigError")
      return [error.option, error.detail] as const
    })
  )

const rsaKey = rsa()
const edKey = ed25519()

describe("private keys", () => {
  const pairs = {
    RS256: rsaKey,
    ES256: ec("P-256"),
    ES384: ec("P-384"),
    ES512: ec("P-521"),
    EdDSA: edKey
  }
  for (const [algorithm, pair] of Object.entries(pairs)) {
    for (const [form, key] of [
      ["PEM", pair.pem],
      ["PEM on one line", Redacted.make(Redacted.value(pair.pem).replaceAll("\n", "\\n"))],
      ["the text of a JWK", pair.jwk],
      ["a JWK", Redacted.make(pair.privateKey.export({ format: "jwk" }) as { readonly [_: string]: unknown })]
    ] as const) {
      it.effect(`${algorithm} as ${form}: detected, identified by its thumbprint, and verified`, () =>
        Effect.gen(function* () {
          const token = yield* mint
          const kid = yield* Effect.promise(() => jose.calculateJwkThumbprint(pair.publicJwk as jose.JWK))
          assert.deepStrictEqual(headerOf(token), { alg: algorithm, typ: "JWT", kid })
          assert.strictEqual((yield* Token.verify(token, "connection")).user, "42")
          const { keys } = yield* Token.keySet()
          assert.deepStrictEqual(keys as unknown, [{ ...pair.publicJwk, kid, alg: algorithm, use: "sig" }])
        }).pipe(
          Effect.provide(Token.layer({ key: Token.privateKey(key as Redacted.Redacted<Token.KeySource>) }))
        )
      )
    }
  }

  it.effect("algorithm and keyId can be set", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(headerOf(yield* mint), { alg: "RS512", typ: "JWT", kid: "mine" })
      yield* Token.verify(yield* mint, "connection")
    }).pipe(
      Effect.provide(
        Token.layer({ key: Token.privateKey(rsaKey.pem, { algorithm: "RS512", keyId: "mine" }) })
      )
    )
  )

  const old = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
  const x25519 = generateKeyPairSync("x25519").privateKey
  for (const [name, key, says] of [
    ["PKCS #1", old.export({ format: "pem", type: "pkcs1" }), "openssl pkcs8 -topk8"],
    [
      "encrypted",
      old.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" }),
      "encrypted"
    ],
    ["a public key", rsaKey.publicPem, "public key"],
    ["a public JWK", JSON.stringify(rsaKey.publicJwk), "public key"],
    ["a secret JWK", '{"kty":"oct","k":"AAAA"}', "Token.hmac"],
    ["of a curve that does not sign", x25519.export({ format: "pem", type: "pkcs8" }), "can't be read"],
    ["of RSA with 1,024 bits", Redacted.value(rsa(1024).pem), "2048"],
    ["cut off", Redacted.value(rsaKey.pem).slice(0, 200), "can't be read"],
    ["no key", "hello", "expected a private key"],
    ["empty", "", "expected a private key"],
    ["not set", undefined, "expected a private key"]
  ] as const) {
    it.effect(`a layer refuses a key that is ${name}, and does not show it`, () =>
      Effect.gen(function* () {
        const [option, detail] = yield* refusal({ key: Token.privateKey(Redacted.make(key as string)) })
        assert.strictEqual(option, "key")
        assert.include(detail, says)
      })
    )
  }

  it.effect("an algorithm that does not match the key is refused", () =>
    Effect.gen(function* () {
      const [, detail] = yield* refusal({ key: Token.privateKey(rsaKey.pem, { algorithm: "ES256" }) })
      assert.include(detail, "can't be read as a key of ES256")
    })
  )

  it.effect("neither printing nor the JWKS shows the private part", () =>
    Effect.gen(function* () {
      const { d } = edKey.privateKey.export({ format: "jwk" })
      const key = Token.privateKey(edKey.pem)
      const layer = Token.layer({ key })
      const shown = yield* Effect.provide(
        Effect.map(Effect.all([Token.Signer, Token.Verifier, Token.keySet()]), (services) =>
          inspect(services, { depth: 10, showHidden: true })
        ),
        layer
      )
      const text = shown + JSON.stringify(key) + inspect(key, { depth: 10 })
      assert.notInclude(text, d!)
      assert.notInclude(text, Redacted.value(edKey.pem).slice(40, 80))
    })
  )
})

describe("additional keys", () => {
  it.effect("one more HMAC secret is accepted", () =>
    Effect.gen(function* () {
      const before = yield* Effect.provide(mint, Token.layer({ key: Token.hmac(otherSecret) }))
      const both = Token.layer({ key: Token.hmac(secret), otherKeys: [Token.hmac(otherSecret)] })
      assert.strictEqual((yield* Effect.provide(Token.verify(before, "connection"), both)).user, "42")
      const alone = Effect.provide(
        Token.verify(before, "connection"),
        Token.layer({ key: Token.hmac(secret) })
      )
      assert.strictEqual((yield* Effect.flip(alone) as Effect.Effect<Token.RefusedError>).reason, "Signature")
    })
  )

  it.effect("keys that the server's configuration can't hold are refused", () =>
    Effect.gen(function* () {
      const [option] = yield* refusal({
        key: Token.hmac(secret),
        otherKeys: [Token.hmac(otherSecret), Token.hmac(otherSecret)]
      })
      assert.strictEqual(option, "otherKeys")
      const [mixed] = yield* refusal({ key: Token.hmac(secret), otherKeys: [Token.privateKey(rsaKey.pem)] })
      assert.strictEqual(mixed, "otherKeys.0")
      const [twice] = yield* refusal({
        key: Token.privateKey(rsaKey.pem, { keyId: "a" }),
        otherKeys: [Token.publicKey(edKey.publicPem, { keyId: "a" })]
      })
      assert.strictEqual(twice, "otherKeys")
      const [section] = yield* refusal({
        key: Token.hmac(secret),
        subscription: { key: Token.hmac(Redacted.make("short")) }
      })
      assert.strictEqual(section, "subscription.key")
    })
  )

  for (const [options, option] of [
    [{ audience: "" }, "audience"],
    [{ audience: ["a", 5 as unknown as string] }, "audience"],
    [{ issuer: "" }, "issuer"],
    [{ userIdClaim: "user-id" }, "userIdClaim"],
    [{ userIdClaim: "exp" }, "userIdClaim"]
  ] as const) {
    it.effect(`a layer refuses ${JSON.stringify(options)}`, () =>
      Effect.map(refusal({ key: Token.hmac(secret), ...options }), ([found]) =>
        assert.strictEqual(found, option)
      )
    )
  }
})

describe("a custom signer", () => {
  const pair = ec("P-521")

  it.effect("signs with one function, and converts a DER signature to JWT format", () =>
    Effect.gen(function* () {
      for (const curve of ["P-256", "P-384", "P-521"] as const) {
        const { privateKey, publicPem } = ec(curve)
        const algorithm = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" } as const
        const hash = { "P-256": "sha256", "P-384": "sha384", "P-521": "sha512" } as const
        for (const dsaEncoding of ["der", "ieee-p1363"] as const) {
          const layer = Token.layer({
            key: Token.custom({
              algorithm: algorithm[curve],
              publicKey: publicPem,
              sign: (data) =>
                Effect.sync(() => createSign(hash[curve]).update(data).sign({ key: privateKey, dsaEncoding }))
            })
          })
          // The numbers of a signature vary in length.
          for (let i = 0; i < 20; i++) {
            const token = yield* Effect.provide(mint, layer)
            assert.strictEqual((yield* Effect.provide(Token.verify(token, "connection"), layer)).user, "42")
          }
        }
      }
    })
  )

  it.effect("can have any algorithm that the server verifies", () =>
    Effect.gen(function* () {
      const layer = Token.layer({
        key: Token.custom({
          algorithm: "EdDSA",
          keyId: "kms",
          publicKey: edKey.publicPem,
          sign: (data) => Effect.sync(() => signBytes(null, data, edKey.privateKey))
        })
      })
      const token = yield* Effect.provide(mint, layer)
      assert.strictEqual(headerOf(token).kid, "kms")
      assert.strictEqual((yield* Effect.provide(Token.verify(token, "connection"), layer)).user, "42")
    })
  )

  it.effect("fails with its own error as the cause, and is interrupted with the call", () =>
    Effect.gen(function* () {
      const cause = new Error("no such key")
      const failing = Token.layer({
        key: Token.custom({ algorithm: "ES256", sign: () => Effect.fail(cause) })
      })
      const error = yield* Effect.flip(Effect.provide(mint, failing))
      assert.strictEqual(error._tag, "CentrifugoTokenSignerError")
      assert.strictEqual((error as Token.SignerError).cause, cause)
      const exit = yield* Effect.provide(
        mint,
        Token.layer({ key: Token.custom({ algorithm: "ES256", sign: () => Effect.interrupt }) })
      ).pipe(Effect.exit)
      assert.isTrue(Exit.isInterrupted(exit))
    })
  )

  it.effect("an invalid signature is refused", () =>
    Effect.gen(function* () {
      for (const [algorithm, bytes] of [
        ["ES256", new Uint8Array(63)],
        ["ES256", new Uint8Array(0)],
        ["ES512", new Uint8Array([0x30, 0x81, 0xff, 0x02])],
        ["ES256", new Uint8Array([0x30, 4, 2, 9, 1, 1])],
        ["RS256", "text" as unknown as Uint8Array]
      ] as const) {
        const layer = Token.layer({ key: Token.custom({ algorithm, sign: () => Effect.succeed(bytes) }) })
        assert.strictEqual(
          (yield* Effect.flip(Effect.provide(mint, layer)))._tag,
          "CentrifugoTokenSignerError"
        )
      }
    })
  )

  it.effect("requires the options that the server needs", () =>
    Effect.gen(function* () {
      const sign = () => Effect.succeed(new Uint8Array(64))
      const [, noKid] = yield* refusal({ key: Token.custom({ algorithm: "EdDSA", sign }) })
      assert.include(noKid, "keyId")
      const [, unknown] = yield* refusal({ key: Token.custom({ algorithm: "PS256" as "RS256", sign }) })
      assert.include(unknown, "algorithm")
      const [option] = yield* refusal({
        key: Token.custom({ algorithm: "ES256", sign, publicKey: pair.publicPem })
      })
      assert.strictEqual(option, "key.publicKey")
    })
  )
})

describe("layerConfig", () => {
  const from = (variables: Record<string, string>) =>
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))

  it.effect("reads the server's variables", () =>
    Effect.gen(function* () {
      const { audience, issuer, user } = yield* Token.decode(yield* mint)
      assert.deepStrictEqual([audience, issuer, user], [["app"], "backend", "42"])
      yield* Token.verify(yield* mint, "connection")
      const before = yield* Effect.provide(
        mint,
        Token.layer({ key: Token.hmac(otherSecret), audience: "app", issuer: "backend" })
      )
      yield* Token.verify(before, "connection")
      const subscription = yield* Token.subscription({ ...ten, channel: "a" })
      yield* Token.verify(subscription, "subscription").pipe(
        Effect.provide(Token.layerVerifier({ hmacSecretKey: Redacted.make("y".repeat(40)) }))
      )
    }).pipe(
      Effect.provide(
        Token.layerConfig().pipe(
          Layer.provide(
            from({
              CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: Redacted.value(secret),
              CENTRIFUGO_CLIENT_TOKEN_HMAC_PREVIOUS_SECRET_KEY: Redacted.value(otherSecret),
              CENTRIFUGO_CLIENT_TOKEN_AUDIENCE: "app",
              CENTRIFUGO_CLIENT_TOKEN_ISSUER: "backend",
              CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_ENABLED: "true",
              CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_HMAC_SECRET_KEY: "y".repeat(40)
            })
          )
        )
      )
    )
  )

  it.effect("prefers a private key", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(headerOf(yield* mint), { alg: "EdDSA", typ: "JWT", kid: "k1" })
    }).pipe(
      Effect.provide(
        Token.layerConfig().pipe(
          Layer.provide(
            from({
              CENTRIFUGO_TOKEN_PRIVATE_KEY: Redacted.value(edKey.pem),
              CENTRIFUGO_TOKEN_KEY_ID: "k1",
              CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: Redacted.value(secret)
            })
          )
        )
      )
    )
  )

  for (const [name, variables, says] of [
    ["nothing is set", {}, "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY"],
    ["the secret is empty", { CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: "" }, "empty"],
    [
      "subscription tokens have no key",
      {
        CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: Redacted.value(secret),
        CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_ENABLED: "true"
      },
      "CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_HMAC_SECRET_KEY"
    ]
  ] as const) {
    it.effect(`fails if ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          Effect.provide(Effect.context<never>(), Token.layerConfig().pipe(Layer.provide(from(variables))))
        )
        assert.include(String(error), says)
        assert.notInclude(String(error), Redacted.value(secret))
      })
    )
  }

  it.effect("track signatures also use the server's variable", () =>
    Effect.gen(function* () {
      assert.match(yield* Token.trackSignature({ ...ten, channel: "a", keys: ["k"] }), /^0:600:[0-9a-f]{64}$/)
    }).pipe(
      Effect.provide(
        Token.layerTrackConfig().pipe(
          Layer.provide(from({ CENTRIFUGO_SHARED_POLL_HMAC_SECRET_KEY: Redacted.value(secret) }))
        )
      )
    )
  )
})
