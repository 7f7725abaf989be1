/** A backend on its own port, as the server calls it. */
import { HttpApp } from "@effect/platform"
import { Effect, type Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** Serves an app, and returns the URL at which its paths begin. */
export const serve = (
  app: () => HttpApp.Default
): Effect.Effect<{ readonly endpoint: string }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const headers = new Headers()
        for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value))
        const url = `http://backend${request.url}`
        void HttpApp.toWebHandler(app())(
          new Request(url, { method: "POST", headers, body: Buffer.concat(chunks).toString() })
        ).then(async (answer) =>
          response
            .writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" })
            .end(await answer.text())
        )
      })
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () =>
        Effect.promise(() => {
          server.closeAllConnections()
          return new Promise((resolve) => server.close(resolve))
        })
    )
    return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/centrifugo` }
  })
