/** Mints, decodes and verifies tokens. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as Token from "@effect-centrifugo/core/Token"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Flags from "./flags.js"
import { InputError, print, textOf } from "./json.js"

// Loaded on use: `jose` takes a while to load, and other commands do not need it.
const load = Effect.promise(() => import("@effect-centrifugo/core/Token"))

const optional = (kind: Flags.Kind): Flags.Field => ({ kind, required: false })
const required = (kind: Flags.Kind): Flags.Field => ({ kind, required: true })

const common: Flags.Fields = {
  user: optional("text"),
  anonymous: optional("boolean"),
  expires: required("text"),
  expireAt: optional("text"),
  notBefore: optional("text"),
  tokenId: optional("text"),
  audience: optional("texts"),
  issuer: optional("text"),
  info: optional("json")
}

const connectionFields: Flags.Fields = {
  ...common,
  meta: optional("json"),
  channels: optional("texts"),
  subs: optional("json")
}

const subscriptionFields: Flags.Fields = {
  channel: required("text"),
  ...common,
  data: optional("json"),
  override: optional("json")
}

const timeOf = (name: string, text: unknown): Effect.Effect<Token.Expiry | undefined, InputError> => {
  if (typeof text !== "string" || text === "never") return Effect.succeed(text === "never" ? text : undefined)
  const time: Option.Option<Token.Time> = /^\d{4}-/.test(text)
    ? DateTime.make(text)
    : Option.filter(Duration.decodeUnknown(text), Duration.isFinite)
  return Effect.mapError(
    time,
    () =>
      new InputError({
        message: `--${Flags.kebabCase(name)}: expected a duration ("10 minutes"), a time ("2030-01-31T12:00:00Z") or "never"`
      })
  )
}

const userOf = (
  { anonymous }: typeof Token,
  payload: { readonly [name: string]: unknown }
): Effect.Effect<unknown, InputError> => {
  if ((payload["user"] === undefined) === (payload["anonymous"] === undefined)) {
    return new InputError({ message: "expected either --user or --anonymous" })
  }
  return Effect.succeed(payload["user"] ?? anonymous)
}

/** The options of a token. Minting checks their values. */
const optionsOf = (token: typeof Token, fields: Flags.Fields, values: Flags.Values) =>
  Effect.gen(function* () {
    const { anonymous: _, ...payload } = yield* Effect.flatMap(Flags.payloadOf(fields, values), (payload) =>
      Effect.map(userOf(token, payload), (user) => ({ anonymous: undefined, ...payload, user }))
    )
    const times: { [name: string]: unknown } = {}
    for (const name of ["expires", "expireAt", "notBefore"] as const) {
      const time = yield* timeOf(name, (payload as { readonly [name: string]: unknown })[name])
      if (time !== undefined) times[name] = time
    }
    return { ...payload, ...times } as never
  })

const connection = Command.make("connection", { flags: Flags.make(connectionFields) }, ({ flags }) =>
  Effect.gen(function* () {
    const token = yield* load
    const options = yield* optionsOf(token, connectionFields, flags)
    const minted = yield* Effect.provide(token.connection(options), token.layerConfig())
    yield* print({ token: minted })
  })
).pipe(
  Command.withDescription(
    "Mints a token to connect with. The key is read from CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY or CENTRIFUGO_TOKEN_PRIVATE_KEY."
  )
)

const subscription = Command.make("subscription", { flags: Flags.make(subscriptionFields) }, ({ flags }) =>
  Effect.gen(function* () {
    const token = yield* load
    const options = yield* optionsOf(token, subscriptionFields, flags)
    const minted = yield* Effect.provide(token.subscription(options), token.layerConfig())
    yield* print({ token: minted })
  })
).pipe(
  Command.withDescription("Mints a token to subscribe to one channel with. The keys are those of connection.")
)

const given = Args.text({ name: "token" }).pipe(
  Args.withDescription("The token, or - to read it from standard input.")
)

const tokenOf = (given: string) => Effect.map(textOf("token", given), (text) => text.trim())

const decode = Command.make("decode", { given }, ({ given }) =>
  Effect.gen(function* () {
    const token = yield* load
    yield* print(yield* token.decode(yield* tokenOf(given)))
  })
).pipe(Command.withDescription("Prints the claims of a token without verifying it. Needs no key."))

const against = {
  user: Options.text("user").pipe(
    Options.withDescription("The user who subscribes; subscription tokens only."),
    Options.optional
  ),
  channel: Options.text("channel").pipe(
    Options.withDescription("The channel to subscribe to; subscription tokens only."),
    Options.optional
  )
}

const verify = Command.make("verify", { given, ...against }, ({ channel, given, user }) =>
  Effect.gen(function* () {
    const token = yield* load
    const text = yield* tokenOf(given)
    const { _tag } = yield* token.decode(text)
    const isSubscription = _tag === "Subscription" || Option.isSome(channel) || Option.isSome(user)
    const request = {
      ...(Option.isSome(user) ? { user: user.value } : {}),
      ...(Option.isSome(channel) ? { channel: channel.value } : {})
    }
    const verified: Effect.Effect<unknown, Token.RefusedError, Token.Verifier> = isSubscription
      ? token.verify(text, "subscription", request)
      : token.verify(text, "connection")
    yield* print(yield* Effect.provide(verified, token.layerConfig()))
  })
).pipe(
  Command.withDescription("Verifies a token by the server's rules and prints its claims. Needs the key.")
)

/** `token`, with a command each for minting, decoding and verifying. */
export const command = Command.make("token").pipe(
  Command.withDescription("Mints, decodes and verifies tokens. Calls no server."),
  Command.withSubcommands([connection, subscription, decode, verify])
)
