import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, Redacted } from "effect"
import { inspect } from "node:util"
import { gzipSync } from "node:zlib"
import { CentrifugoError, CentrifugoTransport, HttpTransport } from "../src/index.js"
import { left, right } from "./support/either.js"

const key = 's3cret/with "specials"'
const apiKey = Redacted.make(key)

const read = (status: number, text: string, location?: string, method = "publish") =>
  HttpTransport.readAnswer({ method, status, text, location }, apiKey)

/** Decodes like a transport, which treats any body as UTF-8. */
const gzipped = gzipSync('{"result":{}}').toString("utf8")

const codes: ReadonlyArray<readonly [code: number, message: string, status: number]> = [
  [100, "internal server error", 500],
  [102, "unknown channel", 404],
  [104, "not found", 404],
  [107, "bad request", 400],
  [108, "not available", 400],
  [112, "unrecoverable position", 416],
  [113, "conflict", 409],
  [999, "of a custom handler", 500]
]

describe("the server's two error modes", () => {
  it.each(codes)("code %d %s is the same reply in both", (code, message, status) => {
    const expected = CentrifugoTransport.failure({ code, message })
    assert.deepStrictEqual(right(read(200, JSON.stringify({ error: { code, message } }))), expected)
    assert.deepStrictEqual(right(read(status, JSON.stringify({ code, message }))), expected)
    // Go omits an empty message; null beside the error is no result.
    assert.deepStrictEqual(
      right(read(200, JSON.stringify({ error: { code }, result: null }))),
      CentrifugoTransport.failure({ code, message: "" })
    )
  })

  it.each(codes)(
    "code %d %s under any other status is the JSON of another server",
    (code, message, status) => {
      for (const other of [400, 404, 409, 416, 500, 502, 503, 504].filter((other) => other !== status)) {
        const error = left(read(other, JSON.stringify({ code, message })))
        assert.deepInclude(error, { _tag: "CentrifugoStatusError", status: other })
      }
    }
  )

  it("an error wins over a result beside it", () => {
    assert.deepStrictEqual(
      right(read(200, '{"result":{"offset":1},"error":{"code":100,"message":"x"}}')),
      CentrifugoTransport.failure({ code: 100, message: "x" })
    )
  })

  it("an error of a whole batch is read", () => {
    assert.deepStrictEqual(
      right(read(200, '{"error":{"code":107,"message":"bad request"}}', undefined, "batch")),
      CentrifugoTransport.failure({ code: 107, message: "bad request" })
    )
  })
})

describe("results", () => {
  it.each([
    ['{"result":{}}', {}],
    ['{"result":{"offset":7,"epoch":"x"}}', { offset: 7, epoch: "x" }],
    ['{"result":{},"error":null}', {}],
    [' {"result":{}}\n', {}],
    ['{"result":{},"new":1}', {}]
  ])("%j", (text, result) => {
    assert.deepStrictEqual(right(read(200, text)), CentrifugoTransport.result(result))
  })

  it.each([
    ['{"replies":[{"publish":{}}]}', { replies: [{ publish: {} }] }],
    ["{}", {}]
  ])("of a batch, which have no envelope: %j", (text, result) => {
    assert.deepStrictEqual(right(read(200, text, undefined, "batch")), CentrifugoTransport.result(result))
  })
})

describe("unexpected answers", () => {
  it.each<readonly [string, number, string, CentrifugoError.TransportError["_tag"], RegExp]>([
    ["401 without a body", 401, "", "CentrifugoUnauthorizedError", /401.*http_api\.key/],
    ["401 of a proxy", 401, "<html>", "CentrifugoUnauthorizedError", /401/],
    [
      "401 that looks like the server's JSON",
      401,
      '{"code":100,"message":"x"}',
      "CentrifugoUnauthorizedError",
      /401/
    ],
    [
      "404 as text",
      404,
      "404 page not found\n",
      "CentrifugoStatusError",
      /404.*404 page not found.*\/api.*http_server\.internal_port/
    ],
    ["405 without a body", 405, "", "CentrifugoStatusError", /405 with an empty body/],
    ["400 as text", 400, "Bad Request\n", "CentrifugoStatusError", /400.*Bad Request/],
    [
      "413 of nginx",
      413,
      "<html>413 Request Entity Too Large</html>",
      "CentrifugoStatusError",
      /413.*smaller/
    ],
    ["429", 429, "slow down", "CentrifugoStatusError", /429.*slow down/],
    ["500 as text", 500, "boom", "CentrifugoStatusError", /500, body "boom"/],
    ["500 of an unreadable history", 500, "Internal Server Error\n", "CentrifugoStatusError", /history/],
    ["502 as HTML", 502, "<html>Bad Gateway</html>", "CentrifugoStatusError", /502.*Bad Gateway/],
    [
      "502 as JSON that looks like the server's",
      502,
      '{"code":502,"message":"x"}',
      "CentrifugoStatusError",
      /502/
    ],
    ["503", 503, "", "CentrifugoStatusError", /503/],
    ["504", 504, "", "CentrifugoStatusError", /504/],
    ["204", 204, "", "CentrifugoStatusError", /204/],
    ["201 with a result", 201, '{"result":{}}', "CentrifugoStatusError", /201/],
    ["an unknown status", 599, "", "CentrifugoStatusError", /599/],
    ["JSON of another shape under 404", 404, '{"error":{"code":102}}', "CentrifugoStatusError", /404/],
    ["a code as text", 404, '{"code":"102"}', "CentrifugoStatusError", /404/],
    ["a code that is no integer", 404, '{"code":102.5}', "CentrifugoStatusError", /404/],
    ["200 without a body", 200, "", "CentrifugoDecodeError", /the body is empty/],
    [
      "gzip that was not requested",
      200,
      gzipped,
      "CentrifugoDecodeError",
      /compressed with gzip, which this client did not/
    ],
    ["200 with a cut-off body", 200, '{"result":{"offs', "CentrifugoDecodeError", /not JSON, or was cut off/],
    ["200 with HTML", 200, "<html>Login</html>", "CentrifugoDecodeError", /not JSON/],
    ["200 with two values", 200, '{"result":{}}{"result":{}}', "CentrifugoDecodeError", /not JSON/],
    [
      "200 with JSON of another shape",
      200,
      '{"status":"ok"}',
      "CentrifugoDecodeError",
      /neither a result nor an error/
    ],
    ["200 with a null result", 200, '{"result":null}', "CentrifugoDecodeError", /neither/],
    ["200 with a list as the result", 200, '{"result":[]}', "CentrifugoDecodeError", /neither/],
    ["200 with an error without a code", 200, '{"error":"x"}', "CentrifugoDecodeError", /neither/],
    ["200 with null", 200, "null", "CentrifugoDecodeError", /neither/],
    ["200 with a list", 200, "[]", "CentrifugoDecodeError", /neither/]
  ])("%s", (_, status, text, tag, message) => {
    const error = left(read(status, text))
    assert.strictEqual(error._tag, tag)
    assert.match(error.message, message)
    assert.strictEqual(error.method, "publish")
    // The error contains the body.
    if ("body" in error) assert.strictEqual(error.body, text)
    if ("status" in error) assert.strictEqual(error.status, status)
  })

  it.each([300, 301, 302, 303, 304, 307, 308])("%d is a refused redirect", (status) => {
    const error = left(read(status, "Moved", "https://h/api/publish"))
    assert.deepInclude(error, {
      _tag: "CentrifugoRedirectError",
      status,
      location: "https://h/api/publish"
    })
    assert.include(error.message, `redirect refused (HTTP status ${status} to https://h/api/publish)`)
    const nowhere = left(read(status, ""))
    assert.notProperty(nowhere, "location")
    assert.include(nowhere.message, `redirect refused (HTTP status ${status})`)
  })

  it("of any size keep 512 characters in the error", () => {
    for (const status of [200, 401, 500]) {
      const error = left(read(status, "é".repeat(100_000)))
      assert.propertyVal(error, "body", "é".repeat(512))
    }
    const error = left(read(302, "", `https://h/${"x".repeat(100_000)}`))
    assert.strictEqual((error as CentrifugoError.RedirectError).location?.length, 512)
  })
})

describe("an echoed key", () => {
  const secrets = [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)]
  const shown = (value: unknown) =>
    String(value) + inspect(value, { depth: Infinity }) + JSON.stringify(value)

  it.each<readonly [what: string, status: number, text: string, location: string | undefined]>([
    ["in a page", 500, `<html>X-API-Key: ${key}</html>`, undefined],
    ["in a page at the cut", 500, `${"x".repeat(500)}${key}`, undefined],
    ["twice", 502, `${key}${key}`, undefined],
    ["in a 200", 200, `not JSON ${key}`, undefined],
    ["in JSON of another shape", 200, JSON.stringify({ headers: { "X-API-Key": key } }), undefined],
    ["in a 401", 401, key, undefined],
    [
      "in the server's message",
      200,
      JSON.stringify({ error: { code: 107, message: `no ${key}` } }),
      undefined
    ],
    [
      "in the server's message, in transport mode",
      400,
      JSON.stringify({ code: 107, message: `no ${key}` }),
      undefined
    ],
    ["in a location", 302, "", `https://h/?api_key=${key}`],
    ["in a location, percent-encoded", 302, "", `https://h/?api_key=${encodeURIComponent(key)}`]
  ])("%s is taken out", (_, status, text, location) => {
    const answer = Either.merge(read(status, text, location))
    for (const secret of secrets) assert.notInclude(shown(answer), secret)
    assert.include(shown(answer), "<redacted>")
    assert.notInclude(shown(answer), "s3cret")
  })
})

describe("Retry-After", () => {
  const waitOf = (retryAfter: string | undefined) => {
    const error = left(
      HttpTransport.readAnswer({ method: "publish", status: 503, text: "", retryAfter }, apiKey)
    )
    return (error as CentrifugoError.StatusError).retryAfter
  }

  it("is read as seconds or as a date, in milliseconds", () => {
    assert.strictEqual(waitOf("0"), 0)
    assert.strictEqual(waitOf(" 120 "), 120_000)
    assert.closeTo(waitOf(new Date(Date.now() + 60_000).toUTCString())!, 60_000, 5_000)
  })

  it.each([undefined, "", "soon", "-1", "1e999", "9".repeat(400), new Date(0).toUTCString()])(
    "has no effect if it is %j",
    (retryAfter) => {
      assert.isUndefined(waitOf(retryAfter))
    }
  )
})

describe("any answer", () => {
  it.prop(
    "gives a reply or a transport error, and never throws",
    [
      FastCheck.integer({ min: 100, max: 999 }),
      FastCheck.oneof(
        FastCheck.string({ unit: "binary" }),
        FastCheck.json(),
        FastCheck.json().map((json) => `{"result":${json}}`),
        FastCheck.json().map((json) => `{"error":${json}}`)
      ),
      FastCheck.option(FastCheck.string(), { nil: undefined }),
      FastCheck.constantFrom("publish", "batch")
    ],
    ([status, text, location, method]) => {
      const answer = read(status, text, location, method)
      if (Either.isLeft(answer)) {
        assert.isTrue(CentrifugoError.isTransportError(answer.left))
        assert.isString(String(answer.left))
      } else {
        assert.include(["Result", "Failure"], answer.right._tag)
      }
    },
    { fastCheck: { numRuns: 500 } }
  )
})

describe("errors inside an answer", () => {
  it("contain no key, even if it is echoed; data with the key's text is unchanged", () => {
    const error = { code: 107, message: `not allowed with ${key}` }
    const data = { error: { code: 1, message: key } }
    const clean = { code: 107, message: "not allowed with <redacted>" }
    // In Go's encoding, so that the text does not contain the key itself.
    const text = (value: unknown) => JSON.stringify(value).replaceAll("/", "\\u002f")
    const batch = {
      replies: [{ error }, { broadcast: { responses: [{ error }, { result: {} }] } }, { history: { data } }]
    }
    assert.deepStrictEqual(
      right(read(200, text(batch), undefined, "batch")),
      CentrifugoTransport.result({
        replies: [
          { error: clean },
          { broadcast: { responses: [{ error: clean }, { result: {} }] } },
          { history: { data } }
        ]
      })
    )
    assert.deepStrictEqual(
      right(read(200, text({ result: { responses: [{ error }] } }), undefined, "broadcast")),
      CentrifugoTransport.result({ responses: [{ error: clean }] })
    )
  })
})
