/** Turns errors of HTTP clients into `NetworkError`. The errors were captured on each runtime. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { inspect } from "node:util"
import { runInNewContext } from "node:vm"
import { HttpTransport, RetryPolicy } from "../src/index.js"
import * as calls from "./batcher/support/calls.js"

const apiKey = Redacted.make("s3cret+key")
const about = { method: "publish", origin: "http://localhost:8000", apiKey, phase: "unknown" } as const

const error = (message: string, fields: object = {}, cause?: unknown): Error =>
  Object.assign(new Error(message), fields, cause === undefined ? {} : { cause })

const fetchFailed = (cause: unknown) => error("fetch failed", { name: "TypeError" }, cause)

const refused = (address: string) =>
  error(`connect ECONNREFUSED ${address}`, { code: "ECONNREFUSED", syscall: "connect" })

const happyEyeballs = Object.assign(new AggregateError([refused("::1:8000"), refused("127.0.0.1:8000")]), {
  code: "ECONNREFUSED"
})

const deno = (text: string) => fetchFailed(error(`error sending request for url (http://h/): ${text}`))

/** An error in OpenSSL's format. */
const alert = (number: number, words: string, code: string) =>
  error(
    `80:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv1 alert ${words}:../x.c:1605:SSL alert number ${number}\n`,
    { code, library: "SSL routines" }
  )

const unsent: ReadonlyArray<readonly [title: string, error: unknown, code: string | undefined]> = [
  ["Node: refused", refused("127.0.0.1:8000"), "ECONNREFUSED"],
  ["Node: refused at each address", happyEyeballs, "ECONNREFUSED"],
  [
    "Node: connecting timed out",
    error("connect ETIMEDOUT", { code: "ETIMEDOUT", syscall: "connect" }),
    "ETIMEDOUT"
  ],
  ["Node: no such Unix socket", error("connect ENOENT /s", { code: "ENOENT", syscall: "connect" }), "ENOENT"],
  ["Node: no such name", error("getaddrinfo EAI_AGAIN h", { code: "EAI_AGAIN" }), "EAI_AGAIN"],
  ["Node's fetch: refused", fetchFailed(happyEyeballs), "ECONNREFUSED"],
  [
    "undici: connecting timed out",
    error("Connect Timeout Error", { code: "UND_ERR_CONNECT_TIMEOUT" }),
    "UND_ERR_CONNECT_TIMEOUT"
  ],
  [
    "Node's fetch: certificate",
    fetchFailed(error("self-signed certificate", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" })),
    "DEPTH_ZERO_SELF_SIGNED_CERT"
  ],
  [
    "Node: TLS to a port without",
    error("write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../x.c:355:", {
      code: "EPROTO"
    }),
    "EPROTO"
  ],
  ["Bun: refused", error("Unable to connect", { code: "ConnectionRefused" }), "ConnectionRefused"],
  [
    "Bun: no such name",
    error("Was there a typo in the url or port?", { code: "FailedToOpenSocket" }),
    "FailedToOpenSocket"
  ],
  [
    "Bun: with Node's code",
    error("ECONNREFUSED: Unable to connect.", { code: "ECONNREFUSED", errno: 0 }),
    "ECONNREFUSED"
  ],
  [
    "Deno: refused",
    deno("client error (Connect): tcp connect error: Connection refused (os error 111)"),
    undefined
  ],
  ["Deno: certificate", deno("client error (Connect): invalid peer certificate: UnknownIssuer"), undefined],
  ["Node's fetch: a blocked port", fetchFailed(error("bad port")), "ERR_UNSENDABLE"],
  [
    "Node's fetch: a signal of another realm (jsdom)",
    error('RequestInit: Expected signal ("AbortSignal {}") to be an instance of AbortSignal.', {
      name: "TypeError"
    }),
    "ERR_UNSENDABLE"
  ],
  [
    "Node's fetch: the server refuses the version of TLS",
    fetchFailed(alert(70, "protocol version", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION")),
    "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"
  ],
  ["Node: the same, under EPROTO", alert(70, "protocol version", "EPROTO"), "EPROTO"],
  [
    "Node: no client certificate",
    alert(116, "certificate required", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"
  ],
  [
    "Node: another client certificate",
    alert(48, "unknown ca", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"),
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"
  ],
  [
    "Node of another realm: refused",
    runInNewContext(
      'Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) })'
    ),
    "ECONNREFUSED"
  ],
  [
    "Node of another realm: refused at each address",
    runInNewContext(
      `const refused = () => Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" })
       new AggregateError([refused(), refused()])`
    ),
    "ECONNREFUSED"
  ]
]

const unknown: ReadonlyArray<readonly [title: string, error: unknown, code: string | undefined]> = [
  ["Node: reset", error("read ECONNRESET", { code: "ECONNRESET", syscall: "read" }), "ECONNRESET"],
  [
    "Node: an open connection timed out",
    error("read ETIMEDOUT", { code: "ETIMEDOUT", syscall: "read" }),
    "ETIMEDOUT"
  ],
  [
    "Node: no route for an open connection",
    error("read EHOSTUNREACH", { code: "EHOSTUNREACH", syscall: "read" }),
    "EHOSTUNREACH"
  ],
  [
    "Node's fetch: closed",
    fetchFailed(error("other side closed", { code: "UND_ERR_SOCKET" })),
    "UND_ERR_SOCKET"
  ],
  [
    "Bun: closed",
    error("ECONNRESET: The socket connection was closed", { code: "ECONNRESET" }),
    "ECONNRESET"
  ],
  ["Deno: closed", deno("client error (SendRequest): connection closed before message completed"), undefined],
  ["a browser's fetch", error("Failed to fetch", { name: "TypeError" }), undefined],
  [
    "one address refused, the other reset",
    new AggregateError([refused("::1:8000"), error("read ECONNRESET", { code: "ECONNRESET" })]),
    "ECONNREFUSED"
  ],
  [
    "Node: an alert that may end an open connection",
    alert(80, "internal error", "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"),
    "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"
  ],
  ["a text", "broken", undefined],
  ["nothing", undefined, undefined]
]

describe("networkError", () => {
  for (const [title, thrown, code] of unsent) {
    it(`${title}: nothing was sent`, () => {
      const { code: found, message, phase } = HttpTransport.networkError(thrown, about)
      assert.strictEqual(phase, "connect")
      assert.strictEqual(found, code)
      assert.include(message, "http://localhost:8000")
    })
  }

  for (const [title, thrown, code] of unknown) {
    it(`${title}: the server may have carried it out`, () => {
      const { code: found, phase } = HttpTransport.networkError(thrown, about)
      assert.strictEqual(phase, "unknown")
      assert.strictEqual(found, code)
    })
  }

  it("uses the cause that the system's message hides", () => {
    const certificate = alert(116, "certificate required", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")
    assert.include(HttpTransport.networkError(certificate, about).message, "client certificate required")
    assert.include(
      HttpTransport.networkError(fetchFailed(error("bad port")), about).message,
      "fetch blocks this port"
    )
  })

  it("errors that would repeat are not retryable", () => {
    const failures = [
      fetchFailed(error("bad port")),
      alert(116, "certificate required", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
      alert(70, "protocol version", "EPROTO"),
      error("refused", { code: "CERT_REVOKED" }),
      error("refused", { code: "HOSTNAME_MISMATCH" })
    ]
    for (const failure of failures) {
      const error = HttpTransport.networkError(failure, about)
      const pending = Effect.runSync(calls.pending(calls.make(0), RetryPolicy.transient))
      assert.isUndefined(Effect.runSync(pending.next(error)), error.message)
    }
  })

  it("an error stays unsent if the transport knows it", () => {
    const reset = error("read ECONNRESET", { code: "ECONNRESET" })
    assert.strictEqual(HttpTransport.networkError(reset, { ...about, phase: "connect" }).phase, "connect")
    assert.strictEqual(HttpTransport.networkError(reset, { ...about, phase: "queued" }).phase, "queued")
  })

  it("the message is the system's, with each address once, at any depth", () => {
    const { cause, detail } = HttpTransport.networkError(fetchFailed(happyEyeballs), about)
    assert.strictEqual(
      detail,
      "connect ECONNREFUSED ::1:8000, connect ECONNREFUSED 127.0.0.1:8000 (http://localhost:8000)"
    )
    assert.include(inspect(cause, { depth: Infinity }), "ECONNREFUSED 127.0.0.1:8000")
  })

  it("contains no request, no bytes and no key", () => {
    const leaky = error(
      "Invalid header value: s3cret+key",
      { request: { headers: { "x-api-key": "s3cret+key" } }, data: "x-api-key: s3cret+key" },
      new AggregateError([error("of s3cret+key", { socket: { key: "s3cret+key" } })], "s3cret+key")
    )
    const failure = HttpTransport.networkError(leaky, about)
    const shown = inspect(failure, { depth: Infinity, showHidden: true, getters: true })
    assert.notInclude(shown + String(failure) + JSON.stringify(failure), "s3cret")
  })

  it("cyclic causes are cut", () => {
    const first = error("first")
    first.cause = error("second", {}, first)
    assert.strictEqual(HttpTransport.networkError(first, about).phase, "unknown")
  })
})
