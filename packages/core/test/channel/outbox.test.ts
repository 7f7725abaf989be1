/** Requests of a typed channel as outbox events. An event is refused as a whole, because no caller would see a partial failure. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type CentrifugoError, Outbox, TypedChannel } from "../../src/index.js"
import { left, right } from "../support/either.js"

const Chat = TypedChannel.make("chat:{room}", { data: Schema.Struct({ at: Schema.Date }) })
const data = { at: new Date(0) }
const unfit = { at: new Date(NaN) }

const some = Chat.broadcast([{ room: "a" }, { room: "b" }, { room: "c:d" }], data)
const all = Chat.broadcast([{ room: "a" }, { room: "b" }, { room: "c" }], data)

describe("Outbox", () => {
  it("takes requests of a typed channel", () => {
    assert.deepStrictEqual(right(Outbox.event(Chat.publish({ room: "1" }, data), { eventId: "e" })), {
      method: "publish",
      payload: '{"channel":"chat:1","data":{"at":"1970-01-01T00:00:00.000Z"},"idempotency_key":"e"}'
    })
    assert.deepStrictEqual(right(Outbox.event(Chat.historyRemove({ room: "1" }))), {
      method: "history_remove",
      payload: '{"channel":"chat:1"}'
    })
    const { attributes, body } = right(Outbox.publication(Chat.publish({ room: "1" }, data)))
    assert.deepStrictEqual(attributes, { "centrifugo-channels": "chat:1" })
    assert.strictEqual(body, '{"at":"1970-01-01T00:00:00.000Z"}')
  })

  it("refuses requests that could not be created", () => {
    assert.deepStrictEqual(left(Outbox.event(Chat.publish({ room: "" }, data))).path, ["params", "room"])
    for (const request of [Chat.publish({ room: "1" }, unfit), Chat.broadcast([{ room: "1" }], unfit)]) {
      assert.deepStrictEqual(left(Outbox.event(request, { eventId: "e" })).path, ["data", "at"])
    }
    const nothing = Chat.unsubscribe({ room: "a b" }, { user: "42" })
    assert.deepStrictEqual(left(Outbox.event(nothing)).path, ["params", "room"])
  })

  it("refuses a broadcast if one of its channels is invalid", () => {
    const refused = [
      Outbox.event(some),
      Outbox.event(some, { eventId: "e" }),
      Outbox.message(some),
      Outbox.publication(some),
      Outbox.rows(some, { partitions: 8 }),
      Outbox.event(Chat.broadcast([{ room: ":" }], data))
    ]
    for (const event of refused)
      assert.strictEqual(left<unknown, CentrifugoError.EncodeError>(event).path[0], "params")
    assert.match(
      left(Outbox.event(some)).message,
      /^broadcast: .* at params\[2\]\.room: ":" has a special meaning/
    )
  })

  it("splits a broadcast by partition", () => {
    const rows = right(Outbox.rows(all, { partitions: 8, eventId: "e" }))
    const channels = rows.map(({ partition, payload }) => [
      partition,
      ...(JSON.parse(payload) as { readonly channels: ReadonlyArray<string> }).channels
    ])
    const expected = new Map<number, Array<string>>()
    for (const channel of ["chat:a", "chat:b", "chat:c"]) {
      const partition = right(Outbox.partition(channel, 8))
      expected.set(partition, [...(expected.get(partition) ?? []), channel])
    }
    assert.isAbove(expected.size, 1)
    assert.deepStrictEqual(
      channels,
      Array.from(expected, ([partition, channels]) => [partition, ...channels])
    )
    for (const { payload } of rows) assert.include(payload, '"idempotency_key":"e"')
  })

  it("keeps each channel's parts and refusals when it splits a broadcast", () => {
    const keyed = some.withKey(() => "e")
    const parts = right(Outbox.split(keyed, 8))
    const outcomes = parts.flatMap(({ request }) => {
      assert.strictEqual(request.payload.idempotencyKey, "e")
      const responses = request.channels.map(() => ({ result: {} }))
      return right(request.decode({ _tag: "Result", result: { responses } }, {}))
    })
    assert.sameDeepMembers(
      outcomes.map(({ outcome, params }) => [params.room, outcome._tag]),
      [
        ["a", "Right"],
        ["b", "Right"],
        ["c:d", "Left"]
      ]
    )
  })
})
