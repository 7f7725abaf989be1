import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Cause, Effect, Either, Exit, Option, Schema } from "effect"
import { inspect } from "node:util"
import { Batch, CentrifugoApi, CentrifugoError } from "../src/index.js"
import * as StubTransport from "./support/StubTransport.js"

const call = { method: "history", attempts: 2, elapsed: 30 }
const server = { ...call, serverMessage: "as the server says", channel: "chat:1" }
const systemError = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:8000"), {
  code: "ECONNREFUSED",
  errno: -111
})

/** One error of each class, with all its fields. */
const samples: ReadonlyArray<CentrifugoError.CentrifugoError> = [
  new CentrifugoError.NetworkError({
    ...call,
    phase: "connect",
    code: "ECONNREFUSED",
    detail: systemError.message,
    cause: new Error("fetch failed", { cause: systemError })
  }),
  new CentrifugoError.TimeoutError({ ...call, phase: "unknown", timeout: 200 }),
  new CentrifugoError.StatusError({
    ...call,
    status: 503,
    body: "<html>no backend</html>",
    retryAfter: 2000
  }),
  new CentrifugoError.UnauthorizedError({ ...call, body: "" }),
  new CentrifugoError.ApiKeyError({
    ...call,
    detail: "the apiKey effect failed: vault is sealed",
    cause: new Error("vault is sealed")
  }),
  new CentrifugoError.RedirectError({ ...call, status: 301, location: "https://h/api/history" }),
  new CentrifugoError.ResponseTooLargeError({ ...call, limit: 1000 }),
  new CentrifugoError.OverloadedError({ method: "history", limit: 1000 }),
  new CentrifugoError.DecodeError({
    ...call,
    path: ["publications", 1, "conn-info"],
    detail: "expected a string, got an object",
    body: "{}"
  }),
  new CentrifugoError.EncodeError({
    method: "history",
    path: ["since", "offset"],
    detail: "expected an integer"
  }),
  new CentrifugoError.InternalError(server),
  new CentrifugoError.UnknownChannelError(server),
  new CentrifugoError.NotFoundError(server),
  new CentrifugoError.BadRequestError(server),
  new CentrifugoError.NotAvailableError({ ...server, hint: "Switch it on." }),
  new CentrifugoError.UnrecoverablePositionError(server),
  new CentrifugoError.ConflictError(server),
  new CentrifugoError.UnexpectedServerError({ ...server, code: 999 })
]

const byTag = (tag: CentrifugoError.CentrifugoError["_tag"]) => samples.find((sample) => sample._tag === tag)!

const throughJson = <A, I>(schema: Schema.Schema<A, I>, value: A): A =>
  Schema.decodeSync(schema)(JSON.parse(JSON.stringify(Schema.encodeSync(schema)(value))) as I)

describe.each(samples.map((sample) => [sample._tag, sample] as const))("%s", (tag, sample) => {
  it("is an Error whose message has sentences with tag, method and code", () => {
    assert.instanceOf(sample, Error)
    assert.strictEqual(String(sample), `${tag}: ${sample.message}`)
    assert.match(sample.message, /^history: .*\.$/)
    assert.notMatch(sample.message, /undefined|\[object|NaN|null| {2}|\.\.| \./)
    if (CentrifugoError.isServerError(sample)) {
      assert.include(sample.message, `history: ${sample.code} as the server says (channel "chat:1").`)
    }
  })

  it("is printed by Cause.pretty and util.inspect", () => {
    assert.include(Cause.pretty(Cause.fail(sample)), String(sample))
    assert.include(inspect(sample), sample.message)
  })

  it("encodes to JSON and decodes to an equal error", () => {
    const back = throughJson(CentrifugoError.CentrifugoError, sample)
    assert.strictEqual(Object.getPrototypeOf(back), Object.getPrototypeOf(sample))
    assert.strictEqual(back.message, sample.message)
    const fields = ({ ...error }: CentrifugoError.CentrifugoError) => ({ ...error, cause: undefined })
    assert.deepStrictEqual(fields(back), fields(sample))
  })

  it("is recognized by the guard, and belongs to exactly one group", () => {
    assert.isTrue(CentrifugoError.isCentrifugoError(sample))
    const groups = [
      CentrifugoError.isServerError(sample),
      CentrifugoError.isTransportError(sample),
      sample._tag === "CentrifugoEncodeError"
    ]
    assert.strictEqual(groups.filter(Boolean).length, 1)
  })

  it.effect("is caught by its tag, as the same instance", () =>
    Effect.gen(function* () {
      const caught = yield* Effect.fail(sample).pipe(Effect.catchTag(tag, (error) => Effect.succeed(error)))
      assert.strictEqual(caught, sample)
    })
  )
})

/** Finite numbers only, because JSON has no others. */
const isFinite = (error: CentrifugoError.CentrifugoError) =>
  Object.values(error).every((value) => typeof value !== "number" || Number.isFinite(value))

describe("the family", () => {
  it("has a sample of every member in this test", () => {
    assert.deepStrictEqual(
      samples.map((sample) => sample._tag),
      CentrifugoError.CentrifugoError.members.map(({ identifier }) => identifier)
    )
  })

  it("does not say that nothing was sent if an earlier attempt was sent", () => {
    const later = { ...call, attempts: 2 }
    const sealed = new CentrifugoError.ApiKeyError({ ...later, detail: "the vault is sealed" })
    assert.match(sealed.message, /It was not sent again\.$/)
  })

  it("has only tags with the prefix", () => {
    for (const { _tag } of samples) assert.match(_tag, /^Centrifugo[A-Za-z]+Error$/)
  })

  it.prop(
    "any member can be printed, and survives a JSON round trip",
    [Arbitrary.make(CentrifugoError.CentrifugoError).filter(isFinite)],
    ([error]) => {
      assert.isString(String(error))
      assert.isString(Cause.pretty(Cause.fail(error)))
      assert.isString(inspect(error))
      const back = throughJson(CentrifugoError.CentrifugoError, error)
      assert.strictEqual(back._tag, error._tag)
      assert.strictEqual(back.message, error.message)
    },
    { fastCheck: { numRuns: 200 } }
  )

  it("a cause that JSON can't represent does not break the encoding", () => {
    const circular: { self?: unknown } = {}
    circular.self = circular
    for (const cause of [circular, Symbol("s"), () => 1, undefined, null, Object.create(null)]) {
      const error = new CentrifugoError.NetworkError({ method: "info", phase: "unknown", detail: "x", cause })
      assert.isString(inspect(error))
      const back = throughJson(CentrifugoError.CentrifugoError, error)
      assert.strictEqual(back._tag, "CentrifugoNetworkError")
    }
  })

  it("starts with one attempt, or none if nothing was sent", () => {
    assert.deepInclude(new CentrifugoError.UnauthorizedError({ method: "info", body: "" }), {
      attempts: 1,
      elapsed: 0
    })
    assert.deepInclude(new CentrifugoError.EncodeError({ method: "info", path: [], detail: "x" }), {
      attempts: 0,
      elapsed: 0
    })
  })

  it("does not include errors of other libraries", () => {
    const strangers = [
      new Error("x"),
      { ...byTag("CentrifugoNetworkError") },
      Object.assign(new Error("x"), { _tag: "TimeoutError" }),
      new CentrifugoError.ConfigError({ option: "url", detail: "x" }),
      new Batch.PartialFailureError({ outcomes: [] }),
      undefined,
      null,
      "CentrifugoNetworkError"
    ]
    for (const stranger of strangers) assert.isFalse(CentrifugoError.isCentrifugoError(stranger))
  })
})

describe("messages", () => {
  it("contain the HTTP status and the method", () => {
    assert.match(String(byTag("CentrifugoStatusError")), /history.*503/)
  })

  it("contain status, method and an excerpt of the body", () => {
    const text = String(new CentrifugoError.StatusError({ method: "publish", status: 418, body: " tea\n" }))
    assert.strictEqual(text, 'CentrifugoStatusError: publish: HTTP status 418, body "tea".')
    const empty = String(new CentrifugoError.StatusError({ method: "publish", status: 418, body: "\n" }))
    assert.strictEqual(empty, "CentrifugoStatusError: publish: HTTP status 418 with an empty body.")
  })

  it("contain the system's code once, and the system's error is the cause", () => {
    const error = byTag("CentrifugoNetworkError")
    assert.strictEqual(String(error).split("ECONNREFUSED").length, 2)
    assert.strictEqual(((error.cause as Error).cause as Error | undefined)?.message, systemError.message)
    const pretty = Cause.pretty(Cause.fail(error), { renderErrorCause: true })
    assert.include(pretty, "fetch failed")
    assert.include(pretty, systemError.message)
    const elsewhere = new CentrifugoError.NetworkError({
      method: "info",
      phase: "unknown",
      code: "UND_ERR_SOCKET",
      detail: "other side closed"
    })
    assert.include(elsewhere.message, "info: other side closed (UND_ERR_SOCKET).")
  })

  it.each([
    ["connect", /Nothing was sent\.$/],
    ["queued", /Nothing was sent: .*waiting/],
    ["unknown", /may or may not have carried it out\.$/]
  ] as const)("say what is known in phase %s", (phase, text) => {
    assert.match(new CentrifugoError.NetworkError({ method: "info", phase, detail: "broken" }).message, text)
    assert.match(new CentrifugoError.TimeoutError({ method: "info", phase, timeout: 5 }).message, text)
  })

  it("name the path of the field, for any keys", () => {
    const message = (path: ReadonlyArray<string | number>) =>
      new CentrifugoError.EncodeError({ method: "publish", path, detail: "x" }).message
    assert.include(message([]), "can't be encoded: x.")
    assert.include(message(["data"]), "encoded at data: x.")
    assert.include(
      message(["data", 0, "a b", "", "\ud800", "c"]),
      'encoded at data[0]["a b"][""]["\\ud800"].c: x.'
    )
    assert.include(message([1]), "encoded at [1]: x.")
    assert.isBelow(message(Array.from({ length: 1000 }, () => "k")).length, 200)
  })

  it("of a refused key name the server's option", () => {
    assert.match(byTag("CentrifugoUnauthorizedError").message, /401.*http_api\.key/)
  })

  it("of code 108 name the options to set", () => {
    assert.match(byTag("CentrifugoNotAvailableError").message, /108 .* Switch it on\.$/)
  })
})

describe("retryable", () => {
  const status = (status: number) => new CentrifugoError.StatusError({ method: "info", status, body: "" })

  it("are lost connections, timeouts, overload and code 100, and no other kinds", () => {
    const retryable = samples.filter(CentrifugoError.isRetryable).map((error) => error._tag)
    assert.deepStrictEqual(retryable, [
      "CentrifugoNetworkError",
      "CentrifugoTimeoutError",
      // Has status 503.
      "CentrifugoStatusError",
      "CentrifugoOverloadedError",
      "CentrifugoInternalError"
    ])
  })

  it("are only the statuses of servers that can recover", () => {
    const all = Array.from({ length: 500 }, (_, i) => 100 + i)
    assert.deepStrictEqual(
      all.filter((code) => CentrifugoError.isRetryable(status(code))),
      [429, 502, 503, 504],
      "docs/retries.md and the docstring of isRetryable list the same statuses"
    )
  })
})

describe("fromServer", () => {
  const origin = { method: "history", channel: "chat:1", attempts: 3, elapsed: 7, hints: { 108: "Do this." } }

  it.each([
    [100, "CentrifugoInternalError"],
    [102, "CentrifugoUnknownChannelError"],
    [104, "CentrifugoNotFoundError"],
    [107, "CentrifugoBadRequestError"],
    [108, "CentrifugoNotAvailableError"],
    [112, "CentrifugoUnrecoverablePositionError"],
    [113, "CentrifugoConflictError"]
  ] as const)("code %d is %s where the method can answer it", (code, tag) => {
    const error = CentrifugoError.fromServer([code], { code, message: "words" }, origin)
    assert.strictEqual(error._tag, tag)
    assert.deepInclude(error, {
      code,
      method: "history",
      serverMessage: "words",
      channel: "chat:1",
      attempts: 3,
      elapsed: 7
    })
    // An undeclared code does not become one of the declared classes.
    const undeclared = CentrifugoError.fromServer([], { code, message: "words" }, origin)
    assert.strictEqual(undeclared._tag, "CentrifugoUnexpectedServerError")
    assert.strictEqual(undeclared.code, code)
  })

  it("code 999 is unexpected, and keeps code and message", () => {
    const error = CentrifugoError.fromServer([100, 102], { code: 999, message: "" }, { method: "rpc" })
    assert.strictEqual(
      String(error),
      "CentrifugoUnexpectedServerError: rpc: 999. This code is not known for this method."
    )
    assert.deepInclude(error, { attempts: 1, elapsed: 0 })
    assert.notProperty(error, "channel")
    assert.notProperty(error, "hint")
  })

  it("adds only the hint of its own code", () => {
    const hinted = CentrifugoError.fromServer([102, 108], { code: 108, message: "x" }, origin)
    assert.strictEqual(hinted.hint, "Do this.")
    const other = CentrifugoError.fromServer([102, 108], { code: 102, message: "x" }, origin)
    assert.isUndefined(other.hint)
  })
})

describe("TimeoutError", () => {
  const timeout = { method: "info", phase: "unknown", timeout: 200 } as const

  it("says the time of the only attempt", () => {
    const error = new CentrifugoError.TimeoutError({ ...timeout, attempts: 1, elapsed: 0 })
    assert.match(error.message, /no complete response within 200 ms and 1 attempt\./)
  })

  it("says the whole time and the attempts of a repeated call", () => {
    const error = new CentrifugoError.TimeoutError({ ...timeout, attempts: 3, elapsed: 1500 })
    assert.match(
      error.message,
      /no complete response within 1500 ms and 3 attempts\. The last attempt had 200 ms\./
    )
  })
})

describe("withEffort", () => {
  it("changes only attempts and elapsed", () => {
    for (const sample of samples.filter(CentrifugoError.isTransportError)) {
      const tired = CentrifugoError.withEffort(sample, { attempts: 5, elapsed: 99 })
      assert.strictEqual(tired.constructor, sample.constructor)
      assert.deepStrictEqual({ ...tired }, { ...sample, attempts: 5, elapsed: 99 })
      assert.strictEqual(tired.cause, sample.cause)
      if (sample._tag === "CentrifugoStatusError") assert.match(tired.message, /after 99 ms and 5 attempts/)
    }
  })
})

describe("Outcome.PartialFailureError", () => {
  const failed = new CentrifugoError.UnknownChannelError({
    method: "broadcast",
    channel: "zz:b",
    serverMessage: "unknown channel"
  })
  const shapes: ReadonlyArray<readonly [string, Batch.AnyOutcomes, string]> = [
    ["a batch of a list", [Either.right({ offset: 1 }), Either.left(failed)], "1"],
    ["a batch of a record", { ok: Either.right({}), bad: Either.left(failed) }, "bad"],
    [
      "a broadcast",
      [
        { channel: "a", outcome: Either.right({ offset: 1, epoch: "e" }) },
        { channel: "zz:b", outcome: Either.left(failed) }
      ],
      "1"
    ]
  ]

  it.each(shapes)("of %s says how many parts failed, and contains the first error", (_, outcomes, at) => {
    const error = new Batch.PartialFailureError({ outcomes })
    assert.instanceOf(error, Error)
    assert.strictEqual(
      String(error),
      `CentrifugoPartialFailureError: 1 of 2 parts failed; see outcomes. First, at ${at}: ${String(failed)}`
    )
    assert.include(Cause.pretty(Cause.fail(error)), "1 of 2 parts failed")
  })

  it.each(shapes)("of %s survives a JSON round trip with its errors", (_, outcomes) => {
    const error = new Batch.PartialFailureError({ outcomes })
    const back = throughJson(Batch.PartialFailureError, error)
    assert.instanceOf(back, Batch.PartialFailureError)
    assert.deepStrictEqual(back.outcomes, outcomes)
    assert.strictEqual(back.message, error.message)
  })

  it("takes custom errors", () => {
    const own = { _tag: "Own", why: "because" }
    const error = new Batch.PartialFailureError({ outcomes: [Either.left(own)] })
    assert.include(error.message, "1 of 1 parts failed")
    assert.deepStrictEqual(throughJson(Batch.PartialFailureError, error).outcomes, [Either.left(own)])
  })
})

describe("logging", () => {
  it.effect("a failed call shows method, code and advice in the cause, but not the payload", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(102, "unknown channel")
      const exit = yield* Effect.exit(
        centrifugo.send(CentrifugoApi.publish({ channel: "zz:a", data: "s3cret" }))
      )
      const text = Cause.pretty(Option.getOrThrow(Exit.causeOption(exit)))
      assert.match(text, /publish: 102 unknown channel \(channel "zz:a"\).*channel\.namespaces/)
      assert.notInclude(text + inspect(exit, { depth: Infinity }), "s3cret")
    })
  )
})

/** Without the phase. A tag without an entry does not compile. */
const statuses: { readonly [tag in CentrifugoError.CentrifugoError["_tag"]]: CentrifugoError.HttpStatus } = {
  CentrifugoNetworkError: 503,
  CentrifugoTimeoutError: 504,
  CentrifugoStatusError: 503,
  CentrifugoUnauthorizedError: 500,
  CentrifugoApiKeyError: 500,
  CentrifugoRedirectError: 500,
  CentrifugoResponseTooLargeError: 502,
  CentrifugoOverloadedError: 503,
  CentrifugoDecodeError: 502,
  CentrifugoEncodeError: 500,
  CentrifugoInternalError: 502,
  CentrifugoUnknownChannelError: 500,
  CentrifugoNotFoundError: 500,
  CentrifugoBadRequestError: 500,
  CentrifugoNotAvailableError: 500,
  CentrifugoUnrecoverablePositionError: 409,
  CentrifugoConflictError: 409,
  CentrifugoUnexpectedServerError: 502
}

describe("toHttpStatus", () => {
  it("has a status for every error", () => {
    for (const sample of samples) {
      assert.strictEqual(CentrifugoError.toHttpStatus(sample), statuses[sample._tag], sample._tag)
    }
  })

  it("distinguishes calls that were never sent from calls that possibly were, and keeps a gateway's status", () => {
    const network = { ...call, detail: "it broke" }
    const timeout = { ...call, timeout: 200 }
    for (const [phase, ofNetwork, ofTimeout] of [
      ["connect", 503, 503],
      ["queued", 503, 503],
      ["unknown", 502, 504]
    ] as const) {
      const errors = [
        new CentrifugoError.NetworkError({ ...network, phase }),
        new CentrifugoError.TimeoutError({ ...timeout, phase })
      ]
      assert.deepStrictEqual(errors.map(CentrifugoError.toHttpStatus), [ofNetwork, ofTimeout])
      for (const error of errors) {
        assert.strictEqual(CentrifugoError.maybeCarriedOut(error), phase === "unknown")
      }
    }
    const ofGateway = (status: number) =>
      CentrifugoError.toHttpStatus(new CentrifugoError.StatusError({ ...call, status, body: "" }))
    assert.deepStrictEqual([429, 503, 504, 500, 404, 413].map(ofGateway), [503, 503, 504, 502, 502, 502])
  })
})

describe("maybeCarriedOut", () => {
  it("is true if the server possibly carried out the call, also in an earlier attempt", () => {
    const maybe = [
      "CentrifugoTimeoutError",
      "CentrifugoStatusError",
      "CentrifugoRedirectError",
      "CentrifugoResponseTooLargeError",
      "CentrifugoDecodeError",
      "CentrifugoInternalError",
      "CentrifugoUnexpectedServerError"
    ]
    const once: ReadonlyArray<CentrifugoError.CentrifugoError> = samples.map((sample) =>
      Object.assign(Object.create(sample), { attempts: Math.min(sample.attempts, 1) })
    )
    for (const error of once) {
      assert.strictEqual(CentrifugoError.maybeCarriedOut(error), maybe.includes(error._tag), error._tag)
    }
    const phased = ["CentrifugoNetworkError", "CentrifugoTimeoutError"]
    for (const error of samples.filter(({ _tag, attempts }) => attempts > 1 && !phased.includes(_tag))) {
      assert.isTrue(CentrifugoError.maybeCarriedOut(error), error._tag)
    }
  })
})
