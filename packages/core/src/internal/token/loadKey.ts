/** Imports keys for signing and verifying. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as jose from "jose"
import { ConfigError } from "../../CentrifugoError.js"
import * as der from "./der.js"
import { SignerError } from "./errors.js"
import {
  type Algorithm,
  type Asymmetric,
  asymmetricAlgorithms as asymmetric,
  curves,
  hmacAlgorithms,
  type Key,
  type KeySource,
  rsaAlgorithms
} from "./key.js"
import { secret } from "./secret.js"
import type { PublicKey } from "./Signer.js"
import { isBytes, isError } from "../codec/brand.js"
import { inOwnContext } from "../context/inOwnContext.js"

/** A key for verifying signatures. */
export type Verifying = { readonly _tag: "Secret"; readonly secret: Uint8Array } | PublicVerifying

/** An imported public key. */
export interface PublicVerifying {
  readonly _tag: "Public"
  readonly jwk: PublicKey
  readonly key: jose.CryptoKey
}

/** An imported key. A public key can't sign; a custom signer without `publicKey` can't verify. */
export interface Loaded {
  readonly sign: ((claims: string) => Effect.Effect<string, SignerError>) | undefined
  readonly verifying: Verifying | undefined
}

const fail = (option: string, detail: string) => new ConfigError({ option, detail })

/** Imports and tests a key. `option` names it in errors. */
export const load = (key: Key, option: string): Effect.Effect<Loaded, ConfigError> => {
  switch (key._tag) {
    case "Hmac":
      return loadHmac(key, option)
    case "Private":
      return loadPrivate(key, option)
    case "Public":
      return Effect.map(readPublic(key, option), (verifying) => ({ sign: undefined, verifying }))
    case "Custom":
      return loadCustom(key, option)
  }
}

const loadHmac = ({ algorithm, secret: given }: Extract<Key, { _tag: "Hmac" }>, option: string) =>
  hmacAlgorithms.includes(algorithm)
    ? Effect.map(secret(given, option), (bytes): Loaded => ({
        sign: signer({ alg: algorithm, typ: "JWT" }, bytes),
        verifying: { _tag: "Secret", secret: bytes }
      }))
    : fail(option, 'algorithm: expected "HS256", "HS384" or "HS512"')

const signer =
  (header: jose.CompactJWSHeaderParameters, key: jose.CryptoKey | Uint8Array): Loaded["sign"] =>
  (claims) =>
    Effect.tryPromise({
      try: () => new jose.CompactSign(new TextEncoder().encode(claims)).setProtectedHeader(header).sign(key),
      catch: (cause) => new SignerError({ detail: messageOf(cause), cause })
    })

const messageOf = (error: unknown): string => (isError(error) ? error.message : "it failed without an Error")

const headerOf = (alg: string, kid: string | undefined) => ({
  alg,
  typ: "JWT",
  ...(kid === undefined ? {} : { kid })
})

const loadPrivate = (
  { algorithm, key, keyId }: Extract<Key, { _tag: "Private" }>,
  option: string
): Effect.Effect<Loaded, ConfigError> =>
  Effect.gen(function* () {
    if (!Redacted.isRedacted(key)) return yield* fail(option, "it must be wrapped: Redacted.make(key)")
    const read = yield* importKey(Redacted.value(key), algorithm, option, "private")
    const jwk = yield* publicOf(read, keyId, option)
    const sign = signer(headerOf(jwk.alg, jwk.kid), read.key)!
    // Some problems show only when signing, such as an RSA key below 2,048 bits.
    yield* Effect.mapError(sign("{}"), (error) => fail(option, `it can't sign: ${error.detail}`))
    return { sign, verifying: yield* verifyingOf(jwk, option) }
  })

const readPublic = (
  { algorithm, key, keyId }: Pick<Extract<Key, { _tag: "Public" }>, "algorithm" | "key" | "keyId">,
  option: string
): Effect.Effect<PublicVerifying, ConfigError> =>
  importKey(key, algorithm, option, "public").pipe(
    Effect.flatMap((read) => publicOf(read, keyId, option)),
    Effect.flatMap((jwk) => verifyingOf(jwk, option))
  )

/** Imports the server's `rsa_public_key` or `ecdsa_public_key`. */
export const loadPublic = (
  source: KeySource,
  option: string,
  kty: "RSA" | "EC"
): Effect.Effect<PublicVerifying, ConfigError> =>
  Effect.filterOrFail(
    readPublic({ key: source, algorithm: undefined, keyId: undefined }, option),
    ({ jwk }) => jwk.kty === kty,
    ({ jwk }) => fail(option, `expected a key of type ${kty}, got one of type ${jwk.kty}`)
  )

const verifyingOf = (jwk: PublicKey, option: string) =>
  Effect.tryPromise({
    try: async () => ({ _tag: "Public", jwk, key: await importJwk({ ...jwk }, jwk.alg) }) as const,
    catch: () => fail(option, "its public key can't be read")
  })

const importJwk = async (jwk: jose.JWK, algorithm: string): Promise<jose.CryptoKey> => {
  const key = await jose.importJWK({ ...jwk, ext: true }, algorithm)
  if (isBytes(key)) throw new TypeError("it is a secret")
  return key
}

interface Imported {
  readonly key: jose.CryptoKey
  readonly algorithm: Asymmetric
  readonly keyId: string | undefined
}

const formats = {
  private: "a private key: PEM that begins with -----BEGIN PRIVATE KEY-----, or a JWK with d",
  public: "a public key: PEM that begins with -----BEGIN PUBLIC KEY-----, or a JWK"
}

const otherPems = [
  [/^-----BEGIN ENCRYPTED PRIVATE KEY/, "it is encrypted; decrypt it with `openssl pkcs8 -in key.pem`"],
  [
    /^-----BEGIN (RSA|EC) PRIVATE KEY/,
    "it is in an older format; convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem`"
  ],
  [/^-----BEGIN (RSA )?PUBLIC KEY/, "it is a public key, which can't sign"],
  [/^-----BEGIN PRIVATE KEY/, "it is a private key; pass its public key"]
] as const

const importKey = (
  source: KeySource,
  algorithm: Asymmetric | undefined,
  option: string,
  type: "private" | "public"
): Effect.Effect<Imported, ConfigError> => {
  if (algorithm !== undefined && !asymmetric.includes(algorithm)) {
    return fail(option, `algorithm: expected one of ${asymmetric.join(", ")}`)
  }
  // Environment variables often hold the two characters \n for each line break.
  const given = typeof source === "string" ? source.trim().replaceAll("\\n", "\n") : source
  if (typeof given === "string" && !given.startsWith("{")) {
    return importPem(given, algorithm, option, type)
  }
  const jwk = typeof given === "string" ? parse(given) : given
  if (typeof jwk !== "object" || jwk === null) return fail(option, `expected ${formats[type]}`)
  return importAnyJwk(jwk, algorithm, option, type)
}

const parse = (text: string): KeySource | undefined => {
  try {
    return JSON.parse(text) as KeySource
  } catch {
    return undefined
  }
}

const importPem = (
  pem: string,
  algorithm: Asymmetric | undefined,
  option: string,
  type: "private" | "public"
): Effect.Effect<Imported, ConfigError> => {
  const read = type === "private" ? jose.importPKCS8 : jose.importSPKI
  if (!pem.startsWith(`-----BEGIN ${type.toUpperCase()} KEY-----`)) {
    return fail(option, otherPems.find(([begin]) => begin.test(pem))?.[1] ?? `expected ${formats[type]}`)
  }
  // Web Crypto has no way to ask a PEM for its algorithm: try each.
  return Effect.firstSuccessOf(
    (algorithm === undefined ? asymmetric : [algorithm]).map((alg) =>
      Effect.tryPromise(async () => ({
        key: await read(pem, alg, { extractable: true }),
        algorithm: alg,
        keyId: undefined
      }))
    )
  ).pipe(Effect.mapError(() => fail(option, unread(algorithm))))
}

const unread = (algorithm: Asymmetric | undefined) =>
  algorithm === undefined
    ? "it can't be read; expected an RSA, ECDSA (P-256, P-384 or P-521) or Ed25519 key"
    : `it can't be read as a key of ${algorithm}`

const importAnyJwk = (
  jwk: { readonly [parameter: string]: unknown },
  given: Asymmetric | undefined,
  option: string,
  type: "private" | "public"
): Effect.Effect<Imported, ConfigError> => {
  if (type === "private" && typeof jwk["d"] !== "string") {
    return fail(
      option,
      jwk["kty"] === "oct" ? "it is a secret; use Token.hmac" : "it is a public key: it has no d"
    )
  }
  const algorithm = given ?? algorithmOf(jwk)
  if (algorithm === undefined) return fail(option, unread(undefined))
  const own =
    type === "private" ? jwk : Object.fromEntries(Object.entries(jwk).filter(([name]) => name !== "d"))
  return Effect.tryPromise({
    try: async () => ({
      key: await importJwk({ ...own }, algorithm),
      algorithm,
      keyId: typeof jwk["kid"] === "string" ? jwk["kid"] : undefined
    }),
    catch: () => fail(option, unread(given))
  })
}

const algorithmOf = (jwk: { readonly [parameter: string]: unknown }): Asymmetric | undefined => {
  if (jwk["kty"] === "RSA") return asymmetric.find((algorithm) => algorithm === jwk["alg"]) ?? "RS256"
  return curves[String(jwk["crv"])]
}

/** The public JWK, with the fields a JWKS needs. */
const publicOf = (
  { algorithm, key, keyId: own }: Imported,
  given: string | undefined,
  option: string
): Effect.Effect<PublicKey, ConfigError> =>
  Effect.gen(function* () {
    const jwk = yield* Effect.tryPromise({
      try: () => jose.exportJWK(key),
      catch: () => fail(option, "its public key can't be read")
    })
    const kid = given ?? own ?? (yield* Effect.promise(() => jose.calculateJwkThumbprint(jwk)))
    if (kid === "") return yield* fail(option, "keyId: expected a non-empty name")
    return {
      kty: String(jwk.kty),
      kid,
      alg: algorithm,
      use: "sig",
      ...(rsaAlgorithms.includes(algorithm)
        ? { n: String(jwk.n), e: String(jwk.e) }
        : {
            crv: String(jwk.crv),
            x: String(jwk.x),
            ...(jwk.y === undefined ? {} : { y: jwk.y })
          })
    }
  })

/** The length of r, and of s, in bytes. */
const ecdsaSizes: { readonly [algorithm: string]: number } = { ES256: 32, ES384: 48, ES512: 66 }

const loadCustom = (
  { algorithm, keyId, publicKey, sign }: Extract<Key, { _tag: "Custom" }>,
  option: string
): Effect.Effect<Loaded, ConfigError> =>
  Effect.gen(function* () {
    const known = asymmetric.find((one) => one === algorithm)
    if (known === undefined && !hmacAlgorithms.includes(algorithm)) {
      return yield* fail(
        option,
        "algorithm: the server does not verify it; expected HS, RS or ES with 256, 384 or 512, or EdDSA"
      )
    }
    const verifying =
      publicKey === undefined || known === undefined
        ? undefined
        : yield* readPublic({ key: publicKey, keyId, algorithm: known }, `${option}.publicKey`)
    const kid = keyId ?? verifying?.jwk.kid
    if (algorithm === "EdDSA" && kid === undefined) {
      return yield* fail(
        option,
        "the server verifies EdDSA by a JWKS endpoint only, which needs a keyId or a publicKey"
      )
    }
    const header = jose.base64url.encode(JSON.stringify(headerOf(algorithm, kid)))
    return {
      sign: (claims) => {
        const signed = `${header}.${jose.base64url.encode(claims)}`
        return inOwnContext(sign(new TextEncoder().encode(signed))).pipe(
          Effect.mapError((cause) => new SignerError({ detail: messageOf(cause), cause })),
          Effect.flatMap((signature) => checked(signature, algorithm)),
          Effect.map((signature) => `${signed}.${jose.base64url.encode(signature)}`)
        )
      },
      verifying
    }
  })

const checked = (signature: Uint8Array, algorithm: Algorithm): Effect.Effect<Uint8Array, SignerError> => {
  if (!isBytes(signature) || signature.length === 0) {
    return new SignerError({ detail: "the custom signer returned no bytes" })
  }
  const size = ecdsaSizes[algorithm]
  if (size === undefined || signature.length === 2 * size) return Effect.succeed(signature)
  const raw = der.toRaw(signature, size)
  return raw === undefined
    ? new SignerError({
        detail: `the custom signer returned ${signature.length} bytes; ${algorithm} needs ${2 * size}, or DER`
      })
    : Effect.succeed(raw)
}
