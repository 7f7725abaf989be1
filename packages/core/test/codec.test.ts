import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, ParseResult, Schema } from "effect"
import { inspect } from "node:util"
import { ApiMethod, CentrifugoApi, CentrifugoTransport, Wire } from "../src/index.js"
import { left, right } from "./support/either.js"

const publish = (payload: object) =>
  CentrifugoApi.publish.encode({ channel: "a", data: 1, ...payload } as never)

/** Encodes values that do not compile. */
const encodeAny = (method: { readonly encode: (payload: never) => unknown }, payload: unknown) =>
  method.encode(payload as never) as ReturnType<typeof CentrifugoApi.publish.encode>

/** The decoded answer of a method. */
const read = <P, A, E>(method: ApiMethod.ApiMethod<string, P, A, E>, result: unknown, payload: P) =>
  method.decode(CentrifugoTransport.result(result), payload, {})

const history = (result: unknown) => read(CentrifugoApi.history, result, { channel: "a" })

describe("requests on the wire", () => {
  it("writes exactly the fields of a publish, under snake_case names", () => {
    const text = CentrifugoApi.publish.encode({
      channel: "chat:1",
      data: { a: 1 },
      skipHistory: true,
      tags: { lang: "en" },
      idempotencyKey: "k",
      delta: false,
      version: 3,
      versionEpoch: "e"
    })
    assert.deepStrictEqual(JSON.parse(right(text)), {
      channel: "chat:1",
      data: { a: 1 },
      skip_history: true,
      tags: { lang: "en" },
      idempotency_key: "k",
      delta: false,
      version: 3,
      version_epoch: "e"
    })
  })

  it("writes data as JSON, not as a JSON string, for publish and broadcast", () => {
    assert.strictEqual(
      right(CentrifugoApi.publish.encode({ channel: "a", data: { a: 1 } })),
      '{"channel":"a","data":{"a":1}}'
    )
    assert.strictEqual(
      right(CentrifugoApi.broadcast.encode({ channels: ["a", "b"], data: { a: 1 } })),
      '{"channels":["a","b"],"data":{"a":1}}'
    )
  })

  it("writes nested fields under their wire names", () => {
    assert.strictEqual(
      right(
        CentrifugoApi.disconnect.encode({
          user: "",
          whitelist: ["c1"],
          disconnect: { code: 4500, reason: "enough" }
        })
      ),
      '{"user":"","whitelist":["c1"],"disconnect":{"code":4500,"reason":"enough"}}'
    )
    assert.strictEqual(right(CentrifugoApi.info.encode({})), "{}")
  })

  it("omits optional fields that are undefined", () => {
    assert.strictEqual(right(publish({ tags: undefined, version: undefined })), '{"channel":"a","data":1}')
  })

  it.each<readonly [string, unknown, ReadonlyArray<string | number>, RegExp]>([
    [
      "a field under its wire name",
      { channel: "a", data: 1, skip_history: true },
      ["skip_history"],
      /unknown field.*skipHistory/
    ],
    [
      "a misspelt field",
      { channel: "a", data: 1, idempotencykey: "k" },
      ["idempotencykey"],
      /unknown field.*idempotencyKey/
    ],
    ["a field of the wrong case", { Channel: "a", channel: "a", data: 1 }, ["Channel"], /unknown field/],
    [
      "an own __proto__ field",
      JSON.parse('{"channel":"a","data":1,"__proto__":1}'),
      ["__proto__"],
      /unknown field/
    ],
    ["a missing channel", { data: 1 }, ["channel"], /missing or undefined/],
    ["an undefined channel", { channel: undefined, data: 1 }, ["channel"], /missing or undefined/],
    ["missing data", { channel: "a" }, ["data"], /missing or undefined/],
    ["an empty channel", { channel: "", data: 1 }, ["channel"], /not empty/],
    ["a channel that is no string", { channel: 5, data: 1 }, ["channel"], /^expected string, got a number$/],
    ["a channel with half a surrogate pair", { channel: "a\ud800", data: 1 }, ["channel"], /surrogate/],
    [
      "null for an optional field",
      { channel: "a", data: 1, tags: null },
      ["tags"],
      /expected an object, got null/
    ],
    [
      "a number for a boolean",
      { channel: "a", data: 1, delta: 1 },
      ["delta"],
      /expected a boolean, got a number/
    ],
    [
      "a number as a tag",
      { channel: "a", data: 1, tags: { a: "x", n: 1 } },
      ["tags", "n"],
      /expected a string, got a number/
    ],
    [
      "an undefined tag",
      { channel: "a", data: 1, tags: { u: undefined } },
      ["tags", "u"],
      /expected a string/
    ],
    [
      "a Map of tags",
      { channel: "a", data: 1, tags: new Map([["a", "b"]]) },
      ["tags"],
      /expected an object, got a Map/
    ],
    ["a list of tags", { channel: "a", data: 1, tags: ["a"] }, ["tags"], /expected an object, got an array/],
    [
      "half a surrogate pair in a tag",
      { channel: "a", data: 1, tags: { t: "\ud800" } },
      ["tags", "t"],
      /surrogate/
    ],
    [
      "half a surrogate pair in a tag's key",
      { channel: "a", data: 1, tags: { "\ud800": "" } },
      ["tags", "\ud800"],
      /surrogate/
    ],
    ["null as the payload", null, [], /expected an object, got null/],
    ["a list as the payload", [], [], /expected an object, got an array/],
    ["a text as the payload", "a", [], /expected an object, got a string/],
    [
      "a payload whose getter throws",
      {
        get channel(): string {
          throw new Error("boom")
        },
        data: 1
      },
      ["channel"],
      /threw an Error,/
    ],
    [
      "a payload that is a throwing Proxy",
      new Proxy(
        { channel: "a", data: 1 },
        {
          ownKeys: () => {
            throw new Error("boom")
          }
        }
      ),
      ["versionEpoch"],
      /threw an Error,/
    ]
  ])("refuses %s", (_, payload, path, detail) => {
    const error = left(encodeAny(CentrifugoApi.publish, payload))
    assert.strictEqual(error._tag, "CentrifugoEncodeError")
    assert.deepStrictEqual(error.path, path)
    assert.match(error.detail, detail)
  })

  it("refuses bad fields of nested values with their path", () => {
    const nested = left(encodeAny(CentrifugoApi.history, { channel: "a", since: { offset: 1, Epoch: "x" } }))
    assert.deepStrictEqual(nested.path, ["since", "Epoch"])
    const second = left(CentrifugoApi.broadcast.encode({ channels: ["a", "\ud800"], data: 1 }))
    assert.deepStrictEqual(second.path, ["channels", 1])
    assert.include(second.message, "broadcast: not sent, the request can't be encoded at channels[1]")
  })

  it("suggests only own, defined fields for a misspelt name", () => {
    const inherited = Object.assign(Object.create({ more: 1 }) as object, { channel: "a", data: 1 })
    assert.strictEqual(right(encodeAny(CentrifugoApi.publish, inherited)), '{"channel":"a","data":1}')
    assert.deepStrictEqual(left(publish({ more: undefined, skip_history: true } as object)).path, [
      "skip_history"
    ])
  })

  it("refuses a revoked Proxy", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    assert.deepInclude(left(encodeAny(CentrifugoApi.publish, proxy)), { path: [] })
  })

  it("suggests no fields if the method has none", () => {
    const error = left(encodeAny(CentrifugoApi.info, { verbose: true }))
    assert.deepStrictEqual(error.path, ["verbose"])
    assert.match(error.detail, /known fields: none/)
  })

  it.each([
    ["a fraction", 1.5],
    ["more than 2^31 - 1", 2 ** 31],
    ["less than -2^31", -(2 ** 31) - 1],
    ["a text", "5"],
    ["a bigint", 5n]
  ])("refuses %s as a 32-bit integer", (_, limit) => {
    const error = left(encodeAny(CentrifugoApi.history, { channel: "a", limit }))
    assert.deepStrictEqual(error.path, ["limit"])
    assert.match(error.detail, /from -2\^31 to 2\^31 - 1/)
  })

  it("refuses disconnect codes and reasons that do not fit into a close frame", () => {
    const disconnect = (code: number, reason: string) =>
      CentrifugoApi.disconnect.encode({ user: "u", disconnect: { code, reason } })
    right(disconnect(3000, ""))
    right(disconnect(4999, "x".repeat(123)))
    for (const code of [2999, 5000, 65536 + 4000]) {
      const error = left(disconnect(code, ""))
      assert.deepStrictEqual(error.path, ["disconnect", "code"])
      assert.match(error.detail, /3000 to 4999/)
    }
    for (const code of [4000.5, NaN, -4000]) {
      assert.deepStrictEqual(left(disconnect(code, "")).path, ["disconnect", "code"])
    }
    // The limit counts bytes, not characters.
    const error = left(disconnect(4000, "é".repeat(62)))
    assert.deepStrictEqual(error.path, ["disconnect", "reason"])
    assert.match(error.detail, /123 bytes/)
  })
})

describe("bytes", () => {
  const bytes = (data: Uint8Array) => right(CentrifugoApi.publish.encode({ channel: "a", data }))

  it.each([
    ["the standard alphabet", [0xfb, 0xff, 0xfe], "+//+"],
    ["two padding characters", [0], "AA=="],
    ["one padding character", [0xff, 0xff], "//8="],
    ["nothing for no bytes", [], ""]
  ])("writes %s", (_, values, base64) => {
    assert.strictEqual(bytes(new Uint8Array(values)), `{"channel":"a","b64data":"${base64}"}`)
  })

  it("of a Buffer, or of a view of a buffer, are taken as they are", () => {
    assert.strictEqual(bytes(Buffer.from("hi")), '{"channel":"a","b64data":"aGk="}')
    const view = new Uint8Array(new Uint8Array([9, 104, 105, 9]).buffer, 1, 2)
    assert.strictEqual(bytes(view), '{"channel":"a","b64data":"aGk="}')
  })

  it.prop("are written as Node's base64", [FastCheck.uint8Array()], ([data]) => {
    assert.strictEqual(bytes(data), `{"channel":"a","b64data":"${Buffer.from(data).toString("base64")}"}`)
  })

  it("survive a round trip through the payload's Schema, also empty ones", () => {
    for (const data of [new Uint8Array([1, 2, 255]), new Uint8Array()]) {
      const wire = Schema.encodeSync(CentrifugoApi.publish.payload)({ channel: "a", data })
      assert.notProperty(wire, "data")
      assert.deepStrictEqual(Schema.decodeSync(CentrifugoApi.publish.payload)(wire), { channel: "a", data })
    }
  })

  it("lose to a value if they are empty, and win otherwise, as on the server", () => {
    const decode = Schema.decodeUnknownSync(CentrifugoApi.publish.payload)
    assert.deepStrictEqual(decode({ channel: "a", data: 1, b64data: "" }).data, 1)
    assert.deepStrictEqual(decode({ channel: "a", data: null, b64data: "" }).data, null)
    assert.deepStrictEqual(decode({ channel: "a", data: 1, b64data: "AA==" }).data, new Uint8Array([0]))
  })

  it("that are invalid base64 are refused when a payload is decoded", () => {
    const decode = Schema.decodeUnknownEither(CentrifugoApi.publish.payload)
    const error = left(decode({ channel: "a", b64data: "?" }))
    assert.deepStrictEqual(ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.path, ["data"])
    assert.match(error.message, /not base64/)
    // Also in optional fields.
    const subscribe = Schema.decodeUnknownEither(CentrifugoApi.subscribe.payload)
    assert.match(left(subscribe({ user: "u", channel: "a", b64info: "?" })).message, /not base64/)
  })
})

describe("unsigned 64-bit integers", () => {
  const version = (version: unknown) => publish({ version })

  it.each<readonly [unknown, string]>([
    [0, "0"],
    [-0, "0"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [0n, "0"],
    [9007199254740993n, "9007199254740993"],
    [18446744073709551615n, "18446744073709551615"]
  ])("%s is written digit for digit", (value, digits) => {
    assert.strictEqual(right(version(value)), `{"channel":"a","data":1,"version":${digits}}`)
  })

  it("a position past 2^53 is sent with all digits", () => {
    assert.strictEqual(
      right(
        CentrifugoApi.history.encode({
          channel: "a",
          since: { offset: 18446744073709551615n, epoch: "e" },
          limit: -1
        })
      ),
      '{"channel":"a","limit":-1,"since":{"offset":18446744073709551615,"epoch":"e"}}'
    )
  })

  it.each([Number.MAX_SAFE_INTEGER + 1, 2 ** 60, 1e300, Infinity])(
    "%s, which may be rounded, is refused with advice",
    (value) => {
      const error = left(version(value))
      assert.deepStrictEqual(error.path, ["version"])
      assert.match(error.detail, /pass a bigint/)
    }
  )

  it.each([-1, 1.5, NaN, -1n, 18446744073709551616n, "5", true, null])("%s is refused", (value) => {
    const error = left(version(value))
    assert.deepStrictEqual(error.path, ["version"])
    assert.match(error.detail, /from 0 to 2\^64 - 1/)
  })

  it("the payload's Schema refuses to round a bigint, because parsed JSON can't hold it", () => {
    const encode = Schema.encodeEither(CentrifugoApi.publish.payload)
    assert.deepStrictEqual(right(encode({ channel: "a", data: 1, version: 7n })), {
      channel: "a",
      data: 1,
      version: 7
    })
    const error = left(encode({ channel: "a", data: 1, version: 18446744073709551615n }))
    assert.match(error.message, /rounded/)
    assert.deepStrictEqual(ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.path, ["version"])
  })
})

describe("keys that could change a prototype", () => {
  const hostile = JSON.parse('{"__proto__":"p","constructor":"c","toString":"t"}') as Record<string, string>

  it("own __proto__ keys of tags are sent", () => {
    assert.strictEqual(
      right(publish({ tags: hostile })),
      '{"channel":"a","data":1,"tags":{"__proto__":"p","constructor":"c","toString":"t"}}'
    )
  })

  it("own __proto__ keys of tags survive a round trip through the payload's Schema", () => {
    const wire = Schema.encodeSync(CentrifugoApi.publish.payload)({ channel: "a", data: 1, tags: hostile })
    assert.deepStrictEqual(Object.entries(wire.tags as object), Object.entries(hostile))
    const { tags } = Schema.decodeSync(CentrifugoApi.publish.payload)(wire)
    assert.deepStrictEqual(Object.entries(tags!), Object.entries(hostile))
    assert.strictEqual(Object.getPrototypeOf(tags), Object.prototype)
  })

  it("own __proto__ keys of tags and of a presence map are read, and change no prototype", () => {
    const [publication] = right(
      history({ publications: [{ data: 1, offset: 1, tags: hostile }] })
    ).publications
    assert.deepStrictEqual(Object.entries(publication!.tags), Object.entries(hostile))
    assert.strictEqual(Object.getPrototypeOf(publication!.tags), Object.prototype)

    const wire: unknown = JSON.parse('{"presence":{"__proto__":{"user":"u","client":"__proto__"}}}')
    const { presence } = right(read(CentrifugoApi.presence, wire, { channel: "a" }))
    assert.deepStrictEqual(Object.keys(presence), ["__proto__"])
    assert.strictEqual(Object.getPrototypeOf(presence), Object.prototype)
    assert.strictEqual(Object.getOwnPropertyDescriptor(presence, "__proto__")?.value.user, "u")
    assert.deepStrictEqual(Object.keys(Object.prototype), [])
  })

  it("own __proto__ keys of received data are kept", () => {
    const data: unknown = JSON.parse('{"__proto__":{"polluted":true}}')
    const [publication] = right(history({ publications: [{ data, offset: 1 }] })).publications
    assert.strictEqual(JSON.stringify(publication!.data), '{"__proto__":{"polluted":true}}')
    assert.notProperty({}, "polluted")
  })
})

describe("results", () => {
  it("a publish has offset and epoch, or neither without history", () => {
    const publish = (result: unknown) => right(read(CentrifugoApi.publish, result, { channel: "a", data: 1 }))
    assert.deepStrictEqual(publish({ offset: 7, epoch: "x" }), { offset: 7, epoch: "x" })
    assert.deepStrictEqual(publish({}), {})
    assert.deepStrictEqual(publish({ offset: null, epoch: null }), {})
  })

  it("history has publications, offset and epoch", () => {
    const info = { user: "u", client: "c", conn_info: { n: 1 }, chan_info: null }
    assert.deepStrictEqual(
      right(
        history({
          publications: [
            { data: { a: 1 }, offset: 4, tags: { t: "x" }, info },
            { data: null, offset: 5 },
            { offset: 6 }
          ],
          offset: 9,
          epoch: "e"
        })
      ),
      {
        publications: [
          {
            data: { a: 1 },
            info: { user: "u", client: "c", connInfo: { n: 1 }, chanInfo: null },
            offset: 4,
            tags: { t: "x" }
          },
          // A published null is a value; an empty payload is absent.
          { data: null, offset: 5, tags: {} },
          { offset: 6, tags: {} }
        ],
        offset: 9,
        epoch: "e"
      }
    )
  })

  it.each<readonly [string, unknown]>([
    ["absent", {}],
    ["null", { publications: null, offset: null, epoch: null }],
    ["zero", { publications: [], offset: 0, epoch: "" }]
  ])("what is %s in a history is empty, 0 or blank", (_, result) => {
    assert.deepStrictEqual(right(history(result)), { publications: [], offset: 0, epoch: "" })
  })

  it('absent fields of other methods are empty, 0 or ""', () => {
    assert.deepStrictEqual(right(read(CentrifugoApi.presence, { presence: null }, { channel: "a" })), {
      presence: {}
    })
    assert.deepStrictEqual(right(read(CentrifugoApi.presence, { presence: { c: {} } }, { channel: "a" })), {
      presence: { c: { user: "", client: "" } }
    })
    assert.deepStrictEqual(right(read(CentrifugoApi.presenceStats, {}, { channel: "a" })), {
      numClients: 0,
      numUsers: 0
    })
    assert.deepStrictEqual(right(read(CentrifugoApi.info, {}, {})), { nodes: [] })
    assert.deepStrictEqual(right(read(CentrifugoApi.info, { nodes: [{ metrics: {}, process: {} }] }, {})), {
      nodes: [
        {
          uid: "",
          name: "",
          version: "",
          numClients: 0,
          numUsers: 0,
          numChannels: 0,
          numSubs: 0,
          uptime: 0,
          metrics: { interval: 0, items: {} },
          process: { cpu: 0, rss: 0 }
        }
      ]
    })
    assert.deepStrictEqual(right(read(CentrifugoApi.disconnect, {}, { user: "u" })), {})
  })

  it("defaults are fresh: changing one result does not change another", () => {
    const first = right(history({})).publications as Array<unknown>
    first.push(1)
    assert.deepStrictEqual(right(history({})).publications, [])
  })

  it("unknown fields are ignored at every level", () => {
    const result = {
      publications: [{ offset: 1, data: 1, new_field: [], info: { user: "u", client: "c", new_field: 1 } }],
      offset: 1,
      epoch: "e",
      new_field: { a: 1 }
    }
    assert.deepStrictEqual(right(history(result)), {
      publications: [{ offset: 1, data: 1, tags: {}, info: { user: "u", client: "c" } }],
      offset: 1,
      epoch: "e"
    })
    assert.deepStrictEqual(right(read(CentrifugoApi.disconnect, { new_field: 1 }, { user: "u" })), {})
  })

  it.each<readonly [string, unknown, ReadonlyArray<string | number>, RegExp]>([
    ["an offset past 2^53", { offset: JSON.parse("9007199254740993") }, ["offset"], /losing digits/],
    ["the largest offset", { offset: JSON.parse("18446744073709551615") }, ["offset"], /losing digits/],
    ["a negative offset", { offset: -1 }, ["offset"], /from 0/],
    ["a fraction", { offset: 1.5 }, ["offset"], /integer/],
    ["an offset as text", { offset: "1" }, ["offset"], /integer/],
    [
      "an unsafe offset inside a list",
      { publications: [{ offset: 1 }, { offset: 2 ** 53 }] },
      ["publications", 1, "offset"],
      /losing digits/
    ],
    [
      "publications in another field",
      { publications: 5, offset: [] },
      ["publications"],
      /expected an array, got a number/
    ],
    [
      "a list as a map",
      { publications: [{ tags: [] }] },
      ["publications", 0, "tags"],
      /expected an object, got an array/
    ],
    [
      "a number as a tag",
      { publications: [{ tags: { t: 5 } }] },
      ["publications", 0, "tags", "t"],
      /expected a string, got a number/
    ],
    ["a number as an epoch", { epoch: 5 }, ["epoch"], /expected a string, got a number/],
    [
      "a text as a publication",
      { publications: ["x"] },
      ["publications", 0],
      /expected an object, got a string/
    ],
    ["null as the result", null, [], /expected an object, got null/],
    ["a list as the result", [], [], /expected an object, got an array/],
    ["nothing as the result", undefined, [], /expected an object, got nothing/]
  ])("%s is a DecodeError that says where", (_, result, path, detail) => {
    const error = left(history(result))
    assert.strictEqual(error._tag, "CentrifugoDecodeError")
    assert.deepInclude(error, { path, method: "history" })
    assert.match((error as { detail: string }).detail, detail)
  })

  it("counters accept exactly 32 bits", () => {
    const stats = (num_clients: unknown) =>
      read(CentrifugoApi.presenceStats, { num_clients }, { channel: "a" })
    assert.strictEqual(right(stats(4294967295)).numClients, 4294967295)
    for (const bad of [4294967296, -1, 0.5, "1", true])
      assert.strictEqual(left(stats(bad))._tag, "CentrifugoDecodeError")
  })

  it("a node's metrics can be fractions, and its rss is exact to 2^53", () => {
    const [node] = right(
      read(
        CentrifugoApi.info,
        {
          nodes: [
            { metrics: { interval: 60.5, items: { "a.b": -0.25 } }, process: { cpu: 1.5, rss: 2 ** 40 } }
          ]
        },
        {}
      )
    ).nodes
    assert.deepStrictEqual(node?.metrics, { interval: 60.5, items: { "a.b": -0.25 } })
    assert.deepStrictEqual(node?.process, { cpu: 1.5, rss: 2 ** 40 })
  })
})

describe("a custom descriptor", () => {
  const Priority = Schema.Literal("low", "high")
  interface Tree {
    readonly name: string
    readonly parts: ReadonlyArray<Tree>
  }
  const Tree: Schema.Schema<Tree> = Schema.Struct({
    name: Schema.String,
    parts: Schema.Array(Schema.suspend((): Schema.Schema<Tree> => Tree))
  })
  const enqueue = ApiMethod.make("queue_put", {
    payload: {
      channel: Wire.ChannelName,
      jobPriority: Priority,
      pair: Schema.optional(Schema.Tuple(Schema.String, Schema.Number)),
      either: Schema.optional(Schema.Union(Schema.String, Schema.Number)),
      jobTree: Schema.optional(Tree),
      jobArgs: Schema.optional(Wire.Json)
    },
    result: { jobId: Wire.Text, jobPriority: Schema.optionalWith(Priority, { exact: true }) },
    codes: [100, 104],
    repeat: "unsafe"
  })

  it("is encoded under wire names, with literals, tuples, unions and recursion", () => {
    assert.strictEqual(
      right(
        enqueue.encode({
          channel: "a",
          jobPriority: "high",
          pair: ["x", 1],
          either: 2,
          jobTree: { name: "r", parts: [{ name: "l", parts: [] }] },
          jobArgs: [null]
        })
      ),
      '{"channel":"a","job_priority":"high","pair":["x",1],"either":2,"job_tree":{"name":"r","parts":[{"name":"l","parts":[]}]},"job_args":[null]}'
    )
  })

  it("is checked like built-in methods, at every depth", () => {
    const path = (payload: object) =>
      left(encodeAny(enqueue, { channel: "a", jobPriority: "low", ...payload })).path
    assert.deepStrictEqual(path({ jobPriority: "middle" }), ["jobPriority"])
    assert.deepStrictEqual(path({ pair: ["x"] })[0], "pair")
    assert.deepStrictEqual(path({ pair: ["x", NaN] }), ["pair", 1])
    assert.deepStrictEqual(path({ either: true }), ["either"])
    assert.deepStrictEqual(path({ jobTree: { name: "r", parts: [{ name: 1, parts: [] }] } }), [
      "jobTree",
      "parts",
      0,
      "name"
    ])
    assert.deepStrictEqual(path({ jobArgs: { n: 1n } }), ["jobArgs", "n"])
    assert.deepStrictEqual(path({ jobArgs: new Uint8Array(1) }), ["jobArgs"])
  })

  it("reports the path and message of errors that only Schema finds", () => {
    const refusal = (pair: unknown) => left(encodeAny(enqueue, { channel: "a", jobPriority: "low", pair }))
    assert.deepInclude(refusal(["x"]), { path: ["pair", 1], detail: "required, but missing" })
    assert.deepInclude(refusal(["x", 1, 2]), { path: ["pair", 2], detail: "not expected here" })
    assert.deepInclude(refusal(["x", "y"]), {
      path: ["pair", 1],
      detail: "expected number, got a string"
    })
  })

  it("can use the plain types of Schema, and conditions on them", () => {
    const fields = {
      isDone: Schema.Boolean,
      ratio: Schema.Number,
      share: Schema.Number.pipe(Schema.between(0, 1)),
      kind: Schema.Literal("job"),
      notes: Schema.Array(Wire.Json)
    }
    const job = ApiMethod.make("job", { payload: fields, result: fields, codes: [], repeat: "unsafe" })
    const payload = { isDone: false, ratio: -1.5, share: 0.5, kind: "job", notes: [null] } as const
    const wire = { is_done: false, ratio: -1.5, share: 0.5, kind: "job", notes: [null] }
    assert.deepStrictEqual(JSON.parse(right(job.encode(payload))), wire)
    assert.deepStrictEqual(right(read(job, wire, payload)), payload)
    for (const [field, value, detail] of [
      ["isDone", 0, "expected a boolean, got a number"],
      ["ratio", "1", "expected a finite number, got a string"],
      ["ratio", NaN, "expected a finite number, got NaN"],
      ["share", "1", "expected number, got a string"],
      ["kind", "jobs", 'expected "job", got a string'],
      ["notes", [undefined], "expected a JSON value (null included), got nothing"]
    ] as const) {
      assert.deepInclude(left(encodeAny(job, { ...payload, [field]: value })), { detail })
    }
    for (const [field, value, detail] of [
      ["is_done", 0, "expected a boolean, got a number"],
      ["is_done", undefined, "missing"],
      ["ratio", "1", "expected a number, got a string"]
    ] as const) {
      assert.deepInclude(left(read(job, { ...wire, [field]: value }, payload)), { detail })
    }
    assert.deepInclude(left(encodeAny(job, { ...payload, share: 2 })), { path: ["share"] })
    assert.deepInclude(left(read(job, { ...wire, share: 2 }, payload)), { path: ["share"] })
  })

  it.each<readonly [string, Schema.Schema.Any, unknown, unknown]>([
    ["a tuple", Schema.Tuple(Schema.String, Schema.Number), ["x", 1], ["x", "y"]],
    ["a tuple with a rest", Schema.Tuple([Schema.String], Schema.Number), ["x", 1, 2], [1, 2]],
    ["a list with an end", Schema.Tuple([], Schema.Number, Schema.String), [1, 2, "x"], [1, 2, 3]],
    ["a union", Schema.Union(Schema.String, Schema.Number), 1, true],
    [
      "a struct with further keys",
      Schema.Struct({ name: Schema.String }, { key: Schema.String, value: Schema.Unknown }),
      { name: "x", more: 1 },
      { more: "x" }
    ],
    [
      "keys of several kinds",
      Schema.Struct(
        {},
        { key: Schema.TemplateLiteral("n", Schema.Number), value: Schema.Number },
        { key: Schema.TemplateLiteral("s", Schema.Number), value: Schema.String }
      ),
      { n1: 1, s1: "x" },
      { n1: 1, s1: 1 }
    ]
  ])("can have %s, in both directions", (_, schema, good, bad) => {
    const fields = { value: schema }
    const method = ApiMethod.make("method", { payload: fields, result: fields, codes: [], repeat: "unsafe" })
    assert.strictEqual(right(encodeAny(method, { value: good })), JSON.stringify({ value: good }))
    assert.deepStrictEqual(right(read(method, { value: good }, { value: good })), { value: good })
    assert.strictEqual(left(encodeAny(method, { value: bad })).path[0], "value")
    assert.deepInclude(left(read(method, { value: bad }, { value: good })), {
      _tag: "CentrifugoDecodeError",
      method: "method"
    })
  })

  it.each<readonly [string, Schema.Schema.Any, object]>([
    [
      "keys that fulfil a condition",
      Schema.Record({ key: Schema.String.pipe(Schema.minLength(3)), value: Schema.Number }),
      { abc: 1 }
    ],
    [
      "keys of a shape",
      Schema.Struct({}, { key: Schema.TemplateLiteral("n", Schema.Number), value: Schema.Number }),
      { n1: 1 }
    ]
  ])("can have %s, and keeps other keys when encoding", (_, schema, good) => {
    const fields = { value: schema }
    const method = ApiMethod.make("method", { payload: fields, result: fields, codes: [], repeat: "unsafe" })
    assert.strictEqual(right(encodeAny(method, { value: good })), JSON.stringify({ value: good }))
    assert.deepStrictEqual(left(encodeAny(method, { value: { ...good, a: 1 } })).path, ["value", "a"])
    // A newer server can add fields.
    assert.deepStrictEqual(right(read(method, { value: { ...good, a: 1 } }, { value: good })), {
      value: good
    })
  })

  it("decodes no deeper than it encodes", () => {
    const fields = { tree: Tree }
    const grow = ApiMethod.make("grow", { payload: fields, result: fields, codes: [], repeat: "unsafe" })
    const tree = (depth: number): Tree => ({ name: "", parts: depth === 0 ? [] : [tree(depth - 1)] })
    const shallow = { tree: tree(50) }
    assert.deepStrictEqual(right(read(grow, shallow, shallow)), shallow)
    const deep = { tree: tree(100) }
    assert.match(left(grow.encode(deep)).detail, /nested deeper than 64 levels, or a cycle/)
    assert.match(inspect(left(read(grow, deep, shallow))), /nested deeper than 64 levels/)
  })

  it("shows no value that its Schemas refuse", () => {
    const refusals: ReadonlyArray<object> = [
      { jobPriority: "s3cret" },
      { channel: { s: "s3cret" } },
      { pair: ["a", "s3cret"] },
      { pair: "s3cret" },
      { either: { s: "s3cret" } },
      { jobTree: { name: "r", parts: "s3cret" } }
    ]
    for (const payload of refusals) {
      const error = left(encodeAny(enqueue, { channel: "a", jobPriority: "low", ...payload }))
      assert.notInclude(inspect(error), "s3cret")
      assert.match(error.detail, /^expected .*, got /)
    }
    const answer = read(enqueue, { job_priority: "s3cret" }, { channel: "a", jobPriority: "low" })
    assert.notInclude(inspect(left(answer)), "s3cret")
  })

  it("is decoded by its own fields", () => {
    const answer = (result: unknown) => read(enqueue, result, { channel: "a", jobPriority: "low" })
    assert.deepStrictEqual(right(answer({ job_id: "1", job_priority: "low", more: 1 })), {
      jobId: "1",
      jobPriority: "low"
    })
    assert.deepStrictEqual(right(answer({})), { jobId: "" })
    assert.deepInclude(left(answer({ job_priority: "middle" })), { path: ["jobPriority"] })
  })

  it("mapResult returns the mapped result, or the mapping's failure", () => {
    const mapped = ApiMethod.mapResult(enqueue, ({ jobId }, { channel }) =>
      jobId === "" ? Either.left("no job" as const) : Either.right(`${channel}/${jobId}`)
    )
    assert.strictEqual(mapped.method, "queue_put")
    assert.strictEqual(mapped.repeat, "unsafe")
    const payload = { channel: "a", jobPriority: "low" } as const
    assert.strictEqual(right(read(mapped, { job_id: "1" }, payload)), "a/1")
    assert.strictEqual(left(read(mapped, {}, payload)), "no job")
    assert.deepInclude(left(read(mapped, { job_id: 1 }, payload)), { _tag: "CentrifugoDecodeError" })
    assert.strictEqual(right(mapped.encode(payload)), right(enqueue.encode(payload)))
  })
})

describe("namespaces", () => {
  it.each([
    ["chat:1", "chat"],
    ["chat:1:2", "chat"],
    ["$chat:1", "chat"],
    ["$$chat:1", "$chat"],
    ["chat", undefined],
    [":1", undefined],
    ["$:1", undefined],
    ["", undefined]
  ])("of %j is %j", (channel, namespace) => {
    assert.strictEqual(Wire.namespaceOf(channel), namespace)
  })
})
