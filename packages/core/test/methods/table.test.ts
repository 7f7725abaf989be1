/** The codes and the repeat class of each method (`protocol.md` 1.4, 1.5), as one table. */
import { assert, describe, it } from "@effect/vitest"
import { type ApiMethod, CentrifugoApi } from "../../src/index.js"
import { right } from "../support/either.js"

type Row = readonly [repeat: ApiMethod.Repeat, ...codes: ReadonlyArray<number>]

const table: { readonly [K in keyof typeof CentrifugoApi.methods]: Row } = {
  publish: ["keyed", 100, 102, 107],
  broadcast: ["keyed", 100, 107],
  subscribe: ["natural", 100, 102, 107],
  unsubscribe: ["natural", 100, 102],
  disconnect: ["natural", 100],
  refresh: ["natural", 100],
  presence: ["read", 100, 102, 107, 108],
  presenceStats: ["read", 100, 102, 107, 108],
  history: ["read", 100, 102, 107, 108, 112],
  historyRemove: ["unsafe", 100, 102, 107, 108],
  info: ["read", 100],
  rpc: ["unsafe", 100, 104, 107],
  channels: ["read", 100],
  mapPublish: ["keyed", 100, 102, 107],
  mapRemove: ["keyed", 100, 102, 107],
  mapReadState: ["read", 100, 102, 107, 112],
  mapReadStream: ["read", 100, 102, 107, 112],
  mapStats: ["read", 100, 102, 107],
  mapClear: ["unsafe", 100, 102, 107],
  sharedPollPublish: ["natural", 100, 102, 107, 108]
}

const proRepeats: { readonly [K in keyof typeof CentrifugoApi.proMethods]: ApiMethod.Repeat } = {
  connections: "read",
  updateUserStatus: "natural",
  getUserStatus: "read",
  deleteUserStatus: "natural",
  blockUser: "natural",
  unblockUser: "natural",
  revokeToken: "natural",
  invalidateUserTokens: "natural",
  deviceRegister: "natural",
  deviceUpdate: "natural",
  deviceRemove: "natural",
  deviceList: "read",
  deviceTopicList: "read",
  deviceTopicUpdate: "natural",
  userTopicList: "read",
  userTopicUpdate: "natural",
  sendPushNotification: "unsafe",
  updatePushStatus: "unsafe",
  cancelPush: "natural"
}

describe("each method", () => {
  for (const [name, [repeat, ...codes]] of Object.entries(table)) {
    const method = CentrifugoApi.methods[name as keyof typeof table]
    it(`${method.method}: ${repeat}, ${codes.join(", ")}`, () => {
      assert.strictEqual(method.edition, "OSS")
      assert.strictEqual(method.repeat, repeat)
      assert.deepStrictEqual<ReadonlyArray<number>>(method.codes, codes)
    })
  }

  for (const [name, repeat] of Object.entries(proRepeats)) {
    const method = CentrifugoApi.proMethods[name as keyof typeof proRepeats]
    it(`${method.method}: ${repeat}, PRO`, () => {
      assert.strictEqual(method.edition, "PRO")
      assert.strictEqual(method.repeat, repeat)
      assert.include(method.codes, 104)
    })
  }

  it("a method that sends or receives publications declares it, for spans", () => {
    const all = Object.values({ ...CentrifugoApi.methods, ...CentrifugoApi.proMethods })
    const of = (kind: ApiMethod.Operation) =>
      all.filter(({ operation }) => operation === kind).map(({ method }) => method)
    assert.sameMembers(of("send"), [
      "publish",
      "broadcast",
      "map_publish",
      "map_remove",
      "send_push_notification"
    ])
    assert.deepStrictEqual(of("receive"), ["history"])
  })

  it("a keyed method takes an idempotency key", () => {
    for (const method of Object.values(CentrifugoApi.methods)) {
      if (method.repeat !== "keyed") continue
      const request = (method as typeof CentrifugoApi.methods.publish)({ channel: "a", data: 1 })
      assert.isFalse(request.repeatable)
      assert.isTrue(request.withKey(() => "key").repeatable)
    }
  })

  it("a request keeps its own key, and a generated key goes only into a request without one", () => {
    const bodyOf = (idempotencyKey: string | undefined) =>
      right(
        CentrifugoApi.methods
          .publish({ channel: "a", data: 1, idempotencyKey })
          .withKey(() => "made")
          .encode()
      )
    assert.strictEqual(bodyOf("own"), '{"channel":"a","data":1,"idempotency_key":"own"}')
    assert.strictEqual(bodyOf(undefined), '{"channel":"a","data":1,"idempotency_key":"made"}')
  })
})
