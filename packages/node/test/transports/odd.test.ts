/** Answers that Centrifugo does not give: each has its own clear outcome, over every transport. */
import { CentrifugoApi, type CentrifugoError, RetryPolicy } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { apiKey, options, transports } from "./over.js"
import { assertKeyless } from "./secrets.js"
import * as Stub from "./stub.js"

type Failure = CentrifugoError.CentrifugoError

interface Odd {
  readonly title: string
  readonly answer: Stub.Answer
  readonly tag: Failure["_tag"]
  readonly see?: (error: Failure) => void
}

const raw =
  (text: string, end = true): Stub.Answer =>
  ({ socket }) =>
    void (end ? socket.end(text) : socket.write(text))

const includes =
  (...parts: ReadonlyArray<string>) =>
  (error: Failure) => {
    for (const part of parts) assert.include(String(error), part)
  }

const html = "<html><head><title>502 Bad Gateway</title></head></html>"

const status = (
  title: string,
  status: number,
  body: string,
  headers: Record<string, string>,
  ...parts: ReadonlyArray<string>
): Odd => ({
  title,
  answer: Stub.always({ status, body, headers }),
  tag: "CentrifugoStatusError",
  see: (error) => {
    assert.isTrue(error._tag === "CentrifugoStatusError" && error.status === status)
    includes("publish", String(status), ...parts)(error)
  }
})

const redirect = (code: number, headers: Record<string, string>): Odd => ({
  title: `${code} ${Object.keys(headers).join()}`,
  answer: Stub.always({ status: code, headers }),
  tag: "CentrifugoRedirectError",
  see: (error) => {
    assert.isTrue(error._tag === "CentrifugoRedirectError" && error.status === code)
    includes("redirect refused", ...Object.values(headers))(error)
  }
})

const shape = (body: string): Odd => ({
  title: `200 with ${body}`,
  answer: Stub.always({ status: 200, body }),
  tag: "CentrifugoDecodeError",
  see: includes("neither a result nor an error")
})

const text = { "content-type": "text/plain" }

const odd: ReadonlyArray<Odd> = [
  {
    title: "401 with an empty body",
    answer: Stub.always({ status: 401 }),
    tag: "CentrifugoUnauthorizedError",
    see: includes("http_api.key")
  },
  status("404 text", 404, "404 page not found\n", text, "404 page not found", "/api by default"),
  status("405 with an empty body", 405, "", {}, "empty body", "HTTP method"),
  status("413", 413, "<html>too large</html>", {}, "smaller batches"),
  status("429", 429, "slow down", { "retry-after": "2" }, "limits the rate"),
  status("500 text", 500, "Internal Server Error\n", text, "Internal Server Error"),
  status("502 with HTML", 502, html, { "content-type": "text/html" }, "502 Bad Gateway", "gateway"),
  status("503", 503, "", {}, "503"),
  status("504", 504, "", {}, "504"),
  status("204", 204, "", {}, "204"),
  status("201 with a good answer", 201, Stub.published, {}, "201"),
  {
    title: "an error of the server, with status 200",
    answer: Stub.always({ status: 200, body: '{"error":{"code":102,"message":"unknown channel"}}' }),
    tag: "CentrifugoUnknownChannelError"
  },
  {
    title: "a server error with its own status",
    answer: Stub.always({ status: 404, body: '{"code":102,"message":"unknown channel"}' }),
    tag: "CentrifugoUnknownChannelError"
  },
  {
    title: "an empty body",
    answer: Stub.always({ status: 200 }),
    tag: "CentrifugoDecodeError",
    see: includes("the body is empty")
  },
  {
    title: "an empty body in chunks",
    answer: Stub.always({ status: 200, chunked: true }),
    tag: "CentrifugoDecodeError",
    see: includes("the body is empty")
  },
  {
    title: "a body that ends before its length",
    answer: raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"result":{'),
    tag: "CentrifugoNetworkError",
    see: (error) => assert.isTrue("phase" in error && error.phase === "unknown")
  },
  {
    title: "a body that ends before its last chunk",
    answer: raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nb\r\n{"result":{}\r\n'),
    tag: "CentrifugoNetworkError",
    see: (error) => assert.isTrue("phase" in error && error.phase === "unknown")
  },
  {
    title: "a cut-off body without a length",
    answer: raw('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"result":{"off'),
    tag: "CentrifugoDecodeError",
    see: includes("cut off")
  },
  {
    title: "a body that is not JSON",
    answer: Stub.always({ status: 200, body: "<html>hello</html>" }),
    tag: "CentrifugoDecodeError",
    see: includes("not JSON")
  },
  ...["[]", "null", '"text"', '{"ok":true}', '{"result":null}', '{"error":{}}', '{"replies":[]}'].map(shape),
  {
    title: "a result of another shape",
    answer: Stub.always({ status: 200, body: '{"result":{"offset":"7"}}' }),
    tag: "CentrifugoDecodeError",
    see: includes("at offset")
  },
  ...[301, 302, 303, 307, 308].map((code) => redirect(code, { location: "/elsewhere" })),
  redirect(304, {}),
  {
    title: "not HTTP: a port that echoes its input",
    answer: ({ body, headerLines, socket }) =>
      void socket.end(`POST /api/publish HTTP/1.1\r\n${headerLines.join("\r\n")}\r\n\r\n${body}`),
    tag: "CentrifugoNetworkError"
  },
  {
    title: "a page that quotes the key",
    answer: Stub.always({ status: 500, body: `x-api-key: ${apiKey} ${encodeURIComponent(apiKey)}` }),
    tag: "CentrifugoStatusError",
    see: includes("<redacted>")
  }
]

const publish = { channel: "news", data: { text: "hello" } }

for (const { make, name } of transports) {
  describe(`odd replies over ${name}`, () => {
    for (const { answer, see, tag, title } of odd) {
      it.scopedLive(`${title} -> ${tag}`, () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(answer)
          const centrifugo = yield* make({ ...options(stub.url), retry: RetryPolicy.none })
          const error = yield* Effect.flip(centrifugo.publish(publish))
          assert.strictEqual(error._tag, tag)
          see?.(error)
          assertKeyless(error)
          assert.strictEqual(stub.requests.length, 1)
        })
      )
    }

    it.scopedLive("a batch with replies: null, or without replies -> each member's own DecodeError", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start((request, count) =>
          Stub.always({ status: 200, body: count === 1 ? '{"replies":null}' : "{}" })(request, count)
        )
        const centrifugo = yield* make(options(stub.url))
        for (const _ of [1, 2]) {
          const outcomes = yield* centrifugo.batch([
            CentrifugoApi.publish(publish),
            CentrifugoApi.publish(publish)
          ])
          for (const outcome of outcomes) {
            assert.strictEqual(Either.getOrThrow(Either.flip(outcome))._tag, "CentrifugoDecodeError")
          }
        }
      })
    )

    const client = (i: number) => `{"user":"${i}","client":"c${i}","conn_info":"${"x".repeat(950)}"}`
    const many = Array.from({ length: 5000 }, (_, i) => `"c${i}":${client(i)}`).join(",")
    const presence = `{"result":{"presence":{${many}}}}`

    for (const chunked of [false, true]) {
      const framed = chunked ? "in chunks" : "with its length"
      it.scopedLive(`5 MB of presence ${framed} are decoded`, () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(Stub.always({ status: 200, body: presence, chunked }))
          const centrifugo = yield* make(options(stub.url))
          const answer = yield* centrifugo.presence({ channel: "news" })
          assert.strictEqual(Object.keys(answer.presence).length, 5000)
        })
      )

      it.scopedLive(`5 MB of presence ${framed} are refused above the limit, and the socket closes`, () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(Stub.always({ status: 200, body: presence, chunked }))
          const centrifugo = yield* make({ ...options(stub.url), maxResponseSize: 1_000_000 })
          const error = yield* Effect.flip(centrifugo.presence({ channel: "news" }))
          assert.strictEqual(error._tag, "CentrifugoResponseTooLargeError")
          assert.include(String(error), "1000000 bytes")
          yield* stub.closed
        })
      )
    }

    it.scopedLive("an answer with a length above the limit is refused at once", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(raw("HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n", false))
        const centrifugo = yield* make({ ...options(stub.url), maxResponseSize: 1000, timeout: "5 seconds" })
        const error = yield* Effect.flip(centrifugo.info())
        assert.strictEqual(error._tag, "CentrifugoResponseTooLargeError")
        yield* stub.closed
      })
    )

    it.scopedLive("an answer of exactly the limit is read", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(Stub.always({ status: 200, body: Stub.published, chunked: true }))
        const limit = Stub.published.length
        const enough = yield* make({ ...options(stub.url), maxResponseSize: limit })
        assert.strictEqual((yield* enough.publish(publish)).offset, 1)
        const tooLittle = yield* make({ ...options(stub.url), maxResponseSize: limit - 1 })
        const error = yield* Effect.flip(tooLittle.publish(publish))
        assert.strictEqual(error._tag, "CentrifugoResponseTooLargeError")
      })
    )

    it.scopedLive("a character that spans two chunks of the body is decoded", () =>
      Effect.gen(function* () {
        const body = Buffer.from('{"result":{"publications":[{"data":"😀é"}]}}')
        const cut = body.indexOf(Buffer.from("😀")) + 2
        const stub = yield* Stub.start(({ socket }) => {
          socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
          for (const part of [body.subarray(0, cut), body.subarray(cut)]) {
            socket.write(`${part.length.toString(16)}\r\n`)
            socket.write(part)
            socket.write("\r\n")
          }
          socket.write("0\r\n\r\n")
        })
        const centrifugo = yield* make(options(stub.url))
        const { publications } = yield* centrifugo.history({ channel: "news", limit: 1 })
        assert.strictEqual(publications[0]?.data, "😀é")
      })
    )
  })
}
