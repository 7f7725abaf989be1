/**
 * Sends the same random requests to the real server and to the one in memory. Their answers must be equal, byte
 * for byte, after epochs are numbered in order of appearance.
 *
 *   DIFFERENTIAL_SEED, DIFFERENTIAL_RUNS, DIFFERENTIAL_SECONDS: other requests, more requests, more time
 */
import * as CentrifugoTest from "@effect-centrifugo/testing/CentrifugoTest"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "effect/FastCheck"
import { Pool } from "undici"
import { httpRequest, type HttpRequest } from "./httpRequests.js"
import { request, steadyChannels, type WireRequest } from "./requests.js"
import { channel } from "./targets.js"

const setting = (name: string, otherwise: number) => Number(process.env[`DIFFERENTIAL_${name}`] ?? otherwise)

/** Reproducible, and with a time limit for slow machines. */
const parameters = {
  seed: setting("SEED", 20250707),
  numRuns: setting("RUNS", 100),
  interruptAfterTimeLimit: setting("SECONDS", 20) * 1000
}

const map = { subscription_type: "map", presence: true } as const
const poll = { subscription_type: "shared_poll", presence: true } as const

const namespaces: ReadonlyArray<CentrifugoTest.Namespace> = [
  { name: "tiny", history_size: 3, history_ttl: "300s", history_meta_ttl: "600s" },
  { name: "json", publication_data_format: "json", history_size: 10, history_ttl: "60s" },
  { ...map, name: "eph", map: { mode: "ephemeral", key_ttl: "60s" } },
  { ...map, name: "per", map: { mode: "persistent", stream_size: 3 } },
  // The server starts with these options, but refuses every call: the position would expire before the keys.
  { ...map, name: "broken", map: { mode: "recoverable", key_ttl: "300s", meta_ttl: "60s" } },
  { ...poll, name: "poll", shared_poll: { mode: "versioned", publish_enabled: true } },
  { ...poll, name: "mute" }
]

const embedded: CentrifugoTest.ServerOptions = {
  channel: {
    ...channel,
    namespaces: [
      ...(CentrifugoServer.defaultNamespaces as ReadonlyArray<CentrifugoTest.Namespace>),
      ...namespaces
    ]
  }
}

const real = {
  namespaces,
  env: {
    CENTRIFUGO_SHARED_POLL_HMAC_SECRET_KEY: "secret",
    // A required endpoint that is never called.
    CENTRIFUGO_CHANNEL_PROXY_SHARED_POLL_REFRESH_ENDPOINT: "http://127.0.0.1:9/refresh"
  }
}

/** A server: maps a request to the relevant parts of its answer. */
type Side = (request: HttpRequest) => Promise<string>

const summary = (status: number, headers: { readonly [name: string]: unknown }, body: string) =>
  `${status} ${String(headers["content-type"])} ${String(headers["location"])} ${body}`

const overPort = ({ apiUrl }: { readonly apiUrl: string }) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Pool(new URL(apiUrl).origin, { connections: 1 })),
      (pool) => Effect.promise(() => pool.destroy())
    ),
    (pool): Side =>
      async ({ body, headers, method, path, query }) => {
        const answer = await pool.request({
          method,
          path: query === undefined ? path : `${path}?${query}`,
          headers,
          ...(method === "POST" ? { body } : {})
        })
        return summary(answer.statusCode, answer.headers, await answer.body.text())
      }
  )

const inMemory =
  (kit: CentrifugoTest.Service): Side =>
  async (request) => {
    const outcome = await Effect.runPromise(kit.respond(request))
    assert(outcome._tag === "Response")
    const { body, headers, status } = outcome.response
    return summary(status, headers, body)
  }

/** Sends the requests of one run to a server, and normalizes its answers. */
class Run {
  readonly #epochs: Array<string> = []
  constructor(
    readonly side: Side,
    readonly apiKey: string,
    readonly name: string
  ) {}

  async send({ body, method, transport }: WireRequest): Promise<string> {
    const filled = body
      .replaceAll("§", this.name)
      .replace(/€(\d)/g, (_, index: string) => this.#epochs[Number(index)] ?? "none")
    const headers = {
      "x-api-key": this.apiKey,
      ...(transport ? { "x-centrifugo-error-mode": "transport" } : {})
    }
    return this.#numbered(await this.side({ method: "POST", path: `/api/${method}`, headers, body: filled }))
  }

  #numbered(answer: string): string {
    return (
      answer
        .replace(/"epoch":"([a-zA-Z]{8})"/g, (_, epoch: string) => {
          if (!this.#epochs.includes(epoch)) this.#epochs.push(epoch)
          return `"epoch":"E${this.#epochs.indexOf(epoch)}"`
        })
        .replace(/"time":\d+/g, '"time":T')
        // The real server's `info` is a few seconds old, and contains its metrics.
        .replace(/\{"uid":"[^"]*","name":"[^"]*","version":"([^"]*)".*?"num_subs":\d+\}/g, '{"version":"$1"}')
    )
  }
}

const cleanUp: WireRequest = {
  method: "batch",
  body: JSON.stringify({
    commands: steadyChannels.map((channel) => ({ unsubscribe: { user: "steady", channel } }))
  }),
  transport: false
}

describe.skipIf(!Centrifugo.isAvailable())("the embedded server and the real one", () => {
  it.scopedLive(
    "give the same answers to thousands of random requests",
    () =>
      Effect.gen(function* () {
        const server = yield* CentrifugoServer.start(real)
        const kit = yield* CentrifugoTest.make(embedded)
        const steady = yield* Subscriber.connect(server, { user: "steady" })
        yield* kit.connect({ user: "steady", client: steady.client, session: "its own" })
        const [theirs, ours] = [yield* overPort(server), inMemory(kit)]
        let count = 0
        const requests = fc.array(request, { minLength: 1, maxLength: 100, size: "max" })
        const property = fc.asyncProperty(requests, async (requests) => {
          // New channels each time, so that fast-check can shrink a failure.
          const name = `r${count++}_`
          const expected = new Run(theirs, server.apiKey, name)
          const actual = new Run(ours, "test-key", name)
          try {
            for (const request of requests) {
              const what = `${request.method} ${request.body}`
              assert.strictEqual(
                `${what}\n${await actual.send(request)}`,
                `${what}\n${await expected.send(request)}`
              )
            }
          } finally {
            await Promise.all([actual.send(cleanUp), expected.send(cleanUp)])
          }
        })
        yield* Effect.promise(async () => fc.assert(property, parameters))
      }),
    120_000
  )

  it.scopedLive("expire histories, positions and keys in the same way", () =>
    Effect.gen(function* () {
      const short = [
        { name: "short", history_size: 10, history_ttl: "2s" },
        { name: "gone", history_size: 10, history_ttl: "2s", history_meta_ttl: "2s" },
        { ...map, name: "keys", map: { mode: "recoverable", key_ttl: "2s", stream_ttl: "60s" } },
        {
          ...map,
          name: "lost",
          map: { mode: "recoverable", key_ttl: "2s", stream_ttl: "2s", meta_ttl: "2s" }
        }
      ]
      const server = yield* CentrifugoServer.start({ namespaces: short })
      const kit = yield* CentrifugoTest.make({ channel: { namespaces: short } })
      const expected = new Run(yield* overPort(server), server.apiKey, "")
      const actual = new Run(inMemory(kit), "test-key", "")
      const compare = (method: string, payload: object) =>
        Effect.promise(async () => {
          const request = { method, body: JSON.stringify(payload), transport: false }
          assert.strictEqual(await actual.send(request), await expected.send(request), request.body)
        })
      const everything = Effect.gen(function* () {
        for (const channel of ["short:a", "gone:a"]) yield* compare("history", { channel, limit: -1 })
        for (const channel of ["keys:a", "lost:a"]) {
          yield* compare("map_stats", { channel })
          yield* compare("map_read_state", { channel, limit: -1 })
          yield* compare("map_read_stream", { channel, limit: -1 })
        }
      })
      for (const key of ["a", "b"]) {
        for (const channel of ["short:a", "gone:a"]) yield* compare("publish", { channel, data: key })
        for (const channel of ["keys:a", "lost:a"]) {
          yield* compare("map_publish", { channel, key, data: key, tags: { t: key } })
        }
        yield* Effect.sleep("50 millis")
      }
      yield* everything
      // The real server checks for expiry once a second.
      yield* Effect.sleep("3.6 seconds")
      yield* everything
      for (const channel of ["short:a", "gone:a"]) yield* compare("publish", { channel, data: "again" })
      yield* everything
    })
  )

  it.scopedLive("agree about paths, verbs and keys", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start(real)
      const port = yield* EmbeddedServer.start({ ...embedded, apiKey: server.apiKey })
      const [theirs, ours] = [yield* overPort(server), yield* overPort(port)]
      const property = fc.asyncProperty(httpRequest(server.apiKey), async (request) => {
        assert.strictEqual(await ours(request), await theirs(request), JSON.stringify(request))
      })
      yield* Effect.promise(async () => fc.assert(property, { ...parameters, numRuns: 300 }))
    })
  )
})
