/** A TCP proxy that drops answers: the server has carried out the request, and the client can't know. */
import { Effect, type Scope } from "effect"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"

export interface Proxy {
  /** `http://127.0.0.1:PORT/api` */
  readonly url: string
  /** The number of connections it has cut. */
  readonly cuts: () => number
}

/**
 * Forwards to a port, but cuts the connection of every nth request: alternately after forwarding the request, and
 * when its answer begins to arrive.
 */
export const start = (port: number, every: number): Effect.Effect<Proxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    const keep = (socket: Socket) => {
      sockets.add(socket)
      socket.on("error", () => {}).on("close", () => sockets.delete(socket))
    }
    let requests = 0
    let cuts = 0
    const server = createServer((client) => {
      const target = connect(port, "127.0.0.1")
      keep(client)
      keep(target)
      let cutsAtAnswer = false
      const cut = () => {
        cuts++
        client.resetAndDestroy()
      }
      client.on("data", (part) => {
        const isDue = part.subarray(0, 5).toString("latin1") === "POST " && ++requests % every === 0
        const cutsAtOnce = isDue && (requests / every) % 2 === 0
        cutsAtAnswer ||= isDue && !cutsAtOnce
        target.write(part, () => {
          if (cutsAtOnce) cut()
        })
      })
      target.on("data", (part) => {
        if (cutsAtAnswer) cut()
        if (client.destroyed) target.destroy()
        else client.write(part)
      })
      client.on("end", () => target.end())
      target.on("close", () => client.destroy())
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    )
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`, cuts: () => cuts }
  })
