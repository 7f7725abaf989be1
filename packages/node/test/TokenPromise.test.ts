import { TypedChannel } from "@effect-centrifugo/core"
import { Redacted, Schema } from "effect"
import { generateKeyPairSync, sign } from "node:crypto"
import { afterEach, assert, describe, it, vi } from "vitest"
import * as TokenPromise from "../src/TokenPromise.js"

const secret = "a-secret-of-the-tests-of-32-bytes-and-more"
const rejection = (promise: Promise<unknown>): Promise<{ readonly _tag: string; readonly message: string }> =>
  promise.then(
    () => assert.fail("it resolved"),
    (error: { readonly _tag: string; readonly message: string }) => error
  )

const Chat = TypedChannel.make("chat:{room}", {
  params: { room: Schema.NumberFromString },
  data: Schema.String
})

describe("tokens as promises", () => {
  it("mints, verifies and decodes", async () => {
    const { connection, decode, mint, subscription, verify } = await TokenPromise.make({ secret })
    const token = await connection({ user: "42", expires: "10 minutes", info: { a: 1 } })
    const claims = await verify(token, "connection")
    assert.deepStrictEqual([claims.user, claims.info], ["42", { a: 1 }])
    const chat = await subscription({ user: "42", channel: "chat:7", expires: "never" })
    assert.strictEqual((await verify(chat, "subscription", { channel: "chat:7" })).channel, "chat:7")
    const typed = await mint(Chat.token({ user: "42", expires: "1 minute" }, { room: 7 }))
    assert.strictEqual((await decode(typed))._tag, "Subscription")
  })

  it("rejects with the error itself", async () => {
    const { connection, decode, trackSignature, verify } = await TokenPromise.make({ secret })
    assert.instanceOf(await rejection(connection({ user: "", expires: "never" })), TokenPromise.ClaimsError)
    assert.instanceOf(await rejection(verify("garbage", "connection")), TokenPromise.RefusedError)
    assert.instanceOf(await rejection(decode("garbage")), TokenPromise.RefusedError)
    const track = trackSignature({ user: "42", channel: "a", keys: ["k"], expires: "never" })
    assert.include((await rejection(track)).message, "trackSecret")
    const short = await rejection(TokenPromise.make({ secret: "short" }))
    assert.strictEqual(short._tag, "CentrifugoConfigError")
    assert.notInclude(short.message, "short")
  })

  it("signs with key pairs and functions, and publishes their public keys", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519")
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string
    const publicPem = publicKey.export({ format: "pem", type: "spki" }) as string
    const pair = await TokenPromise.make({ key: TokenPromise.privateKey(pem, { keyId: "k" }) })
    const custom = await TokenPromise.make({
      key: TokenPromise.custom({
        algorithm: "EdDSA",
        keyId: "k",
        publicKey: publicPem,
        sign: (data) => Promise.resolve(sign(null, data, privateKey))
      })
    })
    const token = await custom.connection({ user: TokenPromise.anonymous, expires: "1 minute" })
    assert.strictEqual((await pair.verify(token, "connection")).user, "")
    assert.deepStrictEqual(await pair.keySet(), await custom.keySet())
    const broken = await TokenPromise.make({
      key: TokenPromise.custom({
        algorithm: "ES256",
        sign: () => {
          throw new Error("no such key")
        }
      })
    })
    const error = await rejection(broken.connection({ user: "42", expires: "1 minute" }))
    assert.instanceOf(error, TokenPromise.SignerError)
    assert.include(error.message, "no such key")
  })

  it("signs tracked keys", async () => {
    const { trackSignature } = await TokenPromise.make({ secret, trackSecret: Redacted.make(secret) })
    const signature = await trackSignature({ user: "42", channel: "a", keys: ["k"], expires: "1 minute" })
    assert.match(signature, /^\d+:\d+:[0-9a-f]{64}$/)
  })

  describe("from the environment", () => {
    afterEach(() => vi.unstubAllEnvs())

    it("reads the server's variables; options replace them", async () => {
      vi.stubEnv("CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY", secret)
      const { connection, decode } = await TokenPromise.make({ audience: "app" })
      const { audience } = await decode(await connection({ user: "42", expires: "1 minute" }))
      assert.deepStrictEqual(audience, ["app"])
    })

    it("rejects if no variable is set", async () => {
      const error = await rejection(TokenPromise.make())
      assert.include(String(error), "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY")
    })
  })
})
