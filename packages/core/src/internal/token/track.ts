/** Track signatures of shared polls (`protocol.md` 5.4). Does not import `jose`. */
import type * as Brand from "effect/Brand"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import type { ConfigError as MissingConfig } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { ConfigError } from "../../CentrifugoError.js"
import type { ClaimsError } from "./errors.js"
import { future, made, refuse, text, userId } from "./fields.js"
import type { Expiry, User } from "./model.js"
import { secret as checkSecret } from "./secret.js"

/**
 * A signature that lets a client track keys of a shared poll channel.
 *
 * @since 0.1.0
 */
export type TrackSignature = string & Brand.Brand<"CentrifugoTrackSignature">

/**
 * The user, channel and keys of a track signature.
 *
 * @since 0.1.0
 */
export interface TrackOptions {
  /** User ID of the connection, or `Token.anonymous`. */
  readonly user: User
  /** A channel of a namespace with `subscription_type: "shared_poll"`. */
  readonly channel: string
  /** The keys, in the order that the client's `getSignature` receives them. */
  readonly keys: ReadonlyArray<string>
  /** When the signature expires. The server accepts it for 5 more seconds. */
  readonly expires: Expiry
}

/**
 * Options of track signatures.
 *
 * @since 0.1.0
 */
export interface TrackSecret {
  /** The server's `shared_poll.hmac_secret_key`; 32 bytes or more. */
  readonly secret: Redacted.Redacted
}

/**
 * Makes track signatures.
 *
 * @since 0.1.0
 */
export interface TrackService {
  /** Makes a track signature. */
  readonly sign: (options: TrackOptions) => Effect.Effect<TrackSignature, ClaimsError>
}

/**
 * The service of track signatures. `Token.layerTrack` provides it.
 *
 * @since 0.1.0
 */
export class TrackSigner extends Context.Tag("@effect-centrifugo/core/Token/TrackSigner")<
  TrackSigner,
  TrackService
>() {}

interface Fields {
  readonly iat: number
  readonly exp: number
  readonly user: string
  readonly channel: string
  readonly keys: ReadonlyArray<string>
}

/** Refuses a part that contains NUL, which separates the parts in the signed text. */
const joined = (value: string, path: ReadonlyArray<string | number>): string =>
  value.includes("\0") ? refuse(path, "it contains a NUL character, which separates the signed parts") : value

const fieldsOf = ({ channel, expires, keys, user }: TrackOptions, now: number) =>
  made("track signature", (): Fields => {
    if (!Array.isArray(keys) || keys.length === 0) refuse(["keys"], "expected at least one key")
    return {
      iat: Math.floor(now / 1000),
      exp: expires === "never" ? 0 : future(expires, now, ["expires"]),
      user: joined(userId(user), ["user"]),
      channel: joined(text(channel, ["channel"], "a channel"), ["channel"]),
      keys: keys.map((key, i) => joined(text(key, ["keys", i], "a key"), ["keys", i]))
    }
  })

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("")

const utf8 = (text: string) => new TextEncoder().encode(text)

const signFields = async (
  key: CryptoKey,
  { channel, exp, iat, keys, user }: Fields
): Promise<TrackSignature> => {
  const keysHash = hex(await crypto.subtle.digest("SHA-256", utf8(keys.join("\0"))))
  const signature = await crypto.subtle.sign(
    "HMAC",
    key,
    utf8([iat, exp, user, channel, keysHash].join("\0"))
  )
  return `${iat}:${exp}:${hex(signature)}` as TrackSignature
}

export const make = ({ secret }: TrackSecret): Effect.Effect<TrackService, ConfigError> =>
  Effect.gen(function* () {
    const bytes = yield* checkSecret(secret, "secret")
    const key = yield* Effect.promise(() =>
      crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
    )
    return {
      sign: (options) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.flatMap(fieldsOf(options, now), (fields) => Effect.promise(() => signFields(key, fields)))
        )
    }
  })

export const layer = (options: TrackSecret): Layer.Layer<TrackSigner, ConfigError> =>
  Layer.effect(TrackSigner, make(options))

export const layerConfig = (
  secret: Config.Config<Redacted.Redacted> = Config.redacted("CENTRIFUGO_SHARED_POLL_HMAC_SECRET_KEY")
): Layer.Layer<TrackSigner, ConfigError | MissingConfig> =>
  Layer.effect(
    TrackSigner,
    Effect.flatMap(secret, (secret) => make({ secret }))
  )

export const sign = (options: TrackOptions): Effect.Effect<TrackSignature, ClaimsError, TrackSigner> =>
  Effect.flatMap(TrackSigner, (signer) => signer.sign(options))
