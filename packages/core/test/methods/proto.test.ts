/**
 * The drift check. Every method and field of the server's api.proto exists here, under the same name and with the
 * same type, and no others exist.
 */
import { assert, describe, it } from "@effect/vitest"
import { version } from "@effect-centrifugo/tools/Centrifugo"
import { Either, Schema, type SchemaAST as AST } from "effect"
import { compile } from "../../src/internal/codec/compile.js"
import { type ApiMethod, Batch, CentrifugoApi, CentrifugoTransport } from "../../src/index.js"
import { right } from "../support/either.js"
import * as ApiProto from "../support/apiProto.js"
import { fieldsOf, full, kindOf, messageOf } from "../support/fields.js"

/** The common type of all methods, for any payload. */
interface Descriptor extends Pick<ApiMethod.ApiMethod<string, never, unknown, unknown>, "method" | "result"> {
  readonly payload: { readonly ast: AST.AST }
}

const descriptors: ReadonlyArray<Descriptor> = [
  ...Object.values<Descriptor>(CentrifugoApi.methods),
  ...Object.values<Descriptor>(CentrifugoApi.proMethods)
]

const payloadOf = ({ payload }: Descriptor) => messageOf(payload.ast)
const resultOf = ({ result }: Descriptor) => messageOf(result.ast)

/** The differences between our fields and a message of api.proto. */
export const differences = (
  { messages }: ApiProto.Proto,
  message: string,
  ast: AST.AST,
  inside: ReadonlyArray<string> = []
): ReadonlyArray<string> => {
  const theirs = new Map(messages.get(message)?.map((field) => [field.name, field]))
  const ours = fieldsOf(ast)
  const compareType = (at: string, type: string, ast: AST.AST): ReadonlyArray<string> => {
    const kind = kindOf(ast)
    if (kind._tag === "message" && messages.has(type)) {
      return inside.includes(type)
        ? []
        : differences({ messages, rpcs: new Map() }, type, ast, [...inside, message])
    }
    const name = kind._tag === "scalar" ? kind.type : kind._tag === "json" ? "bytes" : kind._tag
    return name === type ? [] : [`${at}: ${name} here, ${type} in api.proto`]
  }
  const compare = (field: ApiProto.Field, type: AST.AST): ReadonlyArray<string> => {
    const at = `${message}.${field.name}`
    const kind = kindOf(type)
    const label = kind._tag === "list" || kind._tag === "map" ? kind._tag : "one"
    if (label !== field.label) return [`${at}: ${label} here, ${field.label} in api.proto`]
    return compareType(
      at,
      field.type,
      kind._tag === "list" ? kind.item : kind._tag === "map" ? kind.value : type
    )
  }
  const found: Array<string> = []
  for (const [name, type] of ours) {
    const field = theirs.get(name)
    found.push(...(field === undefined ? [`${message}.${name} is not in api.proto`] : compare(field, type)))
    theirs.delete(name)
    const kind = kindOf(type)
    if (kind._tag === "json" && kind.bytes) {
      const binary = theirs.get(`b64${name}`)
      if (binary?.type !== "string" || binary.label !== "one") {
        found.push(`${message}.${name} has no binary form in api.proto`)
      }
      theirs.delete(`b64${name}`)
    }
  }
  return [...found, ...[...theirs.keys()].map((name) => `${message}.${name} is missing here`)]
}

/** A message with all its fields, as the server would write it. */
const fullMessage = ({ messages }: ApiProto.Proto, name: string): unknown =>
  Object.fromEntries(
    messages.get(name)!.map((field) => {
      const value = fullValue({ messages, rpcs: new Map() }, field.type)
      return [field.name, field.label === "list" ? [value] : field.label === "map" ? { key: value } : value]
    })
  )

const scalarValues: { readonly [type: string]: unknown } = {
  string: "text",
  bool: true,
  bytes: { any: ["json", null] },
  double: 1.5,
  uint32: 4294967295,
  int32: -1,
  uint64: 9007199254740991,
  int64: -1
}

const fullValue = (proto: ApiProto.Proto, type: string): unknown =>
  scalarValues[type] ?? fullMessage(proto, type)

/** The names in a JSON value, with binary variants under the name of their field. */
const namesIn = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(namesIn)
  if (typeof json !== "object" || json === null) return typeof json
  return Object.fromEntries(
    Object.entries(json)
      .map(([name, value]) => [name, namesIn(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  )
}

const proto = ApiProto.load()

if (proto instanceof Error) {
  const reason = `there is no api.proto to compare with: ${proto.message}`
  if (process.env["CI"] === "true") {
    it("api.proto", () => {
      assert.fail(reason)
    })
  } else {
    console.error(`\nSKIPPED: ${reason}\nInstall Go to run these tests.\n`)
    describe.skip(`api.proto (${descriptors.length} methods)`, () => {
      for (const { method } of descriptors) it(method, () => {})
    })
  }
} else {
  const commands = new Map(proto.messages.get("Command")!.map(({ name, type }) => [name, type]))
  const replies = new Map(proto.messages.get("Reply")!.map(({ name, type }) => [name, type]))
  const described = descriptors.filter(({ method }) => commands.has(method))

  describe("api.proto", () => {
    it("was parsed completely", () => {
      assert.isAtLeast(commands.size, 39)
      assert.strictEqual(proto.rpcs.size, commands.size + 1, "an RPC per command, and batch")
      for (const { request, response } of proto.rpcs.values()) {
        assert.isTrue(proto.messages.has(request), request)
        assert.isTrue(proto.messages.has(response), response)
      }
      assert.deepStrictEqual(proto.messages.get("BoolValue"), [{ name: "value", label: "one", type: "bool" }])
    })

    it("has exactly the methods that exist here", () => {
      const ours = descriptors.map(({ method }) => method)
      const missing = [...commands.keys()].filter((method) => !ours.includes(method))
      const extra = ours.filter((method) => !commands.has(method))
      const file = `api.proto of Centrifugo ${version}`
      assert.deepStrictEqual(
        [
          ...missing.map(
            (method) => `${method} is in ${file}, but not here: see "Add an API method" in CONTRIBUTING.md`
          ),
          ...extra.map((method) => `${method} is here, but not in ${file}`)
        ],
        []
      )
      const rpcs = [...proto.rpcs.keys()].map((name) => name.toLowerCase()).sort()
      assert.deepStrictEqual([...ours, "batch"].map((name) => name.replaceAll("_", "")).sort(), rpcs)
    })

    it("names the methods as the clients do", () => {
      for (const [name, { method }] of Object.entries<Descriptor>({
        ...CentrifugoApi.methods,
        ...CentrifugoApi.proMethods
      })) {
        assert.strictEqual(
          name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          method
        )
      }
    })

    it("comparison finds a field that is added, missing, misnamed or of another type", () => {
      for (const [messages, astOf] of [
        [commands, payloadOf],
        [replies, resultOf]
      ] as const) {
        for (const descriptor of described) {
          const message = messages.get(descriptor.method)!
          const fields = proto.messages.get(message)!
          // Another test reports a message that differs already.
          if (differences(proto, message, astOf(descriptor)).length > 0) continue
          const shown = (mutated: ReadonlyArray<ApiProto.Field>) =>
            differences(
              { ...proto, messages: new Map(proto.messages).set(message, mutated) },
              message,
              astOf(descriptor)
            ).join("\n")
          assert.include(
            shown([...fields, { name: "new", label: "one", type: "string" }]),
            "new is missing here"
          )
          for (const [i, field] of fields.entries()) {
            const at = `${message}.${field.name.replace("b64", "")}`
            for (const other of [
              { ...field, name: `${field.name}_x` },
              { ...field, label: field.label === "list" ? ("one" as const) : ("list" as const) },
              { ...field, type: field.type === "bool" ? "int32" : "bool" }
            ]) {
              assert.include(shown(fields.with(i, other)), at)
            }
            assert.include(shown(fields.toSpliced(i, 1)), at)
          }
        }
      }
    })

    it("batch", () => {
      const request = Batch.batch([CentrifugoApi.info()], { parallel: true })
      const body = JSON.parse(right(request.encode())!) as { readonly commands: ReadonlyArray<object> }
      const names = (message: string) => proto.messages.get(message)!.map(({ name }) => name)
      assert.deepStrictEqual(Object.keys(body), names("BatchRequest"))
      assert.include(names("Command"), Object.keys(body.commands[0]!)[0])
      assert.deepStrictEqual(names("BatchResponse"), ["replies"])
      const [outcome] = right(request.decode(CentrifugoTransport.result({ replies: [{ info: {} }] }), {}))
      assert.isTrue(Either.isRight(outcome))
    })
  })

  describe.each(described.map((descriptor) => [descriptor.method, descriptor] as const))(
    "api.proto: %s",
    (_, descriptor) => {
      const request = commands.get(descriptor.method)!
      const result = replies.get(descriptor.method)!

      it("has the same request fields", () => {
        assert.deepStrictEqual(differences(proto, request, payloadOf(descriptor)), [])
      })

      it("has the same result fields", () => {
        assert.deepStrictEqual(differences(proto, result, resultOf(descriptor)), [])
      })

      it("all fields of a request are written under their names", () => {
        const ast = payloadOf(descriptor)
        const write = (json: unknown): object => {
          const text = compile(ast).write(full(ast, json))
          return JSON.parse(typeof text === "string" ? text : assert.fail(text.detail)) as object
        }
        const wire = { ...write(new Uint8Array([1, 2])), ...write({ json: true }) }
        const names = proto.messages.get(request)!.map(({ name }) => name)
        assert.deepStrictEqual(Object.keys(wire).sort(), [...names].sort())
      })

      it("all fields of a result are read", () => {
        const wire = fullMessage(proto, result)
        const read = Schema.decodeUnknownSync(descriptor.result)(wire)
        assert.deepStrictEqual(namesIn(Schema.encodeSync(descriptor.result)(read)), namesIn(wire))
        assert.deepStrictEqual(Schema.encodeSync(descriptor.result)(read), wire)
      })
    }
  )
}
