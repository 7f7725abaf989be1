/**
 * Connects to the embedded server with tokens. The `Token.Verifier` in the context verifies them by the
 * server's rules. Requires `jose`, an optional peer dependency of `@effect-centrifugo/core`.
 *
 * The package's index does not export this module: import `@effect-centrifugo/testing/TokenConnection`.
 *
 * @example
 * ```ts
 * import * as Token from "@effect-centrifugo/core/Token"
 * import * as TokenConnection from "@effect-centrifugo/testing/TokenConnection"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const token = yield* Token.connection({ user: "42", expires: "10 minutes", channels: ["news"] })
 *   const connection = yield* TokenConnection.connect(token)
 *   return yield* connection.channels // ["news"]
 * })
 * ```
 * @since 0.1.0
 */
import type { UnknownChannelError } from "@effect-centrifugo/core/CentrifugoError"
import * as Token from "@effect-centrifugo/core/Token"
import * as Effect from "effect/Effect"
import * as CentrifugoTest from "./CentrifugoTest.js"

type Failure =
  Token.RefusedError | UnknownChannelError | CentrifugoTest.ConnectionClosedError | CentrifugoTest.UsageError

/**
 * Opens a client connection with a token. User, info, expiry and server-side subscriptions come from the token.
 * Unless refreshed, the connection ends with code 3005, 25 seconds after the token has expired.
 *
 * Fails with `RefusedError` if the server would refuse the token, and with `UnknownChannelError` if a channel
 * in the token has no configured namespace. No connection is opened then.
 *
 * @since 0.1.0
 */
export const connect = (
  token: string,
  options: Pick<CentrifugoTest.ConnectOptions, "client" | "session"> = {}
): Effect.Effect<CentrifugoTest.Connection, Failure, CentrifugoTest.CentrifugoTest | Token.Verifier> =>
  Effect.gen(function* () {
    const { channels, endsAt, info, subs, user } = yield* Token.verify(token, "connection")
    const connection = yield* CentrifugoTest.connect({
      ...options,
      user,
      info,
      ...(endsAt === undefined ? {} : { expireAt: endsAt })
    })
    // The server ignores `channels` if `subs` is present.
    const named = Object.entries(subs)
    const all = named.length > 0 ? named : channels.map((channel) => [channel, undefined] as const)
    yield* Effect.forEach(all, ([channel, sub]) =>
      connection.subscribe(channel, sub === undefined ? {} : optionsOf(sub))
    ).pipe(Effect.onError(() => connection.close))
    return connection
  })

/**
 * Subscribes a connection to a channel with a token. As in the server, a token of another user or for another
 * channel disconnects the connection with code 3500.
 *
 * Fails with `RefusedError` if the server would refuse the token, and with `UnknownChannelError` if the
 * channel's namespace is not configured.
 *
 * @since 0.1.0
 */
export const subscribe = (
  connection: CentrifugoTest.Connection,
  channel: string,
  token: string
): Effect.Effect<
  void,
  Token.RefusedError | UnknownChannelError | CentrifugoTest.ConnectionClosedError,
  Token.Verifier
> =>
  Token.verify(token, "subscription", { user: connection.user, channel }).pipe(
    Effect.tapError(({ code }) =>
      code === 3500 ? connection.disconnect(code, "invalid token") : Effect.void
    ),
    Effect.flatMap((claims) =>
      connection.subscribe(channel, {
        ...optionsOf(claims),
        ...(claims.endsAt === undefined ? {} : { expireAt: claims.endsAt })
      })
    )
  )

const optionsOf = ({
  data,
  info,
  override
}: Token.SubscriptionClaim): CentrifugoTest.ClientSubscribeOptions => ({
  info,
  data,
  ...(override.presence === undefined ? {} : { presence: override.presence })
})
