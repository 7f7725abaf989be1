/** A backend on its own port, served by the runtime's own HTTP server, also on Bun and Deno. */
import { HttpApp } from "@effect/platform"
import { Effect, type Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

type Handler = (request: Request) => Promise<Response>

/** The globals of Bun and Deno that the tests use. */
interface Runtimes {
  readonly Bun?: {
    readonly serve: (options: { port: number; hostname: string; fetch: Handler }) => {
      readonly port: number
      readonly stop: (closeConnections: boolean) => Promise<void>
    }
  }
  readonly Deno?: {
    readonly serve: (
      options: { port: number; hostname: string; onListen: () => void },
      handler: Handler
    ) => { readonly addr: { readonly port: number }; readonly shutdown: () => Promise<void> }
  }
}

interface Listening {
  readonly port: number
  readonly close: () => Promise<unknown>
}

const hostname = "127.0.0.1"

const onNode = async (handler: Handler): Promise<Listening> => {
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const headers = new Headers()
      for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value))
      const url = `http://backend${request.url}`
      void handler(
        new Request(url, { method: "POST", headers, body: Buffer.concat(chunks).toString() })
      ).then(async (answer) =>
        response
          .writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" })
          .end(await answer.text())
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, hostname, resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { port: (server.address() as AddressInfo).port, close }
}

const listen = async (handler: Handler): Promise<Listening> => {
  const { Bun, Deno } = globalThis as Runtimes
  if (Bun !== undefined) {
    const server = Bun.serve({ port: 0, hostname, fetch: handler })
    return { port: server.port, close: () => server.stop(true) }
  }
  if (Deno !== undefined) {
    const server = Deno.serve({ port: 0, hostname, onListen: () => {} }, handler)
    return { port: server.addr.port, close: () => server.shutdown() }
  }
  return onNode(handler)
}

/** Serves an app, and returns the URL at which its paths begin. */
export const serve = (
  app: HttpApp.Default
): Effect.Effect<{ readonly endpoint: string }, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => listen(HttpApp.toWebHandler(app))),
      ({ close }) => Effect.promise(close)
    ),
    ({ port }) => ({ endpoint: `http://${hostname}:${port}/centrifugo` })
  )
