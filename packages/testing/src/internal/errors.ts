/** Errors of incorrect use of the test kit. The server's own errors are those of the client. */
import * as Data from "effect/Data"

/**
 * A request to the test kit that cannot work, such as a fault for a method that no server has.
 *
 * @since 0.1.0
 */
export class UsageError extends Data.TaggedError("CentrifugoTestUsageError")<{
  /** The function that was called: `"failNext"`. */
  readonly operation: string
  /** What is wrong, and what is expected instead. */
  readonly detail: string
}> {
  override get message(): string {
    return `CentrifugoTest, ${this.operation}: ${this.detail}.`
  }
}

/**
 * The connection is closed and can no longer do what was asked.
 *
 * @since 0.1.0
 */
export class ConnectionClosedError extends Data.TaggedError("CentrifugoConnectionClosedError")<{
  /** The function that was called: `"take"`. */
  readonly operation: string
  /** The client ID. */
  readonly client: string
  /** The user ID; `""` for an anonymous connection. */
  readonly user: string
  /** The disconnect code. 3503 if the `disconnect` call gave none. */
  readonly code: number
  /** The reason text that clients see with the code. */
  readonly reason: string
  /** What is missing as a result, if anything. */
  readonly detail?: string
}> {
  override get message(): string {
    const { client, code, detail, operation, reason, user } = this
    const owner = user === "" ? "of an anonymous user" : `of the user ${JSON.stringify(user)}`
    const missing = detail === undefined ? "" : ` ${detail}.`
    return `CentrifugoTest, ${operation}: the connection ${client} ${owner} is closed (${code} ${reason}).${missing}`
  }
}
