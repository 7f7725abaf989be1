import * as HttpApp from "@effect/platform/HttpApp"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as TokenClient from "@effect-centrifugo/tools/TokenClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Token from "../../src/Token.js"
import { ec, ed25519, secret } from "./keys.js"
import { headersOf, serve } from "./server.js"

const old = ed25519()
const next = ec("P-256")

const ask = (layer: Layer.Layer<Token.Signer, unknown>, options?: Parameters<typeof Token.jwks>[0]) =>
  Effect.promise(async () => {
    const { dispose, handler } = HttpApp.toWebHandlerLayer(Token.jwks(options), Layer.orDie(layer))
    const response = await handler(new Request("http://localhost/.well-known/jwks.json"))
    const text = await response.text()
    await dispose()
    return { status: response.status, headers: headersOf(response), text }
  })

describe("the JWKS endpoint", () => {
  const layer = Token.layer({
    key: Token.privateKey(old.pem, { keyId: "old" }),
    otherKeys: [Token.publicKey(next.publicPem, { keyId: "next" })],
    subscription: { key: Token.privateKey(next.pem, { keyId: "subscription" }) }
  })

  it.effect("has only the public keys, with cache headers", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* ask(layer)
      assert.strictEqual(status, 200)
      assert.strictEqual(headers["cache-control"], "public, max-age=300")
      assert.strictEqual(headers["content-type"], "application/jwk-set+json")
      assert.deepStrictEqual(JSON.parse(text), {
        keys: [
          { ...old.publicJwk, kid: "old", alg: "EdDSA", use: "sig" },
          { ...next.publicJwk, kid: "next", alg: "ES256", use: "sig" }
        ]
      })
      const own = yield* ask(layer, { maxAge: "1 hour", section: "subscription" })
      assert.strictEqual(own.headers["cache-control"], "public, max-age=3600")
      assert.deepStrictEqual(
        (JSON.parse(own.text) as Token.KeySet).keys.map(({ kid }) => kid),
        ["subscription"]
      )
    })
  )

  it.effect("is 404 with an explanation if tokens are signed with HMAC", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* ask(Token.layer({ key: Token.hmac(secret) }))
      assert.deepStrictEqual([status, headers["cache-control"]], [404, "no-store"])
      assert.include(text, "HMAC")
    })
  )
})

describe.skipIf(!Centrifugo.isAvailable())("the JWKS endpoint and a real server", () => {
  it.scopedLive("keys rotate without a restart, and the server requests only unknown keys", () =>
    Effect.gen(function* () {
      const before = { key: Token.privateKey(old.pem, { keyId: "old" }) }
      const after = { key: Token.privateKey(next.pem, { keyId: "next" }), otherKeys: [before.key] }
      const signers = yield* Effect.all(
        [before, after].map((options) => Effect.provide(Token.Signer, Token.layer(options)))
      )
      let now = 0
      const endpoint = yield* serve(
        Layer.succeed(Token.Signer, {
          get connection() {
            return signers[now]!.connection
          },
          get subscription() {
            return signers[now]!.subscription
          }
        })
      )
      const server = yield* CentrifugoServer.start({
        env: { CENTRIFUGO_CLIENT_TOKEN_JWKS_PUBLIC_ENDPOINT: endpoint.url }
      })
      const connect = (options: Token.Options) =>
        Effect.scoped(
          Effect.gen(function* () {
            const token = yield* Token.connection({ user: "42", expires: "10 minutes" })
            const client = yield* TokenClient.connect(server, { token })
            yield* client.await("connected")
          })
        ).pipe(Effect.provide(Token.layer(options)))
      yield* connect(before)
      yield* connect(before)
      assert.strictEqual(endpoint.asked(), 1)
      now = 1
      yield* connect(after)
      yield* connect(before)
      assert.strictEqual(endpoint.asked(), 2)
    })
  )
})
