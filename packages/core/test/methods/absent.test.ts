/** The table in docs/absent-and-zero.md, row by row. */
import { assert, describe, it } from "@effect/vitest"
import { type ApiMethod, CentrifugoApi, CentrifugoTransport } from "../../src/index.js"
import { left, right } from "../support/either.js"

interface Row {
  readonly method: { readonly encode: (payload: never) => unknown }
  readonly payload: object
  readonly field: string
  /** Values in their wire form. */
  readonly sent: ReadonlyArray<readonly [value: unknown, wire: object]>
  /** Refused values. */
  readonly refused: ReadonlyArray<unknown>
}

const publish = { method: CentrifugoApi.publish, payload: { channel: "a", data: 1 } }
const map = { method: CentrifugoApi.mapPublish, payload: { channel: "m", key: "k", data: 1 } }
const user = { user: "u" }
const subscribe = { method: CentrifugoApi.subscribe, payload: { channel: "a", ...user } }

const rows: { readonly [kind: string]: Row } = {
  "any JSON": {
    ...subscribe,
    field: "data",
    sent: [0, "", false, [], {}, null].map((value) => [value, { data: value }] as const),
    refused: []
  },
  bytes: { ...subscribe, field: "data", sent: [[new Uint8Array(), { b64data: "" }]], refused: [] },
  "a text": { ...map, field: "versionEpoch", sent: [["", { version_epoch: "" }]], refused: [null] },
  "a name": {
    ...publish,
    field: "idempotencyKey",
    sent: [["k", { idempotency_key: "k" }]],
    refused: ["", null]
  },
  "a number": { ...map, field: "score", sent: [[0, { score: 0 }]], refused: [null, ""] },
  "a time in seconds": { ...subscribe, field: "expireAt", sent: [], refused: [0, null] },
  "yes or no": { ...publish, field: "delta", sent: [[false, { delta: false }]], refused: [null, 0] },
  "an override": {
    ...subscribe,
    field: "override",
    sent: [
      [{ presence: false }, { override: { presence: { value: false } } }],
      [{ presence: undefined }, { override: {} }]
    ],
    refused: [null, { presence: null }]
  },
  "a list": {
    method: CentrifugoApi.disconnect,
    payload: user,
    field: "whitelist",
    sent: [[[], { whitelist: [] }]],
    refused: [null, {}]
  },
  "a map": { ...publish, field: "tags", sent: [[{}, { tags: {} }]], refused: [null, []] },
  "a message": {
    method: CentrifugoApi.history,
    payload: { channel: "a" },
    field: "since",
    sent: [[{ offset: 0 }, { since: { offset: 0 } }]],
    refused: [null, {}]
  }
}

describe("a request's field that holds", () => {
  for (const [kind, { field, method, payload, refused, sent }] of Object.entries(rows)) {
    it(kind, () => {
      const encode = (value: unknown) =>
        method.encode({ ...payload, [field]: value } as never) as ReturnType<
          typeof CentrifugoApi.publish.encode
        >
      const wire = (value: unknown) => JSON.parse(right(encode(value))) as object
      assert.deepStrictEqual(wire(undefined), payload)
      for (const [value, added] of sent) assert.deepStrictEqual(wire(value), { ...payload, ...added })
      for (const value of refused) assert.strictEqual(left(encode(value)).path[0], field)
    })
  }

  it("data, if it is required", () => {
    const { channel } = publish.payload
    const error = left(CentrifugoApi.publish.encode({ channel, data: undefined as unknown as null }))
    assert.match(error.detail, /required/)
  })
})

describe("an omitted field of a result", () => {
  const read = <P, A, E>(method: ApiMethod.ApiMethod<string, P, A, E>, payload: P, result: object) =>
    right(method.decode(CentrifugoTransport.result(result), payload, {}))

  it("or a null field is empty, zero, or absent", () => {
    const payload = { channel: "m", limit: -1 }
    for (const entry of [
      {},
      { tags: null, offset: null, score: null, removed: null, time: null, key: null }
    ]) {
      assert.deepStrictEqual(read(CentrifugoApi.mapReadState, payload, { entries: [entry] }), {
        entries: [{ key: "", tags: {}, offset: 0, score: 0, removed: false }],
        offset: 0,
        epoch: ""
      })
    }
    assert.deepStrictEqual(
      read(CentrifugoApi.mapReadState, payload, { entries: [{ data: null }] }).entries[0],
      {
        key: "",
        data: null,
        tags: {},
        offset: 0,
        score: 0,
        removed: false
      }
    )
    assert.deepStrictEqual(read(CentrifugoApi.mapPublish, map.payload, {}), { suppressed: false })
    assert.deepStrictEqual(read(CentrifugoApi.publish, publish.payload, { offset: null, epoch: null }), {})
    assert.deepStrictEqual(read(CentrifugoApi.deviceList, {}, { items: [{}] }).items[0], {
      id: "",
      platform: "",
      provider: "",
      token: "",
      user: "",
      meta: {},
      topics: [],
      timezone: "",
      locale: "",
      webpushKeys: ""
    })
  })
})
