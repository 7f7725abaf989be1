/** Reads token options from the server's environment variables. */
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import { hmac, privateKey, type SigningKey } from "./key.js"
import type { Options, SectionOptions } from "./layer.js"
import { orMissing } from "./orMissing.js"

const optionalText = (name: string) => Config.option(Config.nonEmptyString(name))

/** Reads the private key or, if there is none, the HMAC secret. */
const keyOf = (server: string, own: string): Config.Config<SigningKey> =>
  Config.all([Config.redacted(`${own}_PRIVATE_KEY`), optionalText(`${own}_KEY_ID`)]).pipe(
    Config.map(([key, keyId]) => privateKey(key, { keyId: Option.getOrUndefined(keyId) })),
    Config.orElse(() => Config.map(Config.redacted(`${server}_HMAC_SECRET_KEY`), (secret) => hmac(secret)))
  )

const section = (server: string, own: string): Config.Config<SectionOptions> =>
  Config.all({
    key: keyOf(server, own),
    previous: Config.option(Config.redacted(`${server}_HMAC_PREVIOUS_SECRET_KEY`)),
    audience: optionalText(`${server}_AUDIENCE`),
    issuer: optionalText(`${server}_ISSUER`),
    userIdClaim: optionalText(`${server}_USER_ID_CLAIM`)
  }).pipe(
    Config.map(({ audience, issuer, key, previous, userIdClaim }) => ({
      key,
      otherKeys: key._tag === "Hmac" ? Option.toArray(previous).map((secret) => hmac(secret)) : [],
      audience: Option.getOrUndefined(audience),
      issuer: Option.getOrUndefined(issuer),
      userIdClaim: Option.getOrUndefined(userIdClaim)
    }))
  )

const separateKey = "CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_HMAC_SECRET_KEY"

/**
 * Options from environment variables. The names are the server's own, so both can read one file:
 *
 * - `CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY`, and optionally `…_HMAC_PREVIOUS_SECRET_KEY`
 * - instead of these, `CENTRIFUGO_TOKEN_PRIVATE_KEY` (PEM or JWK), and optionally `CENTRIFUGO_TOKEN_KEY_ID`
 * - optionally `CENTRIFUGO_CLIENT_TOKEN_AUDIENCE`, `…_ISSUER` and `…_USER_ID_CLAIM`
 * - with `CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_ENABLED=true`, the same for subscription tokens:
 *   `CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_…` and `CENTRIFUGO_SUBSCRIPTION_TOKEN_PRIVATE_KEY`
 *
 * @since 0.1.0
 */
export const environment: Config.Config<Options> = Config.all({
  general: section("CENTRIFUGO_CLIENT_TOKEN", "CENTRIFUGO_TOKEN"),
  isSeparate: Config.withDefault(Config.boolean("CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN_ENABLED"), false),
  separate: Config.option(section("CENTRIFUGO_CLIENT_SUBSCRIPTION_TOKEN", "CENTRIFUGO_SUBSCRIPTION_TOKEN"))
}).pipe(
  Config.map(({ general, isSeparate, separate }): Options | undefined => {
    if (!isSeparate) return general
    return Option.isSome(separate) ? { ...general, subscription: separate.value } : undefined
  }),
  orMissing(separateKey, "the separate section of subscription tokens is enabled, but has no key")
)
