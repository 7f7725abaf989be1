/** The transport over undici alone, without a client and its policies. */
import { CentrifugoConfig, type CentrifugoError, type CentrifugoTransport } from "@effect-centrifugo/core"
import { UndiciTransport } from "@effect-centrifugo/node"
import { Deferred, Effect, Exit, Queue, Redacted, Scope } from "effect"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import { apiKey } from "../transports/over.js"
import * as Stub from "../transports/stub.js"

export const good = Stub.always({ status: 200, body: Stub.published })
export const silent: Stub.Answer = () => {}

/** A call; the server recognizes it by its body. */
export const call = (
  body = "{}",
  more: Partial<CentrifugoTransport.Call> = {}
): CentrifugoTransport.Call => ({
  method: "publish",
  body,
  channels: [],
  batchable: true,
  headers: {},
  timeout: 10_000,
  deadline: Infinity,
  ...more
})

export const open = (
  url: string,
  options?: UndiciTransport.UndiciOptions
): Effect.Effect<CentrifugoTransport.Service, CentrifugoError.ConfigError, Scope.Scope> =>
  Effect.flatMap(CentrifugoConfig.make({ url, apiKey: Redacted.make(apiKey) }), (config) =>
    UndiciTransport.make(config, options)
  )

/** A transport in a scope that the test closes. */
export const closable = (url: string, options?: UndiciTransport.UndiciOptions) =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const transport = yield* Scope.extend(open(url, options), scope)
    return { transport, close: Scope.close(scope, Exit.void) }
  })

/** Listens until the scope closes, and then destroys open connections. */
const listen = (onSocket: (socket: Socket) => void) =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on("error", () => {}).on("close", () => sockets.delete(socket))
      onSocket(socket)
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    )
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

/** A port that accepts connections and sends nothing, so a TLS client keeps connecting. */
export const mute = Effect.gen(function* () {
  const opened = yield* Queue.unbounded<void>()
  const closed = yield* Queue.unbounded<void>()
  const origin = yield* listen((socket) => {
    opened.unsafeOffer(undefined)
    socket.resume().on("close", () => closed.unsafeOffer(undefined))
  })
  return { url: `${origin}/api`, opened, closed }
})

/** Forwards connections to a TLS port when the test says so; until then clients keep connecting. */
export const delayed = (port: number) =>
  Effect.gen(function* () {
    const opened = yield* Queue.unbounded<void>()
    const go = yield* Deferred.make<void>()
    const origin = yield* listen((socket) => {
      opened.unsafeOffer(undefined)
      Effect.runFork(
        Effect.map(Deferred.await(go), () => {
          const target = connect(port, "127.0.0.1")
          target.on("error", () => socket.destroy()).on("close", () => socket.destroy())
          socket.on("close", () => target.destroy()).pipe(target)
          target.pipe(socket)
        })
      )
    })
    return { origin, opened, letThrough: Deferred.succeed(go, undefined) }
  })
