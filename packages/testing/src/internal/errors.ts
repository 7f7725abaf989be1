/** What a test did wrong with the kit. The server's own errors are those of the client. */
import * as Data from "effect/Data"

/**
 * The kit was asked for something that can't happen, such as a fault of a method that no server has.
 *
 * @since 0.1.0
 */
export class UsageError extends Data.TaggedError("CentrifugoTestUsageError")<{
  /** The function that was called: `"failNext"`. */
  readonly operation: string
  /** What is wrong, and what is expected. */
  readonly detail: string
}> {
  override get message(): string {
    return `CentrifugoTest, ${this.operation}: ${this.detail}.`
  }
}

/**
 * The connection is closed, and can't do any more what was asked of it.
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
  /** The disconnect code: 3503 where a `disconnect` gave none. */
  readonly code: number
  /** The text that clients see beside the code. */
  readonly reason: string
  /** What is missing because of it; absent where there is nothing to say. */
  readonly detail?: string
}> {
  override get message(): string {
    const { client, code, detail, operation, reason, user } = this
    const owner = user === "" ? "of an anonymous user" : `of the user ${JSON.stringify(user)}`
    const missing = detail === undefined ? "" : ` ${detail}.`
    return `CentrifugoTest, ${operation}: the connection ${client} ${owner} is closed (${code} ${reason}).${missing}`
  }
}
