/** Validates requests for consumers. A consumer would drop an invalid request, with only a line in its log. */
import * as Either from "effect/Either"
import { refusalOf } from "../channel/broadcast.js"
import { EncodeError } from "../../CentrifugoError.js"
import { type ApiMethod, isRequest, type Request } from "../../ApiMethod.js"
import type * as open from "../api/open.js"
import type { broadcast, publish } from "../api/Publishing.js"
import { isBytes } from "../codec/brand.js"
import { namespaceOf } from "../../Wire.js"

/**
 * A broadcast request. Its success and error types are `unknown`, because those of typed broadcasts differ, and a
 * consumer returns no result.
 */
export type BroadcastRequest = Request<
  "broadcast",
  Request.Payload<ReturnType<typeof broadcast>>,
  unknown,
  unknown
>

export type PublicationRequest = ReturnType<typeof publish> | BroadcastRequest

/** The methods whose descriptor says that consumers carry them out. */
type ConsumerMethods = {
  [K in keyof typeof open]: (typeof open)[K] extends ApiMethod<infer _M, infer _P, infer _A, infer _E, true>
    ? (typeof open)[K]
    : never
}[keyof typeof open]

/**
 * A request that consumers carry out. Broadcasts have the wider type `BroadcastRequest`, so that typed broadcasts
 * match.
 */
export type EventRequest =
  BroadcastRequest | Exclude<ReturnType<ConsumerMethods>, { readonly method: "broadcast" }>

export type Method = EventRequest["method"]

export type Path = ReadonlyArray<string | number>

export const refuse = (method: string, path: Path, detail: string): Either.Either<never, EncodeError> =>
  Either.left(new EncodeError({ method, path, detail }))

/** Returns a problem that only events have: the same request would work, or report its error, over the API. */
const problem = (request: EventRequest): { readonly path: Path; readonly detail: string } | undefined => {
  switch (request.method) {
    case "broadcast":
      if (request.payload.channels.length === 0) {
        return { path: ["channels"], detail: "the list is empty; leave the event out" }
      }
      // Over the API, the empty name would get its own error. A consumer drops the outcomes of the channels.
      if (request.payload.channels.includes("")) {
        return {
          path: ["channels", request.payload.channels.indexOf("")],
          detail: "expected a non-empty channel name"
        }
      }
      return problemOfPublication(request)
    case "publish":
      return problemOfPublication(request)
    case "subscribe":
      return request.payload.expireAt === undefined
        ? undefined
        : {
            path: ["expireAt"],
            detail:
              "after that time the server fails with code 100, so a consumer would repeat the event forever and block later events; call subscribe over the API"
          }
    default:
      return undefined
  }
}

const maxInt64 = 2n ** 63n - 1n

const problemOfPublication = ({ payload: { data, version } }: PublicationRequest) => {
  if (isBytes(data) && data.length === 0) {
    return {
      path: ["data"],
      detail: "most namespaces refuse an empty payload, and a consumer would drop it; publish it over the API"
    }
  }
  return version !== undefined && version > maxInt64
    ? { path: ["version"], detail: "above 2^63 - 1, the Redis engine reads it as a negative number" }
    : undefined
}

/** Options that decide whether a request can become an event. */
export interface Rules {
  readonly eventId?: string | undefined
  readonly namespaces?: ReadonlyArray<string> | undefined
}

export const expectedNamespaces = 'expected a list of names, such as ["chat", "news"]'

export const areNames = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every(isText)

/** The first channel whose namespace the server does not have. A channel without a namespace always exists. */
const problemOfNamespace = (request: EventRequest, namespaces: ReadonlyArray<string>) => {
  const unknown = (channel: string) => {
    const namespace = namespaceOf(channel)
    return namespace !== undefined && !namespaces.includes(namespace)
  }
  const channel = request.channels.find(unknown)
  if (channel === undefined) return undefined
  return {
    path:
      request.method === "broadcast" ? ["channels", request.payload.channels.indexOf(channel)] : ["channel"],
    detail: `its namespace ${JSON.stringify(namespaceOf(channel))} is not in the list of namespaces (${namespaces.join(", ")}), and a consumer drops events for a namespace that the server does not have`
  }
}

/** Whether an option is a non-empty string: the server treats an empty key as absent. */
export const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

const noEventId =
  "expected a non-empty string. Without an ID, a publication gets no idempotency key, and a consumer's repeats are published again; leave the option out if you want that"

/**
 * Validates and encodes a request. Returns its wire text and the request. The event ID becomes the idempotency
 * key of a request that takes one and has none.
 */
export const accept = <R extends EventRequest>(
  given: R,
  { eventId, namespaces }: Rules
): Either.Either<{ readonly request: R; readonly text: string }, EncodeError> => {
  const candidate: unknown = given
  if (!isRequest(candidate)) {
    return refuse("event", [], "expected a request, such as CentrifugoApi.publish(payload)")
  }
  const { consumers, method } = candidate
  if (consumers !== true) {
    return refuse(
      method,
      [],
      method === "batch"
        ? "consumers drop batches; make an event for each member"
        : "consumers drop this method; call it over the API (a custom method needs consumers: true in its description)"
    )
  }
  if (eventId !== undefined && !isText(eventId)) return refuse(method, ["eventId"], noEventId)
  if (namespaces !== undefined && !areNames(namespaces)) {
    return refuse(method, ["namespaces"], expectedNamespaces)
  }
  const request = (eventId === undefined ? given : given.withKey(() => eventId)) as R
  return Either.flatMap(request.encode(), (text = "{}") => {
    const refusal = refusalOf(request)
    if (refusal !== undefined) return Either.left(refusal)
    const found =
      problem(request) ?? (namespaces === undefined ? undefined : problemOfNamespace(request, namespaces))
    return found === undefined ? Either.right({ request, text }) : refuse(method, found.path, found.detail)
  })
}
