/** The response to one call: the `result` as JSON text, or an error. */
import { object, string } from "../json/write.js"
import { type ServerFailure } from "@effect-centrifugo/core/CentrifugoTransport"
import { Unencodable } from "./Payload.js"

export type Answer =
  | { readonly _tag: "Result"; readonly json: string }
  | { readonly _tag: "Failure"; readonly error: ServerFailure }
  /** The call was carried out, but its result cannot be encoded: 500 with no body. */
  | { readonly _tag: "Unencodable" }

export const result = (json: string): Answer => ({ _tag: "Result", json })

/** A success without result fields. */
export const nothing = result("{}")

export const failure = (error: ServerFailure): Answer => ({ _tag: "Failure", error })

/** Error codes: `protocol.md` 1.3. */
export const internal = failure({ code: 100, message: "internal server error" })
export const unknownChannel = failure({ code: 102, message: "unknown channel" })
export const notFound = failure({ code: 104, message: "not found" })
export const badRequest = failure({ code: 107, message: "bad request" })
export const notAvailable = failure({ code: 108, message: "not available" })
export const unrecoverablePosition = failure({ code: 112, message: "unrecoverable position" })

export const messages: { readonly [code: number]: string } = Object.fromEntries(
  [internal, unknownChannel, notFound, badRequest, notAvailable, unrecoverablePosition].flatMap((answer) =>
    answer._tag === "Failure" ? [[answer.error.code, answer.error.message]] : []
  )
)

export const writeFailure = ({ code, message }: ServerFailure): string =>
  object({ code: String(code), message: string(message) })

/** Runs a function that may throw `Unencodable`. */
export const encoding = (write: () => string): Answer => {
  try {
    return result(write())
  } catch (error) {
    if (error instanceof Unencodable) return { _tag: "Unencodable" }
    throw error
  }
}
