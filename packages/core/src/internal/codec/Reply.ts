/**
 * The server's response to one call, independent of the transport: the envelope of the HTTP API (`protocol.md`
 * 1.3) as plain values.
 *
 * @since 0.1.0
 */

/**
 * An error in the server's form: `{"code":102,"message":"unknown channel"}`.
 *
 * @since 0.1.0
 */
export interface ServerFailure {
  /** The server's code: see `CentrifugoError.Code`. */
  readonly code: number
  /** The server's message. */
  readonly message: string
}

/**
 * Either the `result` of a call, still in wire format, or the server's error.
 *
 * @since 0.1.0
 */
export type Reply =
  | { readonly _tag: "Result"; readonly result: unknown }
  | { readonly _tag: "Failure"; readonly error: ServerFailure }

/**
 * Makes the reply of a successful call.
 *
 * @since 0.1.0
 */
export const result = (result: unknown): Reply => ({ _tag: "Result", result })

/**
 * Makes the reply of a call that failed on the server.
 *
 * @since 0.1.0
 */
export const failure = (error: ServerFailure): Reply => ({ _tag: "Failure", error })

/**
 * Reads the server's `{code, message}`. Returns `undefined` for anything else.
 *
 * @since 0.1.0
 */
export const readFailure = (value: unknown): ServerFailure | undefined =>
  typeof value === "object" &&
  value !== null &&
  "code" in value &&
  typeof value.code === "number" &&
  Number.isSafeInteger(value.code)
    ? {
        code: value.code,
        message: "message" in value && typeof value.message === "string" ? value.message : ""
      }
    : undefined
