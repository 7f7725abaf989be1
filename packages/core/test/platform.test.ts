import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as platform from "../src/internal/http/platform.js"

describe("the parts of @effect/platform that the transport rebuilds are those of the installed version", () => {
  it("the tags", () => {
    assert.strictEqual(platform.HttpClient.key, HttpClient.HttpClient.key)
    assert.strictEqual(platform.RequestInit.key, FetchHttpClient.RequestInit.key)
  })

  it("a text body", () => {
    const theirs = HttpBody.text('{"a":"ä"}', "application/json")
    const ours = platform.textBody('{"a":"ä"}', "application/json")
    assert.isTrue(HttpBody.isHttpBody(ours))
    assert.deepStrictEqual(ours.toJSON(), theirs.toJSON())
    for (const name of ["_tag", "body", "contentType", "contentLength"] as const) {
      assert.deepStrictEqual(ours[name], theirs[name])
    }
  })
})
