/** Decodes tokens as the server does, without verifying signatures. Does not import `jose`. */
import * as Either from "effect/Either"
import { type Reason, RefusedError } from "./errors.js"
import type { Override } from "./model.js"

interface Common {
  /** `sub`, or the claim that `userIdClaim` names; `""` for an anonymous user. */
  readonly user: string
  /** Token expiry (`exp`), in Unix seconds; undefined for never. */
  readonly expires: number | undefined
  /**
   * Expiry of the connection or subscription (`expire_at`), in Unix seconds; 0 for never. Undefined if the
   * claim is absent: then `expires` applies.
   */
  readonly expireAt: number | undefined
  /** Expiry of the connection or subscription from both claims, in Unix seconds; undefined for never. */
  readonly endsAt: number | undefined
  /** `iat`, in Unix seconds. See `issuedBefore` of `CentrifugoApi.invalidateUserTokens`. */
  readonly issuedAt: number | undefined
  /** `nbf`, in Unix seconds. */
  readonly notBefore: number | undefined
  /** `jti`. The `uid` of `CentrifugoApi.revokeToken`. */
  readonly tokenId: string | undefined
  /** `aud`; empty when absent. */
  readonly audience: ReadonlyArray<string>
  /** `iss`. */
  readonly issuer: string | undefined
  /** `info`, or the bytes of `b64info`. */
  readonly info: unknown
  /** The header's `alg`. */
  readonly algorithm: string
  /** The header's `kid`. */
  readonly keyId: string | undefined
}

/**
 * A server-side subscription of a connection token.
 *
 * @since 0.1.0
 */
export interface SubscriptionClaim {
  /** `info`, or the bytes of `b64info`. */
  readonly info: unknown
  /** `data`, or the bytes of `b64data`. */
  readonly data: unknown
  /** Overridden channel options; empty when absent. */
  readonly override: Override
}

/**
 * The claims of a connection token.
 *
 * @since 0.1.0
 */
export interface ConnectionClaims extends Common {
  readonly _tag: "Connection"
  /** `meta`, any JSON value. */
  readonly meta: unknown
  /** Server-side subscriptions. The server ignores them if `subs` is not empty. */
  readonly channels: ReadonlyArray<string>
  /** Server-side subscriptions with options, by channel. */
  readonly subs: { readonly [channel: string]: SubscriptionClaim }
}

/**
 * The claims of a subscription token.
 *
 * @since 0.1.0
 */
export interface SubscriptionClaims extends Common, SubscriptionClaim {
  readonly _tag: "Subscription"
  /** The channel. */
  readonly channel: string
  /** Client ID (deprecated claim); `""` for any connection of the user. */
  readonly client: string
}

export type Kind = "connection" | "subscription"

type Json = { readonly [name: string]: unknown }

/** Header and claims of a token. */
export interface Parsed {
  readonly algorithm: string
  readonly keyId: string | undefined
  readonly claims: Json
}

/** Aborts `reading` with a reason. */
class Refused {
  constructor(
    readonly reason: Reason,
    readonly detail: string
  ) {}
}

/** The code that the client sees for each reason (`protocol.md` 5.3). */
const codeOf = (reason: Reason, kind: Kind): number => {
  if (reason === "Expired" || reason === "NotBefore") return 109
  if (reason === "Ended") return 110
  if (reason === "User" || reason === "Channel") return 3500
  if (kind === "subscription") return 103
  return reason === "Base64" ? 100 : 3500
}

export const refused = (reason: Reason, detail: string, kind: Kind): RefusedError =>
  new RefusedError({ reason, detail, code: codeOf(reason, kind) })

const reading = <A>(kind: Kind, read: () => A): Either.Either<A, RefusedError> => {
  try {
    return Either.right(read())
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return Either.left(refused(error.reason, error.detail, kind))
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))

/** Decodes base64url without padding. */
const part = (text: string, name: string): Uint8Array => {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) {
    throw new Refused("Malformed", `its ${name} is not base64url without padding`)
  }
  return bytesOf(text.replaceAll("-", "+").replaceAll("_", "/"))
}

const objectOf = (bytes: Uint8Array, name: string): Json => {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    // Falls through to the refusal below.
  }
  if (isObject(value)) return value
  throw new Refused("Malformed", `its ${name} are not a JSON object`)
}

/** Splits a token and decodes its parts. */
export const parse = (token: string, kind: Kind): Either.Either<Parsed, RefusedError> =>
  reading(kind, () => {
    const parts = typeof token === "string" && token.startsWith("eyJ") ? token.split(".") : []
    const [header, claims, signature] = parts
    if (parts.length !== 3)
      throw new Refused("Malformed", "expected three parts, the first of which begins with eyJ")
    const { alg, kid } = objectOf(part(header!, "header"), "headers")
    if ((alg ?? "") !== "" && typeof alg !== "string") throw new Refused("Malformed", "alg is not a string")
    if ((kid ?? "") !== "" && typeof kid !== "string") throw new Refused("Malformed", "kid is not a string")
    const parsed = objectOf(part(claims!, "claims"), "claims")
    part(signature!, "signature")
    return {
      algorithm: typeof alg === "string" ? alg : "",
      keyId: typeof kid === "string" && kid !== "" ? kid : undefined,
      claims: parsed
    }
  })

const wrong = (name: string, expected: string): never => {
  throw new Refused("Claims", `the claim ${name} must be ${expected}`)
}

const text = (claims: Json, name: string): string => {
  const value = claims[name] ?? ""
  return typeof value === "string" ? value : wrong(name, "text")
}

/** Reads a time in seconds: a JSON number, which may have a fraction, or the same as text. */
const time = (claims: Json, name: string): number | undefined => {
  const value = claims[name] ?? undefined
  if (value === undefined) return undefined
  const seconds =
    typeof value === "string" && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value
  return typeof seconds === "number" ? seconds : wrong(name, "a number of seconds")
}

const wholeSeconds = (claims: Json, name: string): number | undefined => {
  const value = claims[name] ?? undefined
  if (value === undefined || Number.isSafeInteger(value)) return value as number | undefined
  return wrong(name, "a whole number of seconds")
}

const texts = (value: unknown, name: string): ReadonlyArray<string> =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
    ? (value as ReadonlyArray<string>)
    : wrong(name, "a list of strings")

const audience = (claims: Json): ReadonlyArray<string> => {
  const value = claims["aud"]
  if (value === undefined) return []
  return typeof value === "string" ? [value] : texts(value, "aud")
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const payload = (claims: Json, name: "info" | "data", reason: Reason): unknown => {
  const encoded = text(claims, `b64${name}`)
  if (encoded === "") return claims[name]
  if (!base64.test(encoded)) throw new Refused(reason, `the claim b64${name} is not base64`)
  return bytesOf(encoded)
}

const overrides = {
  presence: "presence",
  join_leave: "joinLeave",
  force_push_join_leave: "forcePushJoinLeave",
  force_recovery: "forceRecovery",
  force_positioning: "forcePositioning"
} as const

const override = (value: unknown): Override => {
  if (!isObject(value ?? {})) return wrong("override", "an object")
  const options: { -readonly [K in keyof Override]: Override[K] } = {}
  for (const [name, option] of Object.entries(overrides)) {
    const set = (value as Json | null | undefined)?.[name] ?? undefined
    if (set === undefined) continue
    if (!isObject(set)) return wrong(`override.${name}`, '{"value":true} or {"value":false}')
    const on = set["value"] ?? false
    options[option] = typeof on === "boolean" ? on : wrong(`override.${name}.value`, "true or false")
  }
  return options
}

const subs = (value: unknown): ConnectionClaims["subs"] => {
  if (!isObject(value ?? {})) return wrong("subs", "an object")
  return Object.fromEntries(
    Object.entries((value as Json | null | undefined) ?? {}).map(([channel, given]) => {
      const sub = given ?? {}
      if (!isObject(sub)) return wrong("subs", "an object of objects")
      return [
        channel,
        {
          // Not `Base64`: inside subs the server answers "invalid token".
          info: payload(sub, "info", "Claims"),
          data: payload(sub, "data", "Claims"),
          override: override(sub["override"])
        }
      ]
    })
  )
}

/** Converts the user ID claim to text. The server accepts any JSON value. */
const customUser = (value: unknown): string => {
  if (value === undefined || value === null) return ""
  return typeof value === "string" ? value : JSON.stringify(value)
}

const common = (
  { algorithm, claims, keyId }: Parsed,
  userIdClaim: string | undefined
): Omit<Common, "info"> => {
  const subject = text(claims, "sub")
  const expires = time(claims, "exp")
  const expireAt = wholeSeconds(claims, "expire_at")
  const ends = expireAt ?? (expires === undefined ? undefined : Math.floor(expires))
  return {
    user: userIdClaim === undefined ? subject : customUser(claims[userIdClaim]),
    expires,
    expireAt,
    endsAt: ends !== undefined && ends > 0 ? ends : undefined,
    issuedAt: time(claims, "iat"),
    notBefore: time(claims, "nbf"),
    tokenId: text(claims, "jti") || undefined,
    audience: audience(claims),
    issuer: text(claims, "iss") || undefined,
    algorithm,
    keyId
  }
}

/** Claims of a connection token. `channel` is `""` unless it is a subscription token. */
export const connectionClaims = (
  parsed: Parsed,
  userIdClaim: string | undefined
): Either.Either<ConnectionClaims & { readonly channel: string }, RefusedError> =>
  reading("connection", () => ({
    _tag: "Connection",
    ...common(parsed, userIdClaim),
    info: payload(parsed.claims, "info", "Base64"),
    meta: parsed.claims["meta"],
    channels: texts(parsed.claims["channels"] ?? [], "channels"),
    subs: subs(parsed.claims["subs"]),
    channel: text(parsed.claims, "channel")
  }))

/** Claims of a subscription token. `channel` is `""` for a connection token. */
export const subscriptionClaims = (
  parsed: Parsed,
  userIdClaim: string | undefined
): Either.Either<SubscriptionClaims, RefusedError> =>
  reading("subscription", () => ({
    _tag: "Subscription",
    ...common(parsed, userIdClaim),
    info: payload(parsed.claims, "info", "Base64"),
    data: payload(parsed.claims, "data", "Base64"),
    override: override(parsed.claims["override"]),
    channel: text(parsed.claims, "channel"),
    client: text(parsed.claims, "client")
  }))

/** Decodes the claims of a token. A token with a `channel` is a subscription token. */
export const decode = (token: string): Either.Either<ConnectionClaims | SubscriptionClaims, RefusedError> =>
  Either.flatMap(
    parse(token, "connection"),
    (parsed): Either.Either<ConnectionClaims | SubscriptionClaims, RefusedError> =>
      (parsed.claims["channel"] ?? "") === ""
        ? Either.map(connectionClaims(parsed, undefined), ({ channel: _, ...claims }) => claims)
        : subscriptionClaims(parsed, undefined)
  )
