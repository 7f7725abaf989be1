/** Converts the result or error of a handler to the JSON that the server reads. */
import * as Either from "effect/Either"
import * as ProxyProtocol from "../../ProxyProtocol.js"
import { threw } from "../codec/Issue.js"
import { made, seconds } from "../token/fields.js"
import { anonymous, type Time } from "../token/model.js"
import { isRefusal } from "./refusals.js"

type Answer = Either.Either<string, ProxyProtocol.ResultError>

const bad = (event: ProxyProtocol.Event, path: ReadonlyArray<string | number>, detail: string): Answer =>
  Either.left(new ProxyProtocol.ResultError({ event, path, detail }))

const mustProlong: ReadonlySet<ProxyProtocol.Event> = new Set(["refresh", "subRefresh"])
const mayBeVoid: ReadonlySet<ProxyProtocol.Event> = new Set([
  "subscribe",
  "publish",
  "rpc",
  "mapPublish",
  "mapRemove"
])

/**
 * Returns the expiry in Unix seconds. Refuses a missing, invalid or past expiry, which the server would misread.
 */
const expiry = (
  event: ProxyProtocol.Event,
  time: unknown,
  now: number
): Either.Either<number | undefined, ProxyProtocol.ResultError> => {
  const path = ["expireAt"]
  if (time === undefined) {
    return mustProlong.has(event)
      ? Either.left(
          new ProxyProtocol.ResultError({ event, path, detail: "required, but missing or undefined" })
        )
      : Either.right(undefined)
  }
  // Reuses the check of token options, which accept the same times.
  return made("time", () => seconds(time as Time, now, path)).pipe(
    Either.mapLeft(({ detail, path }) => new ProxyProtocol.ResultError({ event, path, detail })),
    Either.filterOrLeft(
      (at) => at * 1000 > now,
      () => new ProxyProtocol.ResultError({ event, path, detail: "expected a time in the future" })
    )
  )
}

/** The response for a result. Durations count from `now`, in milliseconds. */
export const accept = (event: ProxyProtocol.Event, result: unknown, now: number): Answer => {
  try {
    if (result === undefined && mayBeVoid.has(event)) return Either.right("{}")
    if (typeof result !== "object" || result === null) return bad(event, [], "expected an object")
    const given = result as { readonly expireAt?: unknown; readonly user?: unknown }
    return Either.flatMap(expiry(event, given.expireAt, now), (expireAt) => {
      const whole = {
        ...given,
        ...(expireAt === undefined ? {} : { expireAt }),
        ...(event === "connect" && given.user === anonymous ? { user: "" } : {})
      }
      // An empty user is usually a variable that was not set.
      if (event === "connect" && given.user === "") {
        return bad(event, ["user"], "expected a non-empty user ID, or ProxyApp.anonymous")
      }
      return ProxyProtocol.encodeReply(event, { result: whole as never })
    })
  } catch (error) {
    return bad(event, [], threw(error).detail)
  }
}

/** The response for a refusal; `undefined` for any other error. */
export const refuse = (event: ProxyProtocol.Event, error: unknown): string | undefined => {
  if (!isRefusal(error)) return undefined
  const isRefresh = mustProlong.has(event)
  if (error._tag === "CentrifugoProxyExpired") return isRefresh ? '{"result":{"expired":true}}' : undefined
  if (isRefresh || event === "sharedPollRefresh") return undefined
  if (error._tag === "CentrifugoProxyDenied") {
    const { code, message, temporary } = error
    return JSON.stringify({ error: { code, message, ...(temporary ? { temporary } : {}) } })
  }
  const { code, reason } = error
  return JSON.stringify({ disconnect: { code, reason } })
}
