// The server of a soak run, behind a proxy that cuts connections. Prints `{"url","apiKey"}`, and ends when stdin ends.

import { Effect, Redacted } from "effect"
import { connect, createServer } from "node:net"

/** The proxy cuts every 40th request: alternately after forwarding it, and when its answer arrives. */
const every = 40

const proxyTo = (port) => {
  let requests = 0
  return createServer((client) => {
    const target = connect(port, "127.0.0.1")
    let cutsAtAnswer = false
    client.on("error", () => {}).on("close", () => target.destroy())
    target.on("error", () => {}).on("close", () => client.destroy())
    client.on("data", (part) => {
      const isDue = part.subarray(0, 5).toString("latin1") === "POST " && ++requests % every === 0
      const cutsAtOnce = isDue && (requests / every) % 2 === 0
      cutsAtAnswer ||= isDue && !cutsAtOnce
      target.write(part, () => cutsAtOnce && client.resetAndDestroy())
    })
    target.on("data", (part) => {
      if (cutsAtAnswer) client.resetAndDestroy()
      else client.write(part)
    })
  })
}

const real = async () => {
  const { start } = await import("../../tools/dist/CentrifugoServer.js")
  return start()
}
const embedded = async () => {
  const { start } = await import("../../packages/testing/dist/EmbeddedServer.js")
  return start()
}

const program = Effect.gen(function* () {
  const { apiKey, apiUrl } = yield* yield* Effect.promise(process.argv.includes("--real") ? real : embedded)
  const proxy = proxyTo(Number(new URL(apiUrl).port))
  yield* Effect.async((resume) => {
    proxy.listen(0, "127.0.0.1", () => resume(Effect.void))
  })
  const url = `http://127.0.0.1:${proxy.address().port}${new URL(apiUrl).pathname}`
  console.log(JSON.stringify({ url, apiKey: Redacted.isRedacted(apiKey) ? Redacted.value(apiKey) : apiKey }))
  yield* Effect.async((resume) => {
    process.stdin.resume().on("end", () => resume(Effect.void))
  })
})

await Effect.runPromise(Effect.scoped(program))
process.exit(0)
