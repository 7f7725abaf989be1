/** Checks HMAC secrets. Does not import `jose`. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { ConfigError } from "../../CentrifugoError.js"

const fail = (option: string, detail: string) => new ConfigError({ option, detail })

/** The minimum length in bytes. RFC 7518 requires the size of the hash; the server accepts any length. */
const shortestSecret = 32

/** Returns the bytes of a secret. Accepts any length, as the server does. */
export const anySecret = (
  secret: Redacted.Redacted,
  option: string
): Effect.Effect<Uint8Array<ArrayBuffer>, ConfigError> => {
  if (!Redacted.isRedacted(secret)) return fail(option, "it must be wrapped: Redacted.make(secret)")
  const value: unknown = Redacted.value(secret)
  if (typeof value !== "string") return fail(option, "it contains no string; check that its source is set")
  return value === ""
    ? fail(option, "it is empty; it must be the secret of the server's configuration")
    : Effect.succeed(new TextEncoder().encode(value))
}

/** Returns the bytes of a secret that is safe to sign with: 32 bytes or more, without surrounding white space. */
export const secret = (
  given: Redacted.Redacted,
  option: string
): Effect.Effect<Uint8Array<ArrayBuffer>, ConfigError> =>
  Effect.flatMap(anySecret(given, option), (bytes) => {
    const value = Redacted.value(given)
    if (value.trim() !== value) {
      return fail(
        option,
        "it begins or ends with white space, which the server would count as part of the secret; trim it"
      )
    }
    return bytes.length < shortestSecret
      ? fail(
          option,
          `it has ${bytes.length} bytes, expected ${shortestSecret} or more; create one with \`openssl rand -hex 32\` and set it here and on the server`
        )
      : Effect.succeed(bytes)
  })
