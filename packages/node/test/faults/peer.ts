/** A server on a bare socket that first fails in one way, and then answers as Centrifugo, also batches. */
import { freePort } from "@effect-centrifugo/tools/resources"
import { Effect, Queue, type Scope } from "effect"
import { createServer, type Server, type Socket } from "node:net"
import * as Stub from "../transports/stub.js"

/** A call, alone or as a command of a batch. */
export interface Command {
  readonly method: string
  /** Its part of the body, key included. */
  readonly text: string
}

export interface Failing {
  /** Refuses connections until `Peer.listen`. */
  readonly refuses?: boolean
  /** Called when the first bytes of a request have arrived. */
  readonly atHead?: (socket: Socket) => void
  /** Called when a whole request has arrived, with the correct answer to it. */
  readonly atRequest?: (socket: Socket, answer: string, commands: ReadonlyArray<Command>) => void
}

export interface Peer {
  readonly url: string
  /** Each complete request, in order. */
  readonly requests: Array<ReadonlyArray<Command>>
  /** The number of requests it has failed. */
  readonly failed: () => number
  readonly answered: () => number
  /** Fails a number of requests from now on. */
  readonly arm: (times: number) => void
  readonly listen: Effect.Effect<void>
  /** Closes its side of all sockets, and waits until they are closed. */
  readonly closeIdle: Effect.Effect<void>
  /** Waits until no socket is open. */
  readonly drained: Effect.Effect<void>
}

const results: { readonly [method: string]: object } = {
  info: { nodes: [] },
  publish: { offset: 1, epoch: "e" },
  unsubscribe: {},
  rpc: { data: "done" }
}

/** The body of a reply: every command gets the same answer, by its method. */
export const bodyOf = (path: string, commands: ReadonlyArray<Command>, reply = resultOf): string => {
  const [only] = commands
  return JSON.stringify(
    path.endsWith("/batch") || only === undefined
      ? { replies: commands.map(({ method }) => reply(method, method)) }
      : reply(only.method, "result")
  )
}

const resultOf = (method: string, field: string): object => ({ [field]: results[method] })

const commandsOf = (path: string, body: string): ReadonlyArray<Command> => {
  if (!path.endsWith("/batch")) return [{ method: path.slice(path.lastIndexOf("/") + 1), text: body }]
  const { commands } = JSON.parse(body) as { readonly commands: ReadonlyArray<Record<string, unknown>> }
  return commands.flatMap((command) =>
    Object.entries(command).map(([method, payload]) => ({ method, text: JSON.stringify(payload) }))
  )
}

const listenOn = (server: Server, port: number) =>
  Effect.async<void>((resume) => void server.listen(port, "127.0.0.1", () => resume(Effect.void)))

const close = (server: Server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))

export const start = (failing: Failing): Effect.Effect<Peer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const requests: Array<ReadonlyArray<Command>> = []
    const closed = yield* Queue.unbounded<void>()
    const sockets = new Set<Socket>()
    let left = 0
    let failed = 0
    let answered = 0

    const fails = () => {
      if (left === 0) return false
      left--
      failed++
      return true
    }
    const onRequest = (socket: Socket, path: string, body: string) => {
      const commands = commandsOf(path, body)
      requests.push(commands)
      const answer = Stub.format({ status: 200, body: bodyOf(path, commands) })
      if (failing.atRequest !== undefined && fails()) return failing.atRequest(socket, answer, commands)
      answered++
      socket.write(answer)
    }
    const onSocket = (socket: Socket) => {
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        sockets.delete(socket)
        closed.unsafeOffer(undefined)
      })
      let text = ""
      let isBroken = false
      socket.setEncoding("latin1").on("data", (part: string) => {
        if (isBroken) return
        if (text === "" && failing.atHead !== undefined && fails()) {
          isBroken = true
          return failing.atHead(socket)
        }
        text += part
        const end = text.indexOf("\r\n\r\n") + 4
        const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0)
        // No client sends the next request before it has the answer.
        if (end < 4 || text.length < end + length) return
        const [, path = ""] = text.split(" ")
        const body = Buffer.from(text.slice(end), "latin1").toString("utf8")
        text = ""
        onRequest(socket, path, body)
      })
    }

    const server = createServer(onSocket)
    const port = yield* freePort
    yield* listenOn(server, port)
    if (failing.refuses === true) yield* close(server)
    yield* Effect.addFinalizer(() => {
      for (const socket of sockets) socket.destroy()
      return close(server)
    })

    const drained = Effect.gen(function* () {
      while (sockets.size > 0) yield* closed
    })
    return {
      url: `http://127.0.0.1:${port}/api`,
      requests,
      failed: () => failed,
      answered: () => answered,
      arm: (times) => {
        left = times
      },
      listen: Effect.suspend(() => (server.listening ? Effect.void : listenOn(server, port))),
      closeIdle: Effect.suspend(() => {
        for (const socket of sockets) socket.end()
        return drained
      }),
      drained
    }
  })
