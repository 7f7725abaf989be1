/** Shared by the tests against a real server. */
import * as HttpApp from "@effect/platform/HttpApp"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import type { Service } from "@effect-centrifugo/tools/CentrifugoServer"
import { Clock, Effect, Layer, type Scope } from "effect"
import * as jose from "jose"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Token from "../../src/Token.js"

/** A token with claims that `Token` would refuse. */
export const raw = (
  key: jose.CryptoKey | Uint8Array,
  claims: object,
  header: jose.CompactJWSHeaderParameters = { alg: "HS256" }
): Promise<string> =>
  new jose.CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader(header).sign(key)

/** Runs an effect with the clock shifted by a number of seconds. */
export const shifted = (seconds: number) => {
  const clock = Clock.make()
  const at = () => Date.now() + seconds * 1000
  return Effect.withClock({
    ...clock,
    unsafeCurrentTimeMillis: at,
    currentTimeMillis: Effect.sync(at),
    sleep: (duration) => clock.sleep(duration)
  } as Clock.Clock)
}

/** The output of `checktoken` or `checksubtoken` with this configuration. */
export const checkByServer = (
  server: Pick<Service, "env">,
  kind: "connection" | "subscription",
  token: string
): Effect.Effect<{ readonly ok: boolean; readonly output: string }> =>
  Effect.flatMap(Effect.orDie(Centrifugo.locate()), ({ path }) =>
    Effect.async<{ readonly ok: boolean; readonly output: string }>((resume) => {
      const folder = mkdtempSync(join(tmpdir(), "checktoken-"))
      const command = kind === "connection" ? "checktoken" : "checksubtoken"
      execFile(path, [command, token], { cwd: folder, env: { ...server.env } }, (error, stdout) => {
        rmSync(folder, { recursive: true, force: true })
        resume(Effect.succeed({ ok: error === null, output: stdout }))
      })
    })
  ).pipe(
    // The server gives a JWKS endpoint one second, which a busy machine can exceed.
    Effect.repeat({ times: 5, while: ({ output }) => output.includes("deadline exceeded") })
  )

/** Calls a method of the server API. */
export const call = (server: Service, method: string, body: object): Effect.Effect<unknown> =>
  Effect.promise(async () => {
    const response = await fetch(`${server.apiUrl}/${method}`, {
      method: "POST",
      headers: { "X-API-Key": server.apiKey },
      body: JSON.stringify(body)
    })
    return ((await response.json()) as { result: unknown }).result
  })

export const headersOf = (response: Response): Record<string, string> => {
  const headers: Record<string, string> = {}
  response.headers.forEach((value, name) => {
    headers[name] = value
  })
  return headers
}

/** Serves an app with a signer on a free port. Returns the URL, and the number of requests. */
export const serve = (
  signer: Layer.Layer<Token.Signer, unknown>
): Effect.Effect<{ readonly url: string; readonly asked: () => number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    let asked = 0
    const { handler } = HttpApp.toWebHandlerLayer(Token.jwks(), Layer.orDie(signer))
    const server = createServer((_, response) => {
      asked++
      void handler(new Request("http://localhost/jwks.json")).then(async (answer) =>
        response.writeHead(answer.status, headersOf(answer)).end(await answer.text())
      )
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () =>
        Effect.promise(() => {
          server.closeAllConnections()
          return new Promise((resolve) => server.close(resolve))
        })
    )
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
      asked: () => asked
    }
  })
