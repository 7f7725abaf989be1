/**
 * A model of a server, behind a transport. It reads single calls and batches, carries out commands in order and
 * once per ID, and fails as a test defines.
 */
import { Effect } from "effect"
import { CentrifugoError, CentrifugoTransport } from "../../../src/index.js"

const { DecodeError, NetworkError, StatusError, TimeoutError } = CentrifugoError

export interface Command {
  readonly id: number
  readonly channels: ReadonlyArray<string>
}

/** The reaction of the server to one request. With the first four, it carries out nothing. */
export interface Behaviour {
  readonly kind:
    | "refused"
    | "unavailable"
    | "too large"
    | "unreadable"
    | "answers"
    | "loses the reply"
    | "cuts the reply off"
    | "answers too few"
    | "answers too many"
    | "answers no list"
    | "fails one"
    | "stalls"
  readonly latency: number
  /** The index of the failing command, modulo the number of commands. */
  readonly one?: number
}

export interface Request {
  readonly method: string
  readonly body: string
  readonly commands: ReadonlyArray<Command>
}

export interface ModelServer {
  readonly transport: CentrifugoTransport.Service
  readonly requests: ReadonlyArray<Request>
  /** The commands carried out, in order. A repeated command appears once. */
  readonly done: ReadonlyArray<Command>
  /** The maximum number of requests that were in flight at once. Counts only requests for which `counts` holds. */
  readonly peak: () => number
  /** Calls that were answered with code 100. They can be overtaken. */
  readonly displaced: ReadonlySet<number>
}

const commandsOf = (call: CentrifugoTransport.Call): ReadonlyArray<Command> => {
  const body = JSON.parse(call.body) as Command & { commands: ReadonlyArray<Record<string, Command>> }
  return call.method === "batch" ? body.commands.flatMap((command) => Object.values(command)) : [body]
}

export const make = (
  behaviour: (request: Request, index: number) => Behaviour = () => ({ kind: "answers", latency: 10 }),
  counts: (call: CentrifugoTransport.Call) => boolean = () => true
): ModelServer => {
  const requests: Array<Request> = []
  const done: Array<Command> = []
  const ids = new Set<number>()
  const displaced = new Set<number>()
  let inFlight = 0
  let peak = 0

  const carryOut = (command: Command) => {
    if (ids.has(command.id)) return
    ids.add(command.id)
    done.push(command)
  }

  const handle = (
    { method }: CentrifugoTransport.Call,
    commands: ReadonlyArray<Command>,
    behaviour: Behaviour
  ): Effect.Effect<CentrifugoTransport.Reply, CentrifugoError.TransportError> => {
    const half = Effect.sleep(behaviour.latency / 2)
    const then = <A, E>(effect: Effect.Effect<A, E>) => Effect.zipRight(half, effect)
    const carriedOut = (left: (command: Command, i: number) => boolean = () => false) =>
      then(
        Effect.zipRight(
          Effect.sync(() => commands.filter((c, i) => !left(c, i)).forEach(carryOut)),
          half
        )
      )
    const answer = (replies: unknown) =>
      CentrifugoTransport.result(method === "batch" ? { replies } : { id: commands[0]!.id })
    const replies = commands.map(({ id }) => ({ call: { id } }))
    switch (behaviour.kind) {
      case "refused":
        return then(new NetworkError({ method, phase: "connect", code: "ECONNREFUSED", detail: "refused" }))
      case "unavailable":
        return then(new StatusError({ method, status: 503, body: "" }))
      case "too large":
        return then(new StatusError({ method, status: 413, body: "" }))
      case "unreadable":
        return then(new StatusError({ method, status: 400, body: "" }))
      case "answers":
        return Effect.as(carriedOut(), answer(replies))
      case "loses the reply":
        return Effect.zipRight(
          carriedOut(),
          new NetworkError({ method, phase: "unknown", code: "ECONNRESET", detail: "reset" })
        )
      case "cuts the reply off":
        return Effect.zipRight(carriedOut(), new DecodeError({ method, path: [], detail: "cut off" }))
      case "answers too few":
        return Effect.as(carriedOut(), answer(replies.slice(0, -1)))
      case "answers too many":
        return Effect.as(carriedOut(), answer([...replies, { call: { id: -1 } }]))
      case "answers no list":
        return Effect.as(carriedOut(), answer("none"))
      case "fails one": {
        const place = (behaviour.one ?? 0) % commands.length
        const error = { code: 100, message: "internal server error" }
        displaced.add(commands[place]!.id)
        return Effect.as(
          carriedOut((_, i) => i === place),
          method === "batch"
            ? answer(replies.map((reply, i) => (i === place ? { error } : reply)))
            : CentrifugoTransport.failure(error)
        )
      }
      case "stalls":
        return Effect.zipRight(carriedOut(), Effect.never)
    }
  }

  const send: CentrifugoTransport.Service["send"] = (call) =>
    Effect.suspend(() => {
      const request: Request = { method: call.method, body: call.body, commands: commandsOf(call) }
      const index = requests.push(request) - 1
      const counted = counts(call) ? 1 : 0
      inFlight += counted
      peak = Math.max(peak, inFlight)
      return handle(call, request.commands, behaviour(request, index)).pipe(
        Effect.timeoutFail({
          duration: call.timeout,
          onTimeout: () => new TimeoutError({ method: call.method, phase: "unknown", timeout: call.timeout })
        }),
        Effect.ensuring(Effect.sync(() => (inFlight -= counted)))
      )
    })
  return { transport: { send }, requests, done, displaced, peak: () => peak }
}
