/** Opens many connections with the bare client protocol, and measures how long each takes. */
import { Data, Effect, type Scope } from "effect"
import { WebSocket } from "ws"

export class ConnectError extends Data.TaggedError("ConnectError")<{ readonly problem: string }> {
  override get message() {
    return this.problem
  }
}

/** Opens a WebSocket, sends the connect command, and returns the milliseconds until its reply. */
export const connect = (wsUrl: string): Effect.Effect<number, ConnectError, Scope.Scope> =>
  Effect.flatMap(
    Effect.acquireRelease(
      Effect.sync(() => new WebSocket(wsUrl)),
      (socket) => Effect.sync(() => socket.terminate())
    ),
    (socket) =>
      Effect.async<number, ConnectError>((resume) => {
        let sent = 0
        const fail = (problem: string) => resume(Effect.fail(new ConnectError({ problem })))
        socket.on("open", () => {
          sent = performance.now()
          socket.send(JSON.stringify({ id: 1, connect: {} }))
        })
        socket.once("message", (message: Buffer) => {
          const millis = performance.now() - sent
          const reply = JSON.parse(message.toString("utf8")) as { readonly connect?: unknown }
          if (reply.connect === undefined) fail(message.toString("utf8"))
          else resume(Effect.succeed(millis))
        })
        socket.on("error", ({ message }) => fail(message))
        socket.on("close", (code, reason) => fail(`closed: ${code} ${reason.toString("utf8")}`))
      })
  )
