/** The methods of Centrifugo PRO, also on an open-source server. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import {
  Batch,
  Centrifugo,
  CentrifugoApi,
  CentrifugoError,
  CentrifugoPro,
  CentrifugoTransport,
  HttpTransport
} from "../../src/index.js"
import { left, right } from "../support/either.js"

/** A client of a server whose answers this function defines by path. */
const over = (answer: (path: string) => { readonly status: number; readonly text: string }) =>
  Layer.mergeAll(CentrifugoPro.layerTransport(), Centrifugo.layerTransport()).pipe(
    Layer.provide(
      Layer.succeed(CentrifugoTransport.CentrifugoTransport, {
        send: ({ method }) => HttpTransport.readAnswer({ method, ...answer(method) }, Redacted.make("key"))
      })
    )
  )

const missing = { status: 404, text: "404 page not found\n" }

describe("on an open-source server", () => {
  it.effect("a PRO method fails with NotFoundError, which says what it needs", () =>
    Effect.gen(function* () {
      const pro = yield* CentrifugoPro.CentrifugoPro
      const error = yield* Effect.flip(pro.getUserStatus({ users: ["u"] }))
      assert.strictEqual(error._tag, "CentrifugoNotFoundError")
      assert.strictEqual(error.method, "get_user_status")
      assert.match(error.message, /^get_user_status: 104 not found\..*Centrifugo PRO.*\/api by default/)
    }).pipe(Effect.provide(over(() => missing)))
  )

  it.effect("the same inside a batch", () =>
    Effect.gen(function* () {
      const pro = yield* CentrifugoPro.CentrifugoPro
      const [status, sent] = yield* pro.batch([
        CentrifugoApi.proMethods.getUserStatus({ users: ["u"] }),
        CentrifugoApi.publish({ channel: "a", data: 1 })
      ])
      const error = left(status)
      assert.strictEqual(error._tag, "CentrifugoNotFoundError")
      assert.match(error.message, /Centrifugo PRO/)
      assert.deepStrictEqual(right(sent), {})
    }).pipe(
      Effect.provide(
        over(() => ({
          status: 200,
          text: '{"replies":[{"error":{"code":104,"message":"not found"}},{"publish":{}}]}'
        }))
      )
    )
  )

  it("this applies to every PRO method, and to no other", () => {
    const error = new CentrifugoError.StatusError({ method: "m", status: 404, body: missing.text })
    for (const method of Object.values({ ...CentrifugoApi.methods, ...CentrifugoApi.proMethods })) {
      const expected =
        method.edition === "PRO"
          ? CentrifugoTransport.failure({ code: 104, message: "not found" })
          : undefined
      // Error recovery does not depend on the payload.
      assert.deepStrictEqual((method as typeof CentrifugoApi.methods.info)().recover?.(error), expected)
    }
  })

  it.effect("another 404 stays a StatusError", () =>
    Effect.gen(function* () {
      const pro = yield* CentrifugoPro.CentrifugoPro
      const error = yield* Effect.flip(pro.cancelPush({ uid: "u" }))
      assert.strictEqual(error._tag, "CentrifugoStatusError")
    }).pipe(Effect.provide(over(() => ({ status: 404, text: "<html>no such host</html>" }))))
  )

  it.effect("a method of every server keeps its hint about the URL", () =>
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      const error = yield* Effect.flip(centrifugo.info())
      assert.strictEqual(error._tag, "CentrifugoStatusError")
      assert.match(error.message, /\/api by default/)
    }).pipe(Effect.provide(over(() => missing)))
  )
})

describe("results of PRO methods", () => {
  it("connections, complete and nearly empty", () => {
    const read = (result: unknown) =>
      right(CentrifugoApi.connections.decode(CentrifugoTransport.result(result), {}, {})).connections
    assert.deepStrictEqual(read({ connections: { c1: {} } }), {
      c1: {
        appName: "",
        appVersion: "",
        transport: "",
        protocol: "",
        user: "",
        pingPongLatencyMs: 0,
        labels: {}
      }
    })
    const whole = {
      app_name: "web",
      app_version: "1",
      transport: "websocket",
      protocol: "json",
      user: "u",
      state: {
        channels: { a: { source: 10 }, b: {} },
        connection_token: { uid: "t", issued_at: 1_700_000_000 },
        subscription_tokens: { a: {} },
        meta: null
      },
      connected_at_ms: 1_700_000_000_123,
      ping_pong_latency_ms: -1,
      labels: { region: "eu" },
      new_field: 1
    }
    assert.deepStrictEqual(read({ connections: { c1: whole } }), {
      c1: {
        appName: "web",
        appVersion: "1",
        transport: "websocket",
        protocol: "json",
        user: "u",
        state: {
          channels: { a: { source: 10 }, b: { source: 0 } },
          connectionToken: { uid: "t", issuedAt: 1_700_000_000 },
          subscriptionTokens: { a: { uid: "" } },
          meta: null
        },
        connectedAtMs: 1_700_000_000_123,
        pingPongLatencyMs: -1,
        labels: { region: "eu" }
      }
    })
  })

  it("the last page has no cursor", () => {
    const read = (result: unknown) =>
      right(CentrifugoApi.deviceTopicList.decode(CentrifugoTransport.result(result), {}, {}))
    assert.deepStrictEqual(read({}), { items: [] })
    assert.deepStrictEqual(read({ items: [{ id: "1", topic: "t" }], next_cursor: "1", total_count: 7 }), {
      items: [{ id: "1", topic: "t" }],
      nextCursor: "1",
      totalCount: 7
    })
  })

  it("conflicts are errors of methods that can have them, and unexpected elsewhere", () => {
    const conflict = CentrifugoTransport.failure({ code: 113, message: "conflict" })
    const guarded = { deviceId: "d", op: "add" as const, topics: ["t"], user: "u" }
    assert.strictEqual(
      left(CentrifugoApi.deviceTopicUpdate.decode(conflict, guarded, {}))._tag,
      "CentrifugoConflictError"
    )
    assert.strictEqual(
      left(CentrifugoApi.deviceRemove.decode(conflict, { ids: ["d"] }, {}))._tag,
      "CentrifugoUnexpectedServerError"
    )
    const gone = left(
      CentrifugoApi.deviceTopicUpdate.decode(
        CentrifugoTransport.failure({ code: 104, message: "not found" }),
        guarded,
        {}
      )
    )
    assert.match(gone.message, /no such device, or the server is not Centrifugo PRO/)
  })

  it("a batch can contain PRO methods", () => {
    const request = Batch.batch({ list: CentrifugoApi.deviceList({ limit: 1 }) })
    assert.strictEqual(right(request.encode()), '{"commands":[{"device_list":{"limit":1}}]}')
  })
})
