/** The JWKS endpoint. */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Signer } from "./Signer.js"

/**
 * Options of the JWKS endpoint.
 *
 * @since 0.1.0
 */
export interface JwksOptions {
  /**
   * The `max-age` of the response: how long caches between the endpoint and the server may keep it. Default:
   * 5 minutes.
   */
  readonly maxAge?: Duration.DurationInput
  /** Which keys to publish. Default: those of connection tokens. */
  readonly section?: "connection" | "subscription"
}

/** Imports the module on the first request. By then a program that mounts this app has already loaded it. */
const loadResponse = Effect.promise(() => import("@effect/platform/HttpServerResponse"))

export const app = ({ maxAge = "5 minutes", section = "connection" }: JwksOptions = {}): HttpApp.Default<
  never,
  Signer
> =>
  Effect.gen(function* () {
    const signer = yield* Signer
    const response = yield* loadResponse
    const { keySet } = signer[section]
    if (keySet.keys.length === 0) {
      const text =
        "No public keys: the tokens are signed with HMAC, or by a custom signer without publicKey.\n"
      return response.text(text, { status: 404, headers: { "cache-control": "no-store" } })
    }
    const seconds = Math.floor(Duration.toSeconds(maxAge))
    return response.text(JSON.stringify(keySet), {
      contentType: "application/jwk-set+json",
      headers: { "cache-control": `public, max-age=${seconds}` }
    })
  })
