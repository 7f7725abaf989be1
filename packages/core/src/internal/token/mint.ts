/** Mints tokens with the signer of the context. Does not import `jose`. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as claims from "./claims.js"
import type { ClaimsError, SignerError } from "./errors.js"
import type { ConnectionOptions, ConnectionToken, SubscriptionOptions, SubscriptionToken } from "./model.js"
import { type Section, type Service, Signer } from "./Signer.js"

const mint = <Token extends string>(
  kind: keyof Service,
  write: (section: Section, now: number) => Either.Either<string, ClaimsError>
): Effect.Effect<Token, ClaimsError | SignerError, Signer> =>
  Effect.flatMap(Effect.zip(Signer, Clock.currentTimeMillis), ([signer, now]) =>
    // `write` encodes the claims of the token kind that the brand names.
    Effect.map(Effect.flatMap(write(signer[kind], now), signer[kind].sign), (token) => token as Token)
  )

export const connection = <I extends {} | null, IE, M extends {} | null, ME>(
  options: ConnectionOptions<I, IE, M, ME>
): Effect.Effect<ConnectionToken, ClaimsError | SignerError, Signer> =>
  mint("connection", (section, now) => claims.ofConnection(options, section, now))

export const subscription = <I extends {} | null, IE>(
  options: SubscriptionOptions<I, IE>
): Effect.Effect<SubscriptionToken, ClaimsError | SignerError, Signer> =>
  mint("subscription", (section, now) => claims.ofSubscription(options, section, now))
