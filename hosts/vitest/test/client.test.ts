import { Centrifugo, CentrifugoError, RetryPolicy } from "@effect-centrifugo/core"
import { CentrifugoNode, CentrifugoPromise } from "@effect-centrifugo/node"
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import { randomUUID } from "node:crypto"
import { get } from "node:http"
import { afterAll, describe, expect, it, vi } from "vitest"

const apiUrl = process.env["CENTRIFUGO_API_URL"]!
const refusedUrl = process.env["REFUSED_API_URL"]!
const key = process.env["CENTRIFUGO_API_KEY"]!

/** The publications that the stub server received. Uses no `fetch`, because a DOM's refuses other origins. */
const received = (channel: string) =>
  new Promise<unknown>((resolve, reject) => {
    get(new URL(`/received?channel=${channel}`, apiUrl).href, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
      response.on("end", () => resolve(JSON.parse(text)))
    }).on("error", reject)
  })

const options = (url: string) => ({ url, apiKey: Redacted.make(key), retry: RetryPolicy.none })

const overUndici = (url: string) => CentrifugoNode.layer({ ...options(url), maxConnections: 1 })
const overFetch = (url: string) => Centrifugo.layerFetch({ ...options(url), maxConnections: 1 })
const overHttpClient = (url: string) =>
  Centrifugo.layer(options(url)).pipe(Layer.provide(FetchHttpClient.layer))

const publishing = (channel: string, data: {} | null) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) => centrifugo.publish({ channel, data }))

describe.each([
  ["undici", overUndici],
  ["fetch", overFetch],
  ["fetch as an HttpClient", overHttpClient]
])("over %s", (name, layer) => {
  it("publishes", async () => {
    const channel = randomUUID()
    await Effect.runPromise(Effect.provide(publishing(channel, { text: "hello" }), layer(apiUrl)))
    expect(await received(channel)).toEqual([{ channel, data: { text: "hello" } }])
  })

  it.each([
    ["a Buffer", Buffer.from("hi")],
    ["a Uint8Array", Uint8Array.of(104, 105)]
  ])("publishes %s as its bytes", async (_, data) => {
    const channel = randomUUID()
    await Effect.runPromise(Effect.provide(publishing(channel, data), layer(apiUrl)))
    expect(await received(channel)).toEqual([{ channel, b64data: "aGk=" }])
  })

  it("fails with the class of the error", async () => {
    const failing = Effect.flip(publishing("unknown:a", 1))
    const failure = await Effect.runPromise(Effect.provide(failing, layer(apiUrl)))
    expect(failure).toBeInstanceOf(CentrifugoError.UnknownChannelError)
  })

  // The `fetch` of happy-dom hides the error code that proves that nothing was sent.
  it.skipIf(name.startsWith("fetch") && "happyDOM" in globalThis)(
    "says that a refused connection sent nothing",
    async () => {
      const failing = Effect.flip(publishing("a", 1))
      const failure = await Effect.runPromise(Effect.provide(failing, layer(refusedUrl)))
      expect(failure).toMatchObject({
        _tag: "CentrifugoNetworkError",
        phase: "connect",
        code: "ECONNREFUSED"
      })
    }
  )
})

describe("with promises", async () => {
  const centrifugo = await CentrifugoPromise.make({ url: apiUrl, apiKey: key, maxConnections: 1 })
  afterAll(() => centrifugo.close())

  it("takes the AbortSignal of the environment", async () => {
    const controller = new AbortController()
    const publishing = centrifugo.publish({ channel: "a", data: 1 }, { signal: controller.signal })
    controller.abort()
    await expect(publishing).rejects.toMatchObject({ name: "AbortError" })
  })

  it("works under fake timers", async () => {
    vi.useFakeTimers()
    try {
      for (let n = 0; n < 5; n++) await centrifugo.publish({ channel: "a", data: n })
    } finally {
      vi.useRealTimers()
    }
  })
})
