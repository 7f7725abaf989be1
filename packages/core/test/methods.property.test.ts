/** Properties of every method, for arbitrary requests and replies. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, FastCheck, Redacted, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import { type ApiMethod, Batch, CentrifugoApi, CentrifugoError, HttpTransport } from "../src/index.js"
import { left, right } from "./support/either.js"

type AnyMethod = ApiMethod.ApiMethod<string, unknown, unknown, unknown>

/** The payload types differ; each method only gets payloads from its own Schema. */
const methods = Object.entries({
  ...CentrifugoApi.methods,
  ...CentrifugoApi.proMethods
}) as unknown as ReadonlyArray<readonly [string, AnyMethod]>

/** Methods whose payload can be refused although each field is valid. */
const together: { readonly [method: string]: ReadonlyArray<string> } = {
  subscribe: ["allUsers"],
  unsubscribe: ["allUsers"],
  disconnect: ["allUsers"],
  refresh: ["allUsers", "expired", "expireAt", "info"],
  history: ["since", "since.offset"],
  connections: [""],
  map_read_state: ["revisionEpoch"],
  device_update: [""],
  device_remove: [""]
}

/** Arbitrary payloads nearly always name several recipients. */
const withOneRecipient = (payload: unknown): unknown => {
  if (typeof payload !== "object" || payload === null || !("recipient" in payload)) return payload
  const given = Object.entries(payload.recipient as object).find(([, value]) => value !== undefined)
  return { ...payload, recipient: Object.fromEntries([given ?? ["fcmTopic", "news"]]) }
}

const payloadOf = (method: AnyMethod) =>
  Arbitrary.make(Schema.typeSchema(method.payload))
    .map(withOneRecipient)
    .filter((payload) => {
      const text = method.encode(payload)
      if (Either.isRight(text)) return true
      if (together[method.method]?.includes(text.left.path.join("."))) return false
      throw text.left
    })

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Fields with the user's own names or values, which must not be renamed. */
const opaque = new Set([
  ...["data", "info", "params", "stream_data", "tags", "meta", "message", "payload", "headers"],
  "localizations"
])

const wireNames = (value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap(wireNames)
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    name,
    ...(opaque.has(name) ? [] : wireNames(inner))
  ])
}

/** The values that JSON changes: -0, undefined properties, a small bigint. */
const normalised = (value: unknown): unknown => {
  if (Object.is(value, -0)) return 0
  if (typeof value === "bigint") return Number(value)
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(normalised)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, normalised(inner)])
  )
}

const holdsLargeBigint = (value: unknown): boolean =>
  typeof value === "bigint"
    ? value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)
    : typeof value === "object" && value !== null && Object.values(value).some(holdsLargeBigint)

const assertSame = (actual: unknown, expected: unknown) => {
  // Also strict about prototypes and keys such as __proto__.
  if (!isDeepStrictEqual(actual, normalised(expected))) assert.deepStrictEqual(actual, normalised(expected))
}

const apiKey = Redacted.make("k3y")

/** Field names of results, so that random replies pass the first check. */
const resultName = FastCheck.constantFrom(
  ...["result", "error", "code", "message", "offset", "epoch", "publications", "data", "info", "tags"],
  ...["responses", "replies", "presence", "num_clients", "num_users", "nodes", "metrics", "items", "process"],
  ...["publish", "history", "conn_info", "user", "client", "channels", "__proto__"]
)

const { reply } = FastCheck.letrec((tie) => ({
  reply: FastCheck.oneof(
    { depthSize: "small", withCrossShrink: true },
    FastCheck.jsonValue({ maxDepth: 1 }),
    FastCheck.constantFrom(0, 1, 2 ** 53, -1, 1.5, "", "e", null),
    FastCheck.array(tie("reply"), { maxLength: 3 }),
    FastCheck.dictionary(resultName, tie("reply"), { maxKeys: 4 })
  )
}))

const status = FastCheck.oneof(
  FastCheck.constant(200),
  FastCheck.constantFrom(400, 401, 404, 409, 413, 416, 500, 502, 302),
  FastCheck.integer({ min: 200, max: 599 })
)

/** An HTTP answer, decoded by a method. */
const receive = <A, E>(
  request: ApiMethod.Request<string, unknown, A, E>,
  answer: { readonly status: number; readonly text: string }
): Either.Either<A, E | CentrifugoError.TransportError> =>
  Either.flatMap(HttpTransport.readAnswer({ method: request.method, ...answer }, apiKey), (reply) =>
    request.decode(reply, {})
  )

const assertTyped = (error: unknown) => {
  assert.isTrue(CentrifugoError.isCentrifugoError(error), String(error))
}

describe.each(methods)("%s", (name, method) => {
  it.prop(
    "is sent under snake_case names, and decodes to an equal payload",
    [payloadOf(method)],
    ([payload]) => {
      const text = right(method.encode(payload))
      const wire: unknown = JSON.parse(text)
      assert.strictEqual(method.method, snakeCase(name))
      for (const field of wireNames(wire)) assert.match(field, /^[a-z][a-z0-9_]*$/)
      // JSON.parse rounds digits that the text has.
      if (holdsLargeBigint(payload)) return
      assertSame(right(Schema.decodeUnknownEither(method.payload)(wire)), payload)
    },
    { fastCheck: { numRuns: 60 } }
  )

  it.prop(
    "has a payload Schema that decodes what it encodes, and encodes what is sent",
    [payloadOf(method)],
    ([payload]) => {
      const wire = Schema.encodeEither(method.payload)(payload)
      if (holdsLargeBigint(payload)) {
        assert.match(left(wire).message, /rounded/)
        return
      }
      assert.deepStrictEqual(right(wire), JSON.parse(right(method.encode(payload))))
      assertSame(right(Schema.decodeEither(method.payload)(right(wire))), payload)
    },
    { fastCheck: { numRuns: 60 } }
  )

  it.prop(
    "answers every JSON reply with a result or a typed error",
    [payloadOf(method), status, reply, FastCheck.boolean()],
    ([payload, status, value, enveloped]) => {
      const text = JSON.stringify(enveloped ? { result: value } : value)
      const request = method(payload)
      Either.match(receive(request, { status: enveloped ? 200 : status, text }), {
        onLeft: assertTyped,
        // A result can be printed and cloned.
        onRight: (result) => void JSON.stringify(result)
      })
      // An encoded result decodes to an equal result.
      const result = Schema.decodeUnknownEither(method.result)(value)
      if (Either.isRight(result)) {
        const again = right(Schema.encodeEither(method.result)(result.right))
        assertSame(right(Schema.decodeEither(method.result)(again)), result.right)
      }
      assert.deepStrictEqual(Object.keys(Object.prototype), [])
    },
    { fastCheck: { numRuns: 60 } }
  )

  it.prop(
    "answers every sequence of bytes with a result or a typed error",
    [payloadOf(method), status, FastCheck.uint8Array({ maxLength: 200 })],
    ([payload, status, bytes]) => {
      const answer = receive(method(payload), { status, text: new TextDecoder().decode(bytes) })
      if (Either.isLeft(answer)) assertTyped(answer.left)
    },
    { fastCheck: { numRuns: 40 } }
  )
})

describe("a batch", () => {
  const member = FastCheck.oneof(
    ...methods.slice(0, 12).map(([, method]) => payloadOf(method).map((payload) => method(payload)))
  )

  it.prop(
    "answers every JSON reply with an outcome for each member, or a typed error",
    [
      FastCheck.array(member, { minLength: 1, maxLength: 4 }),
      reply,
      FastCheck.array(reply, { maxLength: 5 })
    ],
    ([members, value, replies]) => {
      const request = Batch.batch(members)
      const commands = (JSON.parse(right(request.encode())!) as { commands: Array<object> }).commands
      assert.deepStrictEqual(
        commands.map((command) => Object.keys(command)),
        members.map(({ method }) => [method])
      )
      for (const answer of [value, { replies }]) {
        const outcomes = receive(request, { status: 200, text: JSON.stringify(answer) })
        if (Either.isLeft(outcomes)) {
          assertTyped(outcomes.left)
        } else {
          assert.strictEqual(outcomes.right.length, members.length)
          for (const outcome of outcomes.right) if (Either.isLeft(outcome)) assertTyped(outcome.left)
        }
      }
    },
    { fastCheck: { numRuns: 100 } }
  )
})

describe("deep and large replies", () => {
  const publish = CentrifugoApi.methods.publish({ channel: "a", data: 1 })
  const history = CentrifugoApi.methods.history({ channel: "a" })

  it("with 100,000 levels are read in fields of any JSON, and refused elsewhere", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
    const inData = `{"result":{"publications":[{"offset":1,"data":${deep}}]}}`
    assert.strictEqual(right(receive(history, { status: 200, text: inData })).publications.length, 1)
    const inResult = `{"result":${deep}}`
    assert.strictEqual(left(receive(publish, { status: 200, text: inResult }))._tag, "CentrifugoDecodeError")
    assert.strictEqual(left(receive(publish, { status: 404, text: deep }))._tag, "CentrifugoStatusError")
  })

  it("of megabytes give a short error", () => {
    const error = left(receive(publish, { status: 500, text: "x".repeat(5_000_000) }))
    assert.isBelow(String(error).length, 1000)
  })
})
