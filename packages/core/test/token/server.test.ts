import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as TokenClient from "@effect-centrifugo/tools/TokenClient"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import * as Token from "../../src/Token.js"
import { ec, ed25519, otherSecret, rsa, secret } from "./keys.js"
import { call, checkByServer, raw, serve, shifted } from "./server.js"

/**
 * Each case was captured from a real client of a real server. If the client sees a code, `Token.verify` reports
 * the same code, and the server's checktoken agrees on whether the token is valid.
 */
interface Case {
  readonly name: string
  readonly server: keyof Servers["Type"]
  readonly token: Effect.Effect<string, unknown>
  /** The token to connect with, or the channel to subscribe to with it. */
  readonly channel?: string
  /** The client's final event. */
  readonly sees: TokenClient.Event
  /** The code of the refusal, from the token alone. */
  readonly code?: number
  readonly reason?: Token.Reason
}

const rsaKey = rsa()
const ecKey = ec("P-256")
const ecOther = ec("P-384")
const edKey = ed25519()
const bytes = new TextEncoder().encode(Redacted.value(secret))

const namespaces = [
  { name: "priv", history_size: 10, history_ttl: "60s", presence: true },
  { name: "pub", presence: true, allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true }
]

const strict = { CENTRIFUGO_CLIENT_ALLOW_ANONYMOUS_CONNECT_WITHOUT_TOKEN: "false" }
const withSecret = { ...strict, CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: Redacted.value(secret) }

interface Member {
  readonly server: CentrifugoServer.Service
  readonly verifier: Layer.Layer<Token.Verifier, unknown>
}

/** The signers of each server's tokens. */
const hmac = Token.layer({ key: Token.hmac(secret) })
const rotated = Token.layer({ key: Token.hmac(otherSecret), otherKeys: [Token.hmac(secret)] })
const byRsa = Token.layer({ key: Token.privateKey(rsaKey.pem) })
const byEc = Token.layer({ key: Token.privateKey(ecKey.pem) })
const keys = Token.layer({
  key: Token.privateKey(edKey.pem, { keyId: "ed" }),
  otherKeys: [
    Token.privateKey(ecKey.jwk, { keyId: "ec" }),
    Token.publicKey(rsaKey.publicPem, { keyId: "rsa" })
  ]
})
const byKid = (kid: string, key: Token.SigningKey) =>
  Token.layer({ key: { ...key, keyId: kid } as Token.SigningKey })
const claimed = Token.layer({
  key: Token.hmac(secret),
  audience: ["other", "app"],
  issuer: "backend",
  userIdClaim: "uid",
  subscription: { key: Token.hmac(otherSecret) }
})

class Servers extends Context.Tag("test/Servers")<
  Servers,
  { readonly hmac: Member; readonly keys: Member; readonly jwks: Member; readonly claims: Member }
>() {}

const live = Layer.scoped(
  Servers,
  Effect.gen(function* () {
    const jwks = yield* serve(keys)
    const start = (env: Record<string, string>) => CentrifugoServer.start({ namespaces, env })
    const servers = yield* Effect.all(
      {
        hmac: start({
          ...withSecret,
          CENTRIFUGO_CLIENT_TOKEN_HMAC_PREVIOUS_SECRET_KEY: Redacted.value(otherSecret)
        }),
        keys: start({
          ...withSecret,
          CENTRIFUGO_CLIENT_TOKEN_RSA_PUBLIC_KEY: rsaKey.publicPem,
          CENTRIFUGO_CLIENT_TOKEN_ECDSA_PUBLIC_KEY: ecKey.publicPem
        }),
        jwks: start({ ...withSecret, CENTRIFUGO_CLIENT_TOKEN_JWKS_PUBLIC_ENDPOINT: jwks.url }),
        claims: start({
          ...withSecret,
          CENTRIFUGO_CLIENT_TOKEN_AUDIENCE: "app",
          CENTRIFUGO_CLIENT_TOKEN_ISSUER: "backend",
          CENTRIFUGO_CLIENT_TOKEN_USER_ID_CLAIM: "uid",
          CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_ENABLED: "true",
          CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_HMAC_SECRET_KEY: Redacted.value(otherSecret)
        })
      },
      { concurrency: 2 }
    )
    const keySet = Effect.provide(Token.keySet(), keys)
    return {
      hmac: {
        server: servers.hmac,
        verifier: Token.layerVerifier({ hmacSecretKey: secret, hmacPreviousSecretKey: otherSecret })
      },
      keys: {
        server: servers.keys,
        verifier: Token.layerVerifier({
          hmacSecretKey: secret,
          rsaPublicKey: rsaKey.publicPem,
          ecdsaPublicKey: ecKey.publicPem
        })
      },
      jwks: { server: servers.jwks, verifier: Token.layerVerifier({ hmacSecretKey: secret, jwks: keySet }) },
      claims: {
        server: servers.claims,
        verifier: Token.layerVerifier({
          hmacSecretKey: secret,
          audience: "app",
          issuer: "backend",
          userIdClaim: "uid",
          subscription: { hmacSecretKey: otherSecret }
        })
      }
    }
  })
)

const options = { user: "42", expires: "10 minutes" } as const
const connecting = Token.connection(options)
const subscribing = (channel: string, more: object = {}) =>
  Token.subscription({ ...options, ...more, channel })
const now = () => Math.floor(Date.now() / 1000)
const rawToken = (claims: object, header?: { readonly alg: string; readonly kid?: string }) =>
  Effect.suspend(() => Effect.promise(() => raw(bytes, { exp: now() + 600, ...claims }, header)))
const unsigned = Effect.sync(() =>
  [JSON.stringify({ alg: "none" }), JSON.stringify({ sub: "42" }), ""]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".")
)
const by = <A, E>(token: Effect.Effect<A, E, Token.Signer>, signer: Layer.Layer<Token.Signer, unknown>) =>
  Effect.provide(token, signer)

const invalid = { sees: "disconnected 3500", code: 3500 } as const
const late = { sees: "error 109", code: 109 } as const
const good = { sees: "connected" } as const

const cases: ReadonlyArray<Case> = [
  { name: "HS256", server: "hmac", token: by(connecting, hmac), ...good },
  ...(["HS384", "HS512"] as const).map((algorithm) => ({
    name: `${algorithm} with the same secret`,
    server: "hmac" as const,
    token: by(connecting, Token.layer({ key: Token.hmac(secret, { algorithm }) })),
    ...good
  })),
  {
    name: "without exp",
    server: "hmac",
    token: by(Token.connection({ user: "42", expires: "never" }), hmac),
    ...good
  },
  {
    name: "without a user",
    server: "hmac",
    token: by(Token.connection({ ...options, user: Token.anonymous }), hmac),
    ...good
  },
  { name: "by the server's previous secret", server: "hmac", token: by(connecting, rotated), ...good },
  { name: "RS256", server: "keys", token: by(connecting, byRsa), ...good },
  ...(["RS384", "RS512"] as const).map((algorithm) => ({
    name: `${algorithm} with the same key`,
    server: "keys" as const,
    token: by(connecting, Token.layer({ key: Token.privateKey(rsaKey.jwk, { algorithm }) })),
    ...good
  })),
  { name: "ES256", server: "keys", token: by(connecting, byEc), ...good },
  { name: "HS256, if there are also public keys", server: "keys", token: by(connecting, hmac), ...good },
  {
    name: "ES384, where the key is for ES256",
    server: "keys",
    token: by(connecting, Token.layer({ key: Token.privateKey(ecOther.pem) })),
    ...invalid,
    reason: "Algorithm"
  },
  {
    name: "EdDSA, without a JWKS",
    server: "keys",
    token: by(connecting, keys),
    ...invalid,
    reason: "Algorithm"
  },
  {
    name: "PS256",
    server: "keys",
    token: Effect.promise(async () => {
      const { importPKCS8 } = await import("jose")
      const key = await importPKCS8(Redacted.value(rsaKey.pem), "PS256")
      return raw(key, { sub: "42" }, { alg: "PS256" })
    }),
    ...invalid,
    reason: "Algorithm"
  },
  { name: "EdDSA by JWKS", server: "jwks", token: by(connecting, keys), ...good },
  {
    name: "ES256 by JWKS",
    server: "jwks",
    token: by(connecting, byKid("ec", Token.privateKey(ecKey.pem))),
    ...good
  },
  {
    name: "RS256 by JWKS",
    server: "jwks",
    token: by(connecting, byKid("rsa", Token.privateKey(rsaKey.pem))),
    ...good
  },
  {
    name: "by JWKS, without a kid",
    server: "jwks",
    token: Effect.promise(() => raw(ecKey.privateKey as never, { sub: "42" }, { alg: "ES256" })),
    ...invalid,
    reason: "Key"
  },
  {
    name: "by JWKS, with an unknown kid",
    server: "jwks",
    token: by(connecting, byEc),
    ...invalid,
    reason: "Key"
  },
  {
    name: "HS256, with a JWKS",
    server: "jwks",
    token: by(connecting, hmac),
    ...invalid,
    reason: "Key"
  },
  {
    name: "HS256 with the kid of a public key",
    server: "jwks",
    token: rawToken({ sub: "42" }, { alg: "HS256", kid: "ec" }),
    ...invalid,
    reason: "Algorithm"
  },
  {
    name: "by another key with the same kid",
    server: "jwks",
    token: by(connecting, byKid("ec", Token.privateKey(ec("P-256").pem))),
    ...invalid,
    reason: "Signature"
  },
  {
    name: "expire_at in the past",
    server: "hmac",
    token: rawToken({ sub: "42", expire_at: 1000 }),
    sees: "disconnected 110",
    code: 110,
    reason: "Ended"
  },
  {
    name: "expire_at in the past",
    server: "hmac",
    token: rawToken({ sub: "42", channel: "priv:a", expire_at: 1000 }),
    channel: "priv:a",
    sees: "unsubscribed 110",
    code: 110,
    reason: "Ended"
  },
  {
    name: "expired",
    server: "hmac",
    token: shifted(-3600)(by(connecting, hmac)),
    ...late,
    reason: "Expired"
  },
  {
    name: "before its nbf",
    server: "hmac",
    token: by(Token.connection({ ...options, notBefore: "5 minutes" }), hmac),
    ...late,
    reason: "NotBefore"
  },
  {
    name: "by another secret",
    server: "hmac",
    token: by(connecting, Token.layer({ key: Token.hmac(Redacted.make("x".repeat(40))) })),
    ...invalid,
    reason: "Signature"
  },
  { name: "garbage", server: "hmac", token: Effect.succeed("garbage"), ...invalid, reason: "Malformed" },
  { name: "no token", server: "hmac", token: Effect.succeed(""), sees: "disconnected 3501" },
  { name: "a numeric sub", server: "hmac", token: rawToken({ sub: 42 }), ...invalid, reason: "Claims" },
  {
    name: "a subscription token",
    server: "hmac",
    token: by(subscribing("pub:a"), hmac),
    ...invalid,
    reason: "Kind"
  },
  { name: "alg none", server: "hmac", token: unsigned, ...invalid, reason: "Algorithm" },
  {
    name: "expire_at with a fraction",
    server: "hmac",
    token: rawToken({ sub: "42", expire_at: 1e10 + 0.5 }),
    ...invalid,
    reason: "Claims"
  },
  { name: "exp with a fraction", server: "hmac", token: rawToken({ sub: "42", exp: 2e9 + 0.5 }), ...good },
  { name: "exp as text", server: "hmac", token: rawToken({ sub: "42", exp: "2000000000" }), ...good },
  {
    name: "exp that is not a number",
    server: "hmac",
    token: rawToken({ sub: "42", exp: true }),
    ...invalid,
    reason: "Claims"
  },
  {
    name: "aud that is null",
    server: "hmac",
    token: rawToken({ sub: "42", aud: null }),
    ...invalid,
    reason: "Claims"
  },
  {
    name: "null instead of a string",
    server: "hmac",
    token: rawToken({ sub: null, exp: null, info: null, subs: null, channels: null }),
    ...good
  },
  {
    name: "channels that are not a list",
    server: "hmac",
    token: rawToken({ channels: "a" }),
    ...invalid,
    reason: "Claims"
  },
  {
    name: "an override that is not a boolean",
    server: "hmac",
    token: rawToken({ subs: { "pub:a": { override: { presence: true } } } }),
    ...invalid,
    reason: "Claims"
  },
  {
    name: "b64info that is not base64",
    server: "hmac",
    token: rawToken({ b64info: "*" }),
    sees: "error 100",
    code: 100,
    reason: "Base64"
  },
  {
    name: "an unknown namespace among its channels",
    server: "hmac",
    token: by(Token.connection({ ...options, channels: ["zz:a"] }), hmac),
    sees: "disconnected 102"
  },
  {
    name: "several audiences, iss and a user claim",
    server: "claims",
    token: by(connecting, claimed),
    ...good
  },
  {
    name: "another audience",
    server: "claims",
    token: by(Token.connection({ ...options, audience: "you" }), claimed),
    ...invalid,
    reason: "Audience"
  },
  {
    name: "another issuer",
    server: "claims",
    token: by(Token.connection({ ...options, issuer: "you" }), claimed),
    ...invalid,
    reason: "Issuer"
  },

  {
    name: "to subscribe",
    server: "hmac",
    token: by(subscribing("priv:a"), hmac),
    channel: "priv:a",
    sees: "subscribed"
  },
  {
    name: "to a private channel",
    server: "hmac",
    token: by(subscribing("$secret"), hmac),
    channel: "$secret",
    sees: "subscribed"
  },
  {
    name: "with recovery",
    server: "hmac",
    token: by(subscribing("priv:a", { override: { forceRecovery: true }, info: { a: 1 } }), hmac),
    channel: "priv:a",
    sees: "recoverable"
  },
  {
    name: "no token",
    server: "hmac",
    token: Effect.succeed(""),
    channel: "priv:b",
    sees: "unsubscribed 103"
  },
  {
    name: "no token, if none is needed",
    server: "hmac",
    token: Effect.succeed(""),
    channel: "pub:a",
    sees: "subscribed"
  },
  {
    name: "expired",
    server: "hmac",
    token: shifted(-3600)(by(subscribing("priv:a"), hmac)),
    channel: "priv:a",
    sees: "unsubscribed 1",
    code: 109,
    reason: "Expired"
  },
  {
    name: "by another secret",
    server: "hmac",
    token: by(subscribing("priv:a"), Token.layer({ key: Token.hmac(Redacted.make("x".repeat(40))) })),
    channel: "priv:a",
    sees: "unsubscribed 103",
    code: 103,
    reason: "Signature"
  },
  {
    name: "a connection token",
    server: "hmac",
    token: by(connecting, hmac),
    channel: "priv:a",
    sees: "unsubscribed 103",
    code: 103,
    reason: "Kind"
  },
  {
    name: "an unknown namespace",
    server: "hmac",
    token: by(subscribing("zz:a"), hmac),
    channel: "zz:a",
    sees: "unsubscribed 102"
  },
  {
    name: "another channel",
    server: "hmac",
    token: by(subscribing("priv:b"), hmac),
    channel: "priv:a",
    ...invalid,
    reason: "Channel"
  },
  {
    name: "another user",
    server: "hmac",
    token: by(Token.subscription({ ...options, user: "43", channel: "priv:a" }), hmac),
    channel: "priv:a",
    ...invalid,
    reason: "User"
  },
  {
    name: "no sub",
    server: "hmac",
    token: rawToken({ channel: "priv:a" }),
    channel: "priv:a",
    ...invalid,
    reason: "User"
  },
  {
    name: "a numeric sub",
    server: "hmac",
    token: rawToken({ sub: 42, channel: "priv:a" }),
    channel: "priv:a",
    sees: "unsubscribed 103",
    code: 103,
    reason: "Claims"
  },
  {
    name: "b64info that is not base64",
    server: "hmac",
    token: rawToken({ sub: "42", channel: "priv:a", b64info: "*" }),
    channel: "priv:a",
    sees: "unsubscribed 103",
    code: 103,
    reason: "Base64"
  },
  {
    name: "by the separate secret",
    server: "claims",
    token: by(subscribing("priv:a"), claimed),
    channel: "priv:a",
    sees: "subscribed"
  },
  {
    name: "by the general secret, if there is a separate one",
    server: "claims",
    token: by(subscribing("priv:a"), hmac),
    channel: "priv:a",
    sees: "unsubscribed 103",
    code: 103,
    reason: "Signature"
  },
  {
    name: "by JWKS",
    server: "jwks",
    token: by(subscribing("priv:a"), byKid("ec", Token.privateKey(ecKey.pem))),
    channel: "priv:a",
    sees: "subscribed"
  }
]

/** The user whose subscription the test checks. */
const connectAs = { hmac, keys: hmac, jwks: keys, claims: claimed }

const kindOf = ({ channel }: Case) => (channel === undefined ? "connection" : "subscription")

const verified = (
  token: string,
  channel: string | undefined
): Effect.Effect<unknown, Token.RefusedError, Token.Verifier> =>
  channel === undefined
    ? Token.verify(token, "connection")
    : Token.verify(token, "subscription", { user: "42", channel })

const suite = Centrifugo.isAvailable() ? describe : describe.skip

suite("tokens", () =>
  layer(live, { excludeTestServices: true })("at a real server", (it) => {
    describe.concurrent("sees", () => {
      for (const one of cases) {
        const { channel, code, name, reason, sees, server: which } = one
        const kind = kindOf(one)
        it.scoped(`${kind}: ${name}: ${sees}`, () =>
          Effect.gen(function* () {
            const { server, verifier } = (yield* Servers)[which]
            const token = yield* one.token
            const client = yield* TokenClient.connect(
              server,
              channel === undefined
                ? { token }
                : { token: yield* by(connecting, connectAs[which]), subscribe: { channel, token } }
            )
            yield* client.await(sees)
            if (token === "") return
            const checked = yield* Effect.either(verified(token, channel)).pipe(Effect.provide(verifier))
            const found = checked._tag === "Left" ? checked.left : undefined
            assert.deepStrictEqual([found?.code, found?.reason], [code, reason])
          })
        )
      }
    })

    it.effect("checktoken and checksubtoken agree", () =>
      Effect.gen(function* () {
        const servers = yield* Servers
        yield* Effect.forEach(
          cases,
          (one) =>
            Effect.gen(function* () {
              const token = yield* one.token
              // The server's commands know the namespaces, which `verify` does not, and they do not check the client.
              if (token === "" || one.sees.endsWith(" 102")) return
              const isGood =
                one.code === undefined ||
                one.code === 110 ||
                one.reason === "User" ||
                one.reason === "Channel"
              const { ok, output } = yield* checkByServer(servers[one.server].server, kindOf(one), token)
              assert.strictEqual(ok, isGood, `${one.name}: ${output}`)
            }),
          { concurrency: 4, discard: true }
        )
      })
    )

    it.scoped("the server has the user, the info, and the server-side subscriptions", () =>
      Effect.gen(function* () {
        const { server } = (yield* Servers).hmac
        const client = yield* TokenClient.connect(server, {
          token: yield* Token.connection({
            ...options,
            info: { name: "Ж😀" },
            meta: { plan: "pro" },
            subs: { "pub:subs": { info: { color: "red" }, data: { hello: "you" } } }
          }),
          subscribe: {
            channel: "priv:info",
            token: yield* subscribing("priv:info", { info: { role: "admin" }, data: [1] })
          }
        })
        yield* client.await("subscribed")
        const info = { user: "42", client: client.id(), conn_info: { name: "Ж😀" } }
        const presenceOf = (channel: string) => call(server, "presence", { channel })
        assert.deepStrictEqual(yield* presenceOf("pub:subs"), {
          presence: { [client.id()]: { ...info, chan_info: { color: "red" } } }
        })
        assert.deepStrictEqual(yield* presenceOf("priv:info"), {
          presence: { [client.id()]: { ...info, chan_info: { role: "admin" } } }
        })
        assert.deepStrictEqual(client.serverSubs.get("pub:subs"), { hello: "you" })
        assert.deepStrictEqual(client.subscribeData(), [1])
      }).pipe(Effect.provide(hmac))
    )

    it.scoped("the server reads the user from a custom claim", () =>
      Effect.gen(function* () {
        const { server } = (yield* Servers).claims
        const token = yield* Token.connection({ ...options, channels: ["pub:uid"] })
        const client = yield* TokenClient.connect(server, { token })
        yield* client.await("connected")
        const presence = yield* call(server, "presence", { channel: "pub:uid" })
        assert.deepStrictEqual(presence, { presence: { [client.id()]: { user: "42", client: client.id() } } })
      }).pipe(Effect.provide(claimed))
    )

    describe.concurrent("over time", () => {
      const connection = (expires: Token.Expiry) => Token.connection({ user: "42", expires })
      const subscription = (expires: Token.Expiry) =>
        Token.subscription({ user: "42", channel: "priv:time", expires })
      const counted = <E>(token: Effect.Effect<string, E, Token.Signer>) => {
        let count = 0
        return {
          count: () => count,
          until: (expected: number) =>
            Effect.sync(() => count).pipe(
              Effect.delay("20 millis"),
              Effect.repeat({ until: (count) => count >= expected }),
              Effect.timeout("20 seconds")
            ),
          get: () => {
            count++
            return Effect.runPromise(by(token, hmac).pipe(Effect.orDie))
          }
        }
      }

      it.scoped("getToken gets another token before the token expires, and the connection continues", () =>
        Effect.gen(function* () {
          const tokens = counted(connection("2 seconds"))
          const client = yield* TokenClient.connect((yield* Servers).hmac.server, { getToken: tokens.get })
          yield* client.await("connected")
          yield* tokens.until(3)
          assert.deepStrictEqual(client.events, ["connected"])
        })
      )

      it.scoped("an expired token leads to getToken", () =>
        Effect.gen(function* () {
          const tokens = counted(connection("10 minutes"))
          const token = yield* shifted(-3600)(by(connection("10 minutes"), hmac))
          const client = yield* TokenClient.connect((yield* Servers).hmac.server, {
            token,
            getToken: tokens.get
          })
          yield* client.await("connected")
          assert.deepStrictEqual([client.events, tokens.count()], [["error 109", "connected"], 1])
        })
      )

      it.scoped("without getToken the client gives up", () =>
        Effect.gen(function* () {
          const token = yield* by(connection("2 seconds"), hmac)
          const client = yield* TokenClient.connect((yield* Servers).hmac.server, { token })
          yield* client.await("disconnected 1")
          assert.deepStrictEqual(client.events, ["connected", "error 12", "disconnected 1"])
        })
      )

      it.scoped('with expireAt "never" the token is checked once, and the connection never expires', () =>
        Effect.gen(function* () {
          const token = yield* by(
            Token.connection({ user: "42", expires: "2 seconds", expireAt: "never" }),
            hmac
          )
          const client = yield* TokenClient.connect((yield* Servers).hmac.server, { token })
          yield* client.await("connected")
          yield* Effect.sleep("4 seconds")
          assert.deepStrictEqual(client.events, ["connected"])
        })
      )

      it.scoped("getToken of a subscription works the same way", () =>
        Effect.gen(function* () {
          const tokens = counted(subscription("2 seconds"))
          const client = yield* TokenClient.connect((yield* Servers).hmac.server, {
            token: yield* by(connection("10 minutes"), hmac),
            subscribe: { channel: "priv:time", getToken: tokens.get }
          })
          yield* client.await("subscribed")
          yield* tokens.until(3)
          assert.deepStrictEqual(client.events, ["connected", "subscribed"])
        })
      )

      it.scoped("without getToken the subscription ends, and the connection continues", () =>
        Effect.gen(function* () {
          const client = yield* TokenClient.connect((yield* Servers).hmac.server, {
            token: yield* by(connection("10 minutes"), hmac),
            subscribe: { channel: "priv:time", token: yield* by(subscription("2 seconds"), hmac) }
          })
          yield* client.await("unsubscribed 1")
          assert.deepStrictEqual(client.events, [
            "connected",
            "subscribed",
            "subscription error 12",
            "unsubscribed 1"
          ])
        })
      )
    })
  })
)
