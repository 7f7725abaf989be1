/**
 * Connections to the embedded server by tokens: `Token.Verifier` of the context verifies them by the server's
 * rules. Needs `jose`, an optional peer of `@effect-centrifugo/core`.
 *
 * This module is not in the package's index: import it as `@effect-centrifugo/testing/TokenConnection`.
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
 * Opens the connection of a client that comes with a token. User, info, expiry and server-side subscriptions
 * come from the token. Unless it is refreshed, it ends with code 3005, 25 seconds after it has expired.
 *
 * Fails with `RefusedError` where the server would refuse the token, and with `UnknownChannelError` where a
 * channel of the token has no namespace. There is no connection then.
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
    // The server ignores channels where there are subs.
    const named = Object.entries(subs)
    const all = named.length > 0 ? named : channels.map((channel) => [channel, undefined] as const)
    yield* Effect.forEach(all, ([channel, sub]) =>
      connection.subscribe(channel, sub === undefined ? {} : optionsOf(sub))
    ).pipe(Effect.onError(() => connection.close))
    return connection
  })

/**
 * Subscribes a connection to a channel with a token. A token of another user or for another channel
 * disconnects the connection with code 3500, as the server does.
 *
 * Fails with `RefusedError` where the server would refuse the token, and with `UnknownChannelError` where the
 * channel has no namespace.
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
