import { Centrifugo, CentrifugoApi, CentrifugoTransport } from "@effect-centrifugo/core"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Redacted } from "effect"
import * as Transport from "../src/transport.js"

/** A client over the transport, to an embedded server. */
const start = Effect.gen(function* () {
  const server = yield* EmbeddedServer.start({
    channel: { without_namespace: { history_size: 10, history_ttl: "1m" } }
  })
  const client = (url: string, apiKey: Redacted.Redacted) =>
    Effect.flatMap(CentrifugoTransport.CentrifugoTransport, (transport) =>
      Centrifugo.fromTransport(transport, { timeout: "300 millis" })
    ).pipe(Effect.provide(Transport.layer(url, apiKey)))
  return { server, client, centrifugo: yield* client(server.apiUrl, server.apiKey) }
})

describe("a transport over fetch", () => {
  it.scopedLive("carries single calls and batches, and reads the server's errors", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* start
      const { offset } = yield* centrifugo.publish({ channel: "news", data: "hällo" })
      assert.strictEqual(offset, 1)
      const outcomes = yield* centrifugo.batch([
        CentrifugoApi.history({ channel: "news", limit: 10 }),
        CentrifugoApi.publish({ channel: "unknown:1", data: 1 })
      ])
      assert.deepStrictEqual(outcomes.map(Either.isRight), [true, false])
      const error = yield* Effect.flip(centrifugo.publish({ channel: "unknown:1", data: 1 }))
      assert.strictEqual(error._tag, "CentrifugoUnknownChannelError")
    })
  )

  it.scopedLive("fails with the errors of a transport", () =>
    Effect.gen(function* () {
      const { centrifugo, client, server } = yield* start
      const publish = { channel: "news", data: 1 }
      const stranger = yield* client(server.apiUrl, Redacted.make("wrong"))
      assert.strictEqual((yield* Effect.flip(stranger.publish(publish)))._tag, "CentrifugoUnauthorizedError")
      const unheard = yield* client("http://127.0.0.1:9/api", server.apiKey)
      const error = yield* Effect.flip(unheard.publish(publish))
      assert(error._tag === "CentrifugoNetworkError")
      assert.strictEqual(error.phase, "connect")
      yield* server.failNext("publish", { delay: "5 seconds" })
      assert.strictEqual((yield* Effect.flip(centrifugo.publish(publish)))._tag, "CentrifugoTimeoutError")
    })
  )
})
