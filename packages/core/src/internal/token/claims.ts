/** Encodes options as the claims of a token. */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import { writer } from "../api/schemas.js"
import { describe } from "../codec/Issue.js"
import type { ClaimsError } from "./errors.js"
import { future, json, made, refuse, seconds, text, userId } from "./fields.js"
import {
  type Common,
  type ConnectionOptions,
  type Override,
  type Subscription,
  type SubscriptionOptions
} from "./model.js"
import type { Section } from "./Signer.js"
import { isBytes } from "../codec/brand.js"

/** Claims by name, each as JSON text. */
type Claims = Map<string, string>

const base64 = (bytes: Uint8Array): string => {
  let binary = ""
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Sets the claim `name`, or for bytes the claim `b64` + `name`. */
const payload = (
  claims: Claims,
  name: "info" | "data",
  value: unknown,
  path: ReadonlyArray<string | number>
) => {
  if (value === undefined) return
  if (!isBytes(value)) claims.set(name, json(value, path))
  // The server reads an empty b64 claim as absent.
  else if (value.length === 0) refuse(path, "expected one or more bytes; leave it out for none")
  else claims.set(`b64${name}`, JSON.stringify(base64(value)))
}

/** Encodes the value with its schema, if there is one. */
const encoded = <A, I>(
  value: A | undefined,
  schema: Schema.Schema<A, I> | undefined,
  path: ReadonlyArray<string>
): unknown => {
  if (value === undefined || schema === undefined) return value
  const written = writer(schema)(value)
  if (Either.isRight(written)) return written.right
  return refuse([...path, ...written.left.path], written.left.detail)
}

const overrides = {
  presence: "presence",
  joinLeave: "join_leave",
  forcePushJoinLeave: "force_push_join_leave",
  forceRecovery: "force_recovery",
  forcePositioning: "force_positioning"
} as const satisfies Record<keyof Override, string>

const override = (value: Override, path: ReadonlyArray<string>): string => {
  const claims: Claims = new Map()
  for (const [name, given] of Object.entries(value)) {
    if (!Object.hasOwn(overrides, name)) refuse([...path, name], "unknown option")
    if (given === undefined) continue
    if (typeof given !== "boolean") refuse([...path, name], `expected true or false, got ${describe(given)}`)
    claims.set(overrides[name as keyof Override], JSON.stringify({ value: given }))
  }
  return object(claims)
}

const subscription = (
  claims: Claims,
  { data, info, override: options }: Subscription,
  path: ReadonlyArray<string>
) => {
  payload(claims, "info", info, [...path, "info"])
  payload(claims, "data", data, [...path, "data"])
  if (options !== undefined) claims.set("override", override(options, [...path, "override"]))
}

const audience = (value: string | ReadonlyArray<string>): string =>
  typeof value === "string"
    ? JSON.stringify(text(value, ["audience"], "a name"))
    : JSON.stringify(value.map((one, i) => text(one, ["audience", i], "a name")))

const common = (options: Common, section: Section, now: number): Claims => {
  const claims: Claims = new Map()
  const user = JSON.stringify(userId(options.user))
  claims.set("sub", user)
  if (section.userIdClaim !== undefined) claims.set(section.userIdClaim, user)
  claims.set("iat", String(Math.floor(now / 1000)))
  if (options.expires !== "never") claims.set("exp", String(future(options.expires, now, ["expires"])))
  if (options.expireAt !== undefined) {
    const at = options.expireAt === "never" ? 0 : future(options.expireAt, now, ["expireAt"])
    claims.set("expire_at", String(at))
  }
  if (options.notBefore !== undefined) {
    claims.set("nbf", String(seconds(options.notBefore, now, ["notBefore"])))
  }
  const aud = options.audience ?? section.audience
  if (aud !== undefined) claims.set("aud", audience(aud))
  const iss = options.issuer ?? section.issuer
  if (iss !== undefined) claims.set("iss", JSON.stringify(text(iss, ["issuer"], "a name")))
  if (options.tokenId !== undefined) {
    claims.set("jti", JSON.stringify(text(options.tokenId, ["tokenId"], "a name")))
  }
  return claims
}

/** Refuses options of the other kind of token, for callers without TypeScript. */
const without = (options: object, names: ReadonlyArray<string>, why: string) => {
  for (const name of names) {
    if ((options as { readonly [name: string]: unknown })[name] !== undefined) refuse([name], why)
  }
}

const object = (claims: Claims): string =>
  `{${Array.from(claims, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`

/** Claims of a connection token, as JSON text. `now` is in milliseconds. */
export const ofConnection = <I, IE, M, ME>(
  options: ConnectionOptions<I, IE, M, ME>,
  section: Section,
  now: number
): Either.Either<string, ClaimsError> =>
  made("connection token", () => {
    without(options, ["channel"], "a connection token has no channel; use Token.subscription")
    const claims = common(options, section, now)
    payload(claims, "info", encoded(options.info, options.infoSchema, ["info"]), ["info"])
    const meta = encoded(options.meta, options.metaSchema, ["meta"])
    if (meta !== undefined) claims.set("meta", json(meta, ["meta"]))
    if (options.channels !== undefined && options.subs !== undefined) {
      refuse(["channels"], "the server ignores channels if subs is set; move them into subs")
    }
    if (options.channels !== undefined) {
      const channels = options.channels.map((name, i) => text(name, ["channels", i], "a channel"))
      claims.set("channels", JSON.stringify(channels))
    }
    if (options.subs !== undefined) claims.set("subs", subs(options.subs))
    return object(claims)
  })

const subs = (given: { readonly [channel: string]: Subscription }): string => {
  const all: Claims = new Map()
  for (const [channel, value] of Object.entries(given)) {
    const one: Claims = new Map()
    subscription(one, value, ["subs", text(channel, ["subs", channel], "a channel")])
    all.set(channel, object(one))
  }
  return object(all)
}

/** Claims of a subscription token, as JSON text. `now` is in milliseconds. */
export const ofSubscription = <I, IE>(
  options: SubscriptionOptions<I, IE>,
  section: Section,
  now: number
): Either.Either<string, ClaimsError> =>
  made("subscription token", () => {
    without(options, ["channels", "subs", "meta"], "only connection tokens have this claim")
    const claims = common(options, section, now)
    claims.set("channel", JSON.stringify(text(options.channel, ["channel"], "a channel")))
    const info = encoded(options.info, options.infoSchema, ["info"])
    subscription(claims, { ...options, info: info as {} | null }, [])
    return object(claims)
  })
