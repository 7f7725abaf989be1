/** What the server makes of one call: the `result` as JSON text, or its error. */
import { object, string } from "../json/write.js"
import { type ServerFailure } from "@effect-centrifugo/core/Reply"
import { Unencodable } from "./Payload.js"

export type Answer =
  | { readonly _tag: "Result"; readonly json: string }
  | { readonly _tag: "Failure"; readonly error: ServerFailure }
  /** It was carried out, but the result can't be written: a bare 500. */
  | { readonly _tag: "Unencodable" }

export const result = (json: string): Answer => ({ _tag: "Result", json })

/** A result without fields, which is a success all the same. */
export const nothing = result("{}")

export const failure = (error: ServerFailure): Answer => ({ _tag: "Failure", error })

/** `protocol.md` 1.3. */
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

/** Runs what writes a result that may not be writable. */
export const encoding = (write: () => string): Answer => {
  try {
    return result(write())
  } catch (error) {
    if (error instanceof Unencodable) return { _tag: "Unencodable" }
    throw error
  }
}
