/** A transport that answers from memory and records its calls. */
import { Effect, Scope } from "effect"
import { Centrifugo, type CentrifugoError, CentrifugoTransport } from "../../src/index.js"

type Answer = (
  call: CentrifugoTransport.Call
) => Effect.Effect<CentrifugoTransport.Reply, CentrifugoError.TransportError>
type Options = Parameters<typeof Centrifugo.fromTransport>[1]

export interface Stub {
  /** Every call that reached the transport, in order. */
  readonly calls: ReadonlyArray<CentrifugoTransport.Call>
  /** The only call that reached the transport. */
  readonly call: () => CentrifugoTransport.Call
  readonly centrifugo: Centrifugo.Service
}

export const make = (
  answer: Answer = () => Effect.succeed(CentrifugoTransport.result({})),
  options?: Options
): Effect.Effect<Stub> => {
  const calls: Array<CentrifugoTransport.Call> = []
  const transport: CentrifugoTransport.Service = {
    send: (call) =>
      Effect.suspend(() => {
        calls.push(call)
        return answer(call)
      })
  }
  const built = Effect.orDie(Centrifugo.fromTransport(transport, options))
  // A stub needs no release.
  const unclosed = Effect.flatMap(Scope.make(), (scope) => Scope.extend(built, scope))
  return Effect.map(unclosed, (centrifugo) => ({
    calls,
    call: () => {
      if (calls.length !== 1) throw new Error(`${calls.length} calls were sent, not 1`)
      return calls[0]!
    },
    centrifugo
  }))
}

/** Always answers with this result, in wire form. */
export const answering = (result: unknown, options?: Options): Effect.Effect<Stub> =>
  make(() => Effect.succeed(CentrifugoTransport.result(result)), options)

/** Always answers with the server's error. */
export const refusing = (code: number, message = "refused", options?: Options): Effect.Effect<Stub> =>
  make(() => Effect.succeed(CentrifugoTransport.failure({ code, message })), options)

/** Always fails in the transport. */
export const failing = (error: CentrifugoError.TransportError, options?: Options): Effect.Effect<Stub> =>
  make(() => Effect.fail(error), options)
