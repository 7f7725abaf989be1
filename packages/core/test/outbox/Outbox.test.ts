import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ApiMethod, Batch, CentrifugoApi, Outbox, Wire } from "../../src/index.js"
import { left, right } from "../support/either.js"

const publish = CentrifugoApi.publish({ channel: "chat:1", data: { text: "hi" } })

const inSeconds = 2_000_000_000

/** Every method that consumers act on, with the table's columns. */
const requests: ReadonlyArray<readonly [Outbox.EventRequest, method: Outbox.Method, payload: string]> = [
  [publish, "publish", '{"channel":"chat:1","data":{"text":"hi"}}'],
  [
    CentrifugoApi.broadcast({ channels: ["a", "b"], data: 1 }),
    "broadcast",
    '{"channels":["a","b"],"data":1}'
  ],
  [CentrifugoApi.subscribe({ channel: "a", user: "42" }), "subscribe", '{"channel":"a","user":"42"}'],
  [CentrifugoApi.unsubscribe({ channel: "a", user: "42" }), "unsubscribe", '{"channel":"a","user":"42"}'],
  [CentrifugoApi.disconnect({ user: "42" }), "disconnect", '{"user":"42"}'],
  [
    CentrifugoApi.refresh({ user: "42", expireAt: inSeconds }),
    "refresh",
    `{"user":"42","expire_at":${inSeconds}}`
  ],
  [CentrifugoApi.historyRemove({ channel: "a" }), "history_remove", '{"channel":"a"}']
]

/** Values that do not compile. */
const eventOfAny = (request: unknown, options?: Outbox.Options) =>
  left(Outbox.event(request as Outbox.EventRequest, options))

describe("Outbox", () => {
  it.each(requests.map(([request, ...expected]) => [...expected, request] as const))(
    "event: %s with payload %s",
    (method, payload, request) => {
      assert.deepStrictEqual(right(Outbox.event(request)), { method, payload })
      assert.strictEqual(right(Outbox.envelope(request)), `{"method":"${method}","payload":${payload}}`)
      const { attributes, body } = right(Outbox.message(request))
      assert.deepStrictEqual(
        { attributes, body },
        { attributes: { "centrifugo-method": method }, body: payload }
      )
    }
  )

  it("takes exactly the methods whose descriptor says that consumers carry them out", () => {
    const said = Object.values(CentrifugoApi.methods).filter(({ consumers }) => consumers)
    assert.sameMembers(
      said.map(({ method }) => method),
      requests.map(([, method]) => method)
    )
  })

  it.effect("is also an Effect", () =>
    Effect.gen(function* () {
      const { method } = yield* Outbox.event(publish)
      assert.strictEqual(method, "publish")
    })
  )

  it("takes a custom descriptor of a method that consumers act on", () => {
    const own = ApiMethod.make("unsubscribe", {
      payload: { channel: Wire.ChannelName, user: Wire.Text },
      result: {},
      codes: [100],
      repeat: "natural",
      consumers: true
    })
    const event = right(Outbox.event(own({ channel: "a", user: "42" })))
    assert.strictEqual(event.payload, '{"channel":"a","user":"42"}')
  })

  it("keeps bytes as base64, and all digits of a version", () => {
    const request = CentrifugoApi.publish({
      channel: "a",
      data: Uint8Array.of(0, 255),
      version: 9007199254740993n
    })
    assert.strictEqual(
      right(Outbox.event(request)).payload,
      '{"channel":"a","b64data":"AP8=","version":9007199254740993}'
    )
  })

  it.each<readonly [string, unknown, string, RegExp]>([
    [
      "a method that consumers drop",
      CentrifugoApi.presence({ channel: "a" }),
      "presence",
      /drop this method; call it over the API/
    ],
    ["a batch", Batch.batch([publish]), "batch", /an event for each member/],
    ["a payload that is not a request", { channel: "a", data: 1 }, "event", /expected a request/],
    ["nothing", undefined, "event", /expected a request/]
  ])("refuses %s", (_, request, method, detail) => {
    const error = eventOfAny(request)
    assert.strictEqual(error._tag, "CentrifugoEncodeError")
    assert.strictEqual(error.method, method)
    assert.match(error.detail, detail)
  })

  it.each<readonly [string, Outbox.EventRequest, ReadonlyArray<string | number>, RegExp]>([
    ["an empty channel", CentrifugoApi.publish({ channel: "", data: 1 }), ["channel"], /not empty/],
    [
      "a broadcast without channels",
      CentrifugoApi.broadcast({ channels: [], data: 1 }),
      ["channels"],
      /the list is empty/
    ],
    [
      "one empty channel of a broadcast",
      CentrifugoApi.broadcast({ channels: ["a", ""], data: 1 }),
      ["channels", 1],
      /non-empty/
    ],
    [
      "data that is not JSON",
      CentrifugoApi.publish({ channel: "a", data: { n: NaN } }),
      ["data", "n"],
      /NaN/
    ],
    ["empty bytes", CentrifugoApi.publish({ channel: "a", data: new Uint8Array() }), ["data"], /drop it/],
    [
      "a version that the Redis engine reads as another",
      CentrifugoApi.publish({ channel: "a", data: 1, version: 2n ** 63n }),
      ["version"],
      /2\^63 - 1/
    ],
    [
      "a subscription that ends at a time",
      CentrifugoApi.subscribe({ channel: "a", user: "42", expireAt: inSeconds }),
      ["expireAt"],
      /block later events/
    ]
  ])("refuses %s", (_, request, path, detail) => {
    for (const make of [Outbox.event, Outbox.envelope, Outbox.message, Outbox.rows]) {
      const error = left<unknown, { readonly path: unknown; readonly detail: string }>(make(request))
      assert.deepStrictEqual(error.path, path)
      assert.match(error.detail, detail)
    }
  })

  const namespaces = ["chat", "news"]
  const makes = [Outbox.event, Outbox.envelope, Outbox.message, Outbox.rows]

  it("accepts channels of the given namespaces, and channels without one", () => {
    const data = 1
    for (const channel of ["chat:1", "$news:1", "lobby", ":odd"]) {
      const requests = [
        CentrifugoApi.publish({ channel, data }),
        CentrifugoApi.broadcast({ channels: ["lobby", channel], data }),
        CentrifugoApi.subscribe({ channel, user: "1" }),
        CentrifugoApi.disconnect({ user: "1" })
      ]
      for (const request of requests) {
        for (const make of makes) assert.strictEqual(make(request, { namespaces })._tag, "Right")
      }
    }
  })

  it("refuses a channel of another namespace, with its path and the namespaces", () => {
    const channel = "chta:1"
    const cases: ReadonlyArray<readonly [Outbox.EventRequest, ReadonlyArray<string | number>]> = [
      [CentrifugoApi.publish({ channel, data: 1 }), ["channel"]],
      [CentrifugoApi.unsubscribe({ channel, user: "1" }), ["channel"]],
      [CentrifugoApi.historyRemove({ channel: "$chta:1" }), ["channel"]],
      [CentrifugoApi.broadcast({ channels: ["chat:1", channel], data: 1 }), ["channels", 1]]
    ]
    for (const [request, path] of cases) {
      for (const make of makes) {
        const error = left<unknown, { readonly path: unknown; readonly detail: string }>(
          make(request, { namespaces })
        )
        assert.deepStrictEqual(error.path, path)
        assert.match(error.detail, /"chta" is not in the list of namespaces \(chat, news\)/)
        assert.strictEqual(make(request)._tag, "Right")
      }
    }
  })

  it("refuses namespaces that are not a list", () => {
    for (const wrong of ["chat", [""], [1], {}]) {
      const error = left(Outbox.event(publish, { namespaces: wrong as never }))
      assert.deepStrictEqual(error.path, ["namespaces"])
    }
  })

  it("refuses invalid options, with the option's name as the path", () => {
    const broadcast = CentrifugoApi.broadcast({ channels: ["a", "b", "c"], data: 1 })
    for (const request of [publish, broadcast]) {
      for (const partitions of [0, -1, 1.5, NaN, 2 ** 31, "4", null]) {
        const error = left(Outbox.rows(request, { partitions: partitions as number }))
        assert.deepStrictEqual(error.path, ["partitions"])
        assert.deepStrictEqual(left(Outbox.split(broadcast, partitions as number)).path, ["partitions"])
      }
      for (const key of [null, "", 42]) {
        const options = { partitions: 4, partitionKey: key as string }
        assert.deepStrictEqual(left(Outbox.rows(request, options)).path, ["partitionKey"])
        assert.deepStrictEqual(left(Outbox.split(request, 4, key as string)).path, ["partitionKey"])
        const eventId = { eventId: key as string }
        for (const make of [Outbox.event, Outbox.envelope, Outbox.message, Outbox.rows]) {
          const error = left<unknown, { readonly path: unknown }>(make(request, eventId))
          assert.deepStrictEqual(error.path, ["eventId"])
        }
        assert.deepStrictEqual(left(Outbox.publication(request, eventId)).path, ["eventId"])
      }
    }
    const empty = CentrifugoApi.publish({ channel: "a", data: 1, idempotencyKey: "" })
    assert.deepStrictEqual(left(Outbox.event(empty)).path, ["idempotencyKey"])
  })

  it.each<readonly [string, Outbox.EventRequest, ReadonlyArray<string | number>]>([
    [
      "in a value",
      CentrifugoApi.publish({ channel: "a", data: { a: [1, { b: "x\0" }] } }),
      ["data", "a", 1, "b"]
    ],
    ["in a key", CentrifugoApi.publish({ channel: "a", data: { a: { "\0": 1 } } }), ["data", "a", "\0"]],
    ["in the whole", CentrifugoApi.publish({ channel: "a", data: "\0" }), ["data"]],
    ["after backslashes", CentrifugoApi.publish({ channel: "a", data: "\\\\\0" }), ["data"]],
    ["in a channel", CentrifugoApi.broadcast({ channels: ["a", "b\0"], data: 1 }), ["channels", 1]],
    [
      "in an idempotency key",
      CentrifugoApi.publish({ channel: "a", data: 1, idempotencyKey: "\0" }),
      ["idempotencyKey"]
    ],
    ["in a tag", CentrifugoApi.publish({ channel: "a", data: 1, tags: { t: "\0" } }), ["tags", "t"]],
    ["in a user", CentrifugoApi.disconnect({ user: "\0" }), ["user"]]
  ])("refuses a NUL %s for a table, but not for a queue", (_, request, path) => {
    for (const make of [Outbox.event, Outbox.rows]) {
      const error = left<unknown, { readonly path: unknown; readonly message: string }>(make(request))
      assert.deepStrictEqual(error.path, path)
      assert.match(error.message, /not sent, the request can't be encoded at .*: it contains a NUL character/)
    }
    assert.strictEqual(right(Outbox.message(request)).body, right(request.encode()))
  })

  it.each(["\\u0000", "\\\\u0000", "\\\\\\u0000"])("does not mistake the text %s for a NUL", (data) => {
    assert.isDefined(right(Outbox.event(CentrifugoApi.publish({ channel: "a", data: { [data]: data } }))))
  })

  describe("idempotency keys", () => {
    const keyOf = (request: Outbox.EventRequest, options?: Outbox.Options) =>
      (JSON.parse(right(Outbox.event(request, options)).payload) as { readonly idempotency_key?: string })
        .idempotency_key

    it("the event ID is the key, the same each time", () => {
      assert.strictEqual(keyOf(publish, { eventId: "order-42" }), "order-42")
      assert.strictEqual(keyOf(publish, { eventId: "order-42" }), "order-42")
      const broadcast = CentrifugoApi.broadcast({ channels: ["a", "b"], data: 1 })
      assert.strictEqual(keyOf(broadcast, { eventId: "order-42" }), "order-42")
      assert.isUndefined(keyOf(publish))
    })

    it("a request keeps its own key", () => {
      const keyed = CentrifugoApi.publish({ channel: "a", data: 1, idempotencyKey: "mine" })
      assert.strictEqual(keyOf(keyed, { eventId: "order-42" }), "mine")
    })

    it("methods without keys are unchanged, and an empty ID is refused", () => {
      assert.isUndefined(keyOf(CentrifugoApi.disconnect({ user: "42" }), { eventId: "order-42" }))
      assert.deepStrictEqual(eventOfAny(publish, { eventId: "" }).path, ["eventId"])
    })
  })
})
