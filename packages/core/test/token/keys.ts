import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { Redacted } from "effect"

/** Key pairs in the formats that users have: PEM and JWK. */
const pair = (made: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }) => ({
  ...made,
  pem: Redacted.make(made.privateKey.export({ format: "pem", type: "pkcs8" }) as string),
  publicPem: made.publicKey.export({ format: "pem", type: "spki" }) as string,
  jwk: Redacted.make(JSON.stringify(made.privateKey.export({ format: "jwk" }))),
  publicJwk: made.publicKey.export({ format: "jwk" })
})

export type Pair = ReturnType<typeof pair>

export const ec = (namedCurve: "P-256" | "P-384" | "P-521") => pair(generateKeyPairSync("ec", { namedCurve }))
export const rsa = (modulusLength = 2048) => pair(generateKeyPairSync("rsa", { modulusLength }))
export const ed25519 = () => pair(generateKeyPairSync("ed25519"))

export const secret = Redacted.make("a-secret-of-the-tests-of-32-bytes-and-more")
export const otherSecret = Redacted.make("another-secret-of-the-tests-of-32-bytes-too")
