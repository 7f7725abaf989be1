/** Requests refused before sending, because the server would answer them wrongly or misread them. */
import { assert, describe, it } from "@effect/vitest"
import { Either, Schema } from "effect"
import { ApiMethod, CentrifugoApi, Wire } from "../../src/index.js"
import { left, right } from "../support/either.js"
import { fieldsOf, messageOf } from "../support/fields.js"

/** Encodes values that do not compile. */
const encode = (method: { readonly encode: (payload: never) => unknown }, payload: object) =>
  method.encode(payload as never) as ReturnType<typeof CentrifugoApi.publish.encode>

const refuses = (method: Parameters<typeof encode>[0], payload: object, path: string, detail: RegExp) => {
  const error = left(encode(method, payload))
  assert.strictEqual(error._tag, "CentrifugoEncodeError")
  assert.deepStrictEqual(error.path.join("."), path)
  assert.match(error.detail, detail)
}

const sends = (method: Parameters<typeof encode>[0], payload: object, wire: object) => {
  assert.deepStrictEqual(JSON.parse(right(encode(method, payload))), wire)
}

describe("times", () => {
  const now = 1_700_000_000
  const times = {
    "a fraction": now + 0.5,
    milliseconds: now * 1000,
    "the past before 1970": -1,
    zero: 0,
    text: String(now),
    "no number": Number.NaN
  }
  const expireAt = [
    [CentrifugoApi.subscribe, { channel: "a", user: "u" }],
    [CentrifugoApi.refresh, { user: "u" }],
    [CentrifugoApi.blockUser, { user: "u" }],
    [CentrifugoApi.revokeToken, { uid: "t" }]
  ] as const

  for (const [what, value] of Object.entries(times)) {
    it(`refuses ${what} as a time`, () => {
      for (const [method, payload] of expireAt) {
        refuses(method, { ...payload, expireAt: value }, "expireAt", /whole seconds, not milliseconds/)
      }
    })
  }

  it("whole seconds are sent unchanged", () => {
    for (const [method, payload] of expireAt) {
      sends(method, { ...payload, expireAt: now }, { ...payload, expire_at: now })
    }
  })

  it("all time fields are checked", () => {
    refuses(
      CentrifugoApi.invalidateUserTokens,
      { user: "u", issuedBefore: now * 1000 },
      "issuedBefore",
      /seconds/
    )
    const push = { recipient: { fcmTopic: "t" }, notification: {} }
    refuses(CentrifugoApi.sendPushNotification, { ...push, sendAt: 0.5 }, "sendAt", /seconds/)
    const expired = { ...push, notification: { expireAt: now * 1000 } }
    refuses(CentrifugoApi.sendPushNotification, expired, "notification.expireAt", /seconds/)
  })
})

describe("refresh", () => {
  it("without an end is refused, because the connection would never expire", () => {
    refuses(CentrifugoApi.refresh, { user: "u" }, "expireAt", /never expire; pass "never" if/)
    refuses(CentrifugoApi.refresh, { user: "u", expired: false }, "expireAt", /never expire/)
  })

  it('takes an end, an immediate end, or "never"', () => {
    sends(CentrifugoApi.refresh, { user: "u", expireAt: "never" }, { user: "u", expire_at: 0 })
    sends(CentrifugoApi.refresh, { user: "u", expired: true }, { user: "u", expired: true })
    sends(
      CentrifugoApi.refresh,
      { user: "u", expireAt: 9e9, info: null },
      { user: "u", expire_at: 9e9, info: null }
    )
  })

  it("with fields that the server would ignore is refused", () => {
    refuses(
      CentrifugoApi.refresh,
      { user: "u", expireAt: "never", info: 1 },
      "info",
      /ignores it unless expireAt is a time/
    )
    refuses(
      CentrifugoApi.refresh,
      { user: "u", expired: true, expireAt: 9e9 },
      "expired",
      /ignores expireAt and info/
    )
    refuses(
      CentrifugoApi.refresh,
      { user: "u", expired: true, info: {} },
      "expired",
      /ignores expireAt and info/
    )
    refuses(CentrifugoApi.refresh, { user: "u", expireAt: "soon" }, "expireAt", /or "never"/)
  })
})

describe("selecting connections", () => {
  const methods = {
    subscribe: [CentrifugoApi.subscribe, { channel: "a" }],
    unsubscribe: [CentrifugoApi.unsubscribe, { channel: "a" }],
    disconnect: [CentrifugoApi.disconnect, {}],
    refresh: [CentrifugoApi.refresh, { expired: true }]
  } as const

  for (const [name, [method, payload]] of Object.entries(methods)) {
    it(`${name}: a user is required; it can be the anonymous one`, () => {
      refuses(method, payload, "user", /required/)
      sends(method, { ...payload, user: "" }, { ...payload, user: "" })
    })

    it(`${name}: an empty client or session is refused, because it would match all`, () => {
      refuses(method, { ...payload, user: "u", client: "" }, "client", /client ID that is not empty/)
      refuses(method, { ...payload, user: "u", session: "" }, "session", /session ID that is not empty/)
    })

    it(`${name}: allUsers beside a user is refused, because the server would use only the user`, () => {
      refuses(method, { ...payload, user: "u", allUsers: true }, "allUsers", /ignores it unless user is ""/)
      sends(method, { ...payload, user: "", allUsers: true }, { ...payload, user: "", all_users: true })
      sends(method, { ...payload, user: "u", allUsers: false }, { ...payload, user: "u", all_users: false })
    })
  }

  it("unsubscribe: an empty channel is refused", () => {
    refuses(CentrifugoApi.unsubscribe, { user: "u", channel: "" }, "channel", /not empty/)
  })

  it("label filters are encoded at every depth", () => {
    const labelFilter: CentrifugoApi.LabelFilter = {
      op: "and",
      nodes: [
        { key: "region", cmp: "eq", val: "eu" },
        { op: "not", nodes: [{ key: "tier", cmp: "in", vals: ["free"] }] }
      ]
    }
    sends(CentrifugoApi.disconnect, { user: "", labelFilter }, { user: "", label_filter: labelFilter })
    refuses(
      CentrifugoApi.connections,
      { labelFilter: { op: "and", nodes: [{ cmp: "like" }] } },
      "labelFilter.nodes.0.cmp",
      /"eq"/
    )
  })

  it("a filter that contains itself is refused", () => {
    const nodes: Array<CentrifugoApi.LabelFilter> = []
    nodes.push({ op: "not", nodes })
    const error = left(CentrifugoApi.connections.encode({ labelFilter: { op: "not", nodes } }))
    assert.match(error.detail, /nested deeper than 64 levels, or a cycle/)
  })
})

describe("overrides", () => {
  const payload = { channel: "a", user: "u" }

  it("are objects with a value, and absent if not set", () => {
    sends(
      CentrifugoApi.subscribe,
      { ...payload, override: { presence: false, forceRecovery: true, joinLeave: undefined } },
      { ...payload, override: { presence: { value: false }, force_recovery: { value: true } } }
    )
    sends(CentrifugoApi.subscribe, { ...payload, override: {} }, { ...payload, override: {} })
    refuses(
      CentrifugoApi.subscribe,
      { ...payload, override: { presence: 0 } },
      "override.presence",
      /boolean/
    )
  })

  it("decode as on the server", () => {
    const decode = Schema.decodeEither(CentrifugoApi.subscribe.payload)
    const read = (override: object) => Either.map(decode({ ...payload, override }), (read) => read.override)
    assert.deepStrictEqual(right(read({ presence: {}, join_leave: { value: true } })), {
      presence: false,
      joinLeave: true
    })
    assert.deepStrictEqual(right(read({ presence: null })), {})
    assert.isTrue(Either.isLeft(read({ presence: { value: "no" } })))
    assert.isTrue(Either.isLeft(read({ presence: true, join_leave: [] })))
  })
})

describe("positions", () => {
  it("a position before offset 0 is refused", () => {
    for (const offset of [0, 0n, -0]) {
      const since = { offset }
      refuses(
        CentrifugoApi.history,
        { channel: "a", since, reverse: true },
        "since.offset",
        /leave since out/
      )
      sends(CentrifugoApi.history, { channel: "a", since }, { channel: "a", since: { offset: 0 } })
    }
    const since = { offset: 1n }
    sends(
      CentrifugoApi.history,
      { channel: "a", since, reverse: true },
      { channel: "a", since: { offset: 1 }, reverse: true }
    )
  })

  it("a revision without its epoch is refused, because it matches no map", () => {
    refuses(
      CentrifugoApi.mapReadState,
      { channel: "m", revisionOffset: 1 },
      "revisionEpoch",
      /matches no map/
    )
    refuses(
      CentrifugoApi.mapReadState,
      { channel: "m", revisionOffset: 1n, revisionEpoch: "" },
      "revisionEpoch",
      /matches no map/
    )
    sends(
      CentrifugoApi.mapReadState,
      { channel: "m", revisionOffset: 1, revisionEpoch: "e" },
      { channel: "m", revision_offset: 1, revision_epoch: "e" }
    )
    sends(
      CentrifugoApi.mapReadState,
      { channel: "m", revisionOffset: 0 },
      { channel: "m", revision_offset: 0 }
    )
    sends(CentrifugoApi.mapReadStream, { channel: "m", sinceOffset: 1 }, { channel: "m", since_offset: 1 })
  })

  it("64-bit numbers are written with all digits", () => {
    const text = right(
      CentrifugoApi.mapPublish.encode({
        channel: "m",
        key: "k",
        data: 1,
        version: 18446744073709551615n,
        score: -9223372036854775808n
      })
    )
    assert.include(text, '"version":18446744073709551615,"score":-9223372036854775808')
    const score = (score: unknown) => ({ channel: "m", key: "k", data: 1, score })
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 0.5, "1"]) {
      refuses(CentrifugoApi.mapPublish, score(value), "score", /-2\^63 to 2\^63 - 1/)
    }
  })
})

describe("values that the server always refuses", () => {
  it("empty names", () => {
    refuses(CentrifugoApi.mapPublish, { channel: "m", key: "", data: 1 }, "key", /a key that is not empty/)
    refuses(CentrifugoApi.mapRemove, { channel: "m", key: "" }, "key", /a key that is not empty/)
    refuses(CentrifugoApi.rpc, { method: "" }, "method", /a method name that is not empty/)
    const withChannel = Object.values(CentrifugoApi.methods).filter(({ payload }) =>
      fieldsOf(messageOf(payload.ast)).has("channel")
    )
    assert.isAbove(withChannel.length, 10)
    for (const method of withChannel)
      refuses(method, { channel: "" }, "channel", /channel name that is not empty/)
  })

  it("a broadcast without channels; an empty name in it is left to the server, which refuses only that channel", () => {
    refuses(CentrifugoApi.broadcast, { channels: [], data: 1 }, "channels", /at least one channel/)
    sends(CentrifugoApi.broadcast, { channels: ["a", ""], data: 1 }, { channels: ["a", ""], data: 1 })
  })

  it("a version below 1, an unknown key mode", () => {
    const payload = { channel: "p", key: "k", data: 1 }
    for (const version of [0, 0n, -1, 0.5, 2n ** 64n]) {
      refuses(CentrifugoApi.sharedPollPublish, { ...payload, version }, "version", /from 1 to 2\^64 - 1/)
    }
    sends(CentrifugoApi.sharedPollPublish, { ...payload, version: 1 }, { ...payload, version: 1 })
    refuses(CentrifugoApi.mapPublish, { ...payload, keyMode: "always" }, "keyMode", /"if_new" \| "if_exists"/)
  })

  it("an empty idempotency key", () => {
    refuses(
      CentrifugoApi.publish,
      { channel: "a", data: 1, idempotencyKey: "" },
      "idempotencyKey",
      /not empty/
    )
    refuses(
      CentrifugoApi.mapRemove,
      { channel: "m", key: "k", idempotencyKey: "" },
      "idempotencyKey",
      /not empty/
    )
  })

  it("missing data", () => {
    const payload = { channel: "m", key: "k", data: undefined }
    refuses(CentrifugoApi.mapPublish, payload, "data", /required/)
    refuses(CentrifugoApi.sharedPollPublish, { ...payload, version: 1 }, "data", /required/)
    sends(
      CentrifugoApi.mapPublish,
      { ...payload, data: new Uint8Array(), streamData: null },
      { channel: "m", key: "k", b64data: "", stream_data: null }
    )
  })

  it("connections without a user", () => {
    refuses(CentrifugoApi.connections, {}, "", /a user, an expression or a labelFilter/)
    refuses(CentrifugoApi.connections, { user: "", expression: "" }, "", /a user, an expression/)
    sends(CentrifugoApi.connections, { user: "u" }, { user: "u" })
  })

  it("device changes without devices", () => {
    refuses(CentrifugoApi.deviceRemove, {}, "", /ids or users/)
    refuses(CentrifugoApi.deviceUpdate, { ids: [], localeUpdate: { locale: "fr" } }, "", /ids or users/)
    sends(CentrifugoApi.deviceRemove, { users: ["u"] }, { users: ["u"] })
  })

  it("notifications without recipients, or with several kinds of them", () => {
    const send = (recipient: object) => ({ recipient, notification: { fcm: { message: {} } } })
    const method = CentrifugoApi.sendPushNotification
    refuses(method, send({}), "recipient", /expected one kind of recipient, got none/)
    refuses(method, send({ fcmTopic: "a", hmsTopic: "b" }), "recipient", /got fcmTopic, hmsTopic/)
    sends(method, send({ filter: { users: ["u"] }, fcmTopic: undefined }), send({ filter: { users: ["u"] } }))
    const limits = { timeLimit: { sendAfterTime: "9:00", sendBeforeTime: "10:00:00" } }
    const path = "limitStrategy.timeLimit.sendAfterTime"
    refuses(method, { ...send({ fcmTopic: "a" }), limitStrategy: limits }, path, /HH:MM:SS/)
  })
})

describe("a custom check", () => {
  const range = ApiMethod.make("range", {
    payload: { from: Wire.Uint32, to: Wire.Uint32 },
    result: {},
    codes: [],
    repeat: "read",
    check: ({ from, to }) => (from > to ? { path: ["to"], detail: "below from" } : undefined)
  })

  it("runs after the field checks, and refuses by field name", () => {
    refuses(range, { from: 2, to: "1" }, "to", /2\^32/)
    refuses(range, { from: 2, to: 1 }, "to", /below from/)
    sends(range, { from: 1, to: 2 }, { from: 1, to: 2 })
    assert.strictEqual(
      String(left(range.encode({ from: 2, to: 1 }))),
      "CentrifugoEncodeError: range: not sent, the request can't be encoded at to: below from."
    )
  })

  it("can throw, as a payload's getters can", () => {
    let reads = 0
    const payload = {
      from: 1,
      get to() {
        if (reads++ > 0) throw new Error("not again")
        return 2
      }
    }
    // The codec reads a field once, and lists the fields once more.
    assert.match(left(range.encode(payload)).detail, /reading the value threw an Error,/)
    reads = -1
    assert.match(left(range.encode(payload)).detail, /reading the value threw an Error,/)
  })

  it("fails one member of a batch alone", () => {
    assert.isTrue(Either.isLeft(range({ from: 2, to: 1 }).encode()))
  })
})
