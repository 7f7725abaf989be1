/** Names of typed channels: valid templates, and parameters that can't change the structure of a name. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Either, FastCheck as fc, Option, Schema } from "effect"
import { TypedChannel } from "../../src/index.js"
import { left, right } from "../support/either.js"

const data = Schema.String

/** Values that do not compile. */
const make = (template: unknown, options: object = {}) =>
  TypedChannel.make(template as string, { data, ...options })

const room = (options: object = {}) => make("chat:{room}", options)

describe("a template", () => {
  it.each<readonly [unknown, RegExp]>([
    ["", /non-empty/],
    [undefined, /non-empty/],
    ["chat:{}", /\{\} is not a parameter/],
    ["chat:{1st}", /\{1st\} is not a parameter/],
    ["chat:{__proto__}", /is not a parameter/],
    ["chat:{a}:{b}:{a}", /two parameters have the name a/],
    ["chat:{a}{b}", /need text between/],
    ["chat:{a", /brace/],
    ["chat:a}", /brace/],
    ["chat:{{a}}", /brace/],
    ["chat room:{a}", /" " is not allowed/],
    ["chät:{a}", /"ä" is not allowed.*channel_regex/],
    ["c:{a}", /is not a namespace/],
    ["ch@t:{a}", /is not a namespace/],
    [`chat:{a}${"x".repeat(250)}`, /at least 256 bytes/]
  ])("%s is refused when the channel is defined", (template, words) => {
    assert.throws(() => make(template), TypeError)
    assert.throws(() => make(template), words)
  })

  it("has schemas only for its own parameters, and a valid length", () => {
    assert.throws(() => room({ params: { rom: Schema.String } }), /no \{rom\}/)
    assert.throws(() => room({ maxLength: 0 }), /maxLength/)
  })

  it.each([
    "$chat:{a}",
    ":{a}",
    "{a}",
    "{namespace}:{a}",
    "a.b-C_1:{a}",
    "dialog:{a}#{b},{c}",
    "/x/{a}",
    "a*"
  ])("%s is accepted", (template) => assert.strictEqual(make(template).template, template))
})

describe("a name", () => {
  it.each<readonly [unknown, ReadonlyArray<string>, RegExp]>([
    [{ room: "" }, ["params", "room"], /non-empty/],
    [{}, ["params", "room"], /required, but missing/],
    [null, ["params"], /expected an object with room, got null/],
    [{ room: 42 }, ["params", "room"], /expected string, got a number/],
    ...[":", "#", ",", "$", "/", "*", ">"].map(
      (char) =>
        [
          { room: `a${char}b` },
          ["params", "room"],
          /has a special meaning.*TypedChannel.EscapedText/
        ] as const
    ),
    ...["a b", "a\n", "\0", "\u007f", "\ud800"].map(
      (text) => [{ room: text }, ["params", "room"], /is not allowed in a channel name;/] as const
    ),
    [{ room: "é" }, ["params", "room"], /"é" is not allowed.*channel_regex/],
    [{ room: "x".repeat(251) }, ["params"], /256 bytes, but clients can use at most 255/]
  ])("%o is refused", (params, path, words) => {
    const error = left(room().name(params as { room: string }))
    assert.strictEqual(error._tag, "CentrifugoEncodeError")
    assert.deepStrictEqual(error.path, path)
    assert.match(error.message, words)
  })

  it("fails if a getter or a schema throws", () => {
    const params = {
      get room(): string {
        throw new Error("broken")
      }
    }
    assert.match(left(room().name(params)).message, /threw an Error,/)
    const throwing = Schema.transform(Schema.String, Schema.String, {
      decode: (text) => text,
      encode: () => {
        throw new Error("broken")
      }
    })
    const error = left(room({ params: { room: throwing } }).name({ room: "a" }))
    assert.deepStrictEqual(error.path, ["params", "room"])
    assert.match(error.message, /threw an Error,/)
  })

  it("can contain any text with the schema that the refusal names", () => {
    const escaped = room({ params: { room: TypedChannel.EscapedText } })
    const texts = [":", "#", ",", "$", "/", "*", ">", "a b", "a\n", "\0", "\u007f", "é", "%", "%2A", "🙂"]
    const names = texts.map((text) => {
      const name = right(escaped.name({ room: `a${text}` }))
      assert.deepStrictEqual(escaped.parse(name), Option.some({ room: `a${text}` }))
      return name
    })
    assert.strictEqual(new Set(names).size, texts.length)
    assert.deepStrictEqual(escaped.parse("chat:a%2a"), Option.none())
    assert.deepStrictEqual(escaped.parse("chat:%"), Option.none())
    // If that schema can't help, the error does not recommend it again.
    for (const text of ["", "\ud800"]) {
      const error = left(escaped.name({ room: text }))
      assert.notInclude(error.message, "EscapedText as the parameter's schema, or another")
    }
  })

  it("reports a schema that is asynchronous", () => {
    const waiting = Schema.transformOrFail(Schema.String, Schema.String, {
      decode: (text) => Effect.as(Effect.sleep("1 millis"), text),
      encode: (text) => Effect.as(Effect.sleep("1 millis"), text)
    })
    const error = left(room({ params: { room: waiting } }).name({ room: "a" }))
    assert.include(error.message, "is asynchronous or needs a service")
    assert.deepStrictEqual(room({ params: { room: waiting } }).parse("chat:a"), Option.none())
  })

  it("can be as long as the server allows for clients", () => {
    assert.isTrue(Either.isRight(room().name({ room: "x".repeat(250) })))
    const short = room({ maxLength: 9, unicode: true })
    assert.strictEqual(right(short.name({ room: "éé" })), "chat:éé")
    assert.match(left(short.name({ room: "ééé" })).message, /11 bytes, but clients can use at most 9/)
  })

  it("has a valid namespace of the server", () => {
    const named = make("{namespace}:{room}")
    assert.match(left(named.name({ namespace: "a", room: "b" })).message, /namespace/)
    assert.match(left(named.name({ namespace: "ch@t", room: "b" })).message, /namespace/)
    assert.strictEqual(right(named.name({ namespace: "chat", room: "b" })), "chat:b")
  })

  it("is refused if it would be parsed as other parameters", () => {
    const pair = make("{a}--{b}")
    assert.deepStrictEqual(left(pair.name({ a: "x-", b: "y" })).path, ["params", "a"])
    assert.match(left(pair.name({ a: "x--y", b: "z" })).message, /contains "--", the text that follows/)
    assert.strictEqual(right(pair.name({ a: "x", b: "y--z" })), "x--y--z")
    assert.deepStrictEqual(pair.parse("x--y--z"), Option.some({ a: "x", b: "y--z" }))
  })
})

it("a parameter can have any name", () => {
  const channel = make("chat:{constructor}.{toString}")
  const params = { constructor: "a", toString: "b" }
  assert.strictEqual(right(channel.name(params as never)), "chat:a.b")
  assert.deepStrictEqual(channel.parse("chat:a.b"), Option.some(params))
  assert.deepStrictEqual(left(channel.name({} as never)).path, ["params", "constructor"])
})

describe("parse", () => {
  const numbered = TypedChannel.make("chat:{room}.log", { params: { room: Schema.NumberFromString }, data })

  it("returns the parameters only for a name of this template", () => {
    assert.deepStrictEqual(numbered.parse("chat:42.log"), Option.some({ room: 42 }))
    for (const other of [
      "chat:042.log",
      "chat:42",
      "chat:.log",
      "chat:a.log",
      "Chat:42.log",
      "",
      "chat:4:2.log"
    ]) {
      assert.deepStrictEqual(numbered.parse(other), Option.none(), other)
    }
    const news = make("news")
    assert.deepStrictEqual(news.parse("news"), Option.some({}))
    assert.deepStrictEqual(news.parse("news2"), Option.none())
  })
})

const Literal = fc.stringMatching(/^[a-z.#,:/-]{1,3}$/)

/** Templates with up to four parameters, and values of every kind for them. */
const Case = fc
  .record({
    literals: fc.array(Literal, { minLength: 1, maxLength: 5 }),
    open: fc.boolean(),
    values: fc.array(
      fc.oneof(
        fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(..."ab-.:#,/$*> é") }),
        fc.string({ unit: "binary" }),
        fc.uuid(),
        fc.string({ maxLength: 300 })
      ),
      { minLength: 5, maxLength: 5 }
    )
  })
  .map(({ literals, open, values }) => ({
    template: `ns:${literals.map((literal, i) => `${literal}{p${i}}`).join("")}${open ? "" : "."}`,
    params: Object.fromEntries(literals.map((_, i) => [`p${i}`, values[i]!]))
  }))

describe("for any parameters", () => {
  it("a name parses back to its parameters, and clients can use it", () => {
    let made = 0
    fc.assert(
      fc.property(Case, ({ params, template }) => {
        const channel = make(template)
        const name = channel.name(params as never)
        if (Either.isLeft(name)) return
        made++
        assert.deepStrictEqual(channel.parse(name.right), Option.some(params))
        assert.match(name.right, /^ns:[!-~]+$/)
        assert.isAtMost(name.right.length, 255)
        // No separator of the server comes from a value.
        const boundaries = (text: string) => text.replaceAll(/[^:#,/$*>]/g, "")
        assert.strictEqual(boundaries(name.right), boundaries(template))
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(made, 200)
  })

  it("two different sets of parameters never make the same name", () => {
    const parts = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom("a", "-", "_") })
    const params = fc.record({ a: parts, b: parts, c: parts })
    const channel = make("{a}-{b}_-{c}")
    fc.assert(
      fc.property(params, params, (one, other) => {
        const names = [one, other].map((params) => channel.name(params as never))
        if (!names.every(Either.isRight)) return
        assert.strictEqual(names[0]!.right === names[1]!.right, JSON.stringify(one) === JSON.stringify(other))
      }),
      { numRuns: 5000 }
    )
  })

  it("text parses to parameters only if they make the same text", () => {
    const channel = TypedChannel.make("n{a}-{b}", { params: { a: Schema.NumberFromString }, data })
    const text = fc.string({ unit: fc.constantFrom(..."n01e+-. :") })
    fc.assert(
      fc.property(text, (text) => {
        const params = channel.parse(`n${text}`)
        if (Option.isSome(params)) assert.strictEqual(right(channel.name(params.value)), `n${text}`)
      }),
      { numRuns: 5000 }
    )
  })

  it("a schema that encodes accepts any text", () => {
    const anything = TypedChannel.make("chat:{a}-{b}", {
      params: {
        a: Schema.NumberFromString.pipe(Schema.compose(Schema.Int)),
        b: Schema.StringFromUriComponent
      },
      data,
      maxLength: 10_000
    })
    const params = fc.record({ a: fc.nat(), b: fc.string({ minLength: 1, unit: "grapheme" }) })
    fc.assert(
      fc.property(params, (params) => {
        const name = anything.name(params)
        // encodeURIComponent does not encode the asterisk.
        if (params.b.includes("*")) assert.isTrue(Either.isLeft(name))
        else assert.deepStrictEqual(anything.parse(right(name)), Option.some(params))
      })
    )
  })

  it("values of a schema's own arbitrary survive a round trip", () => {
    const params = Schema.Struct({ id: Schema.UUID, kind: Schema.Literal("call", "text") })
    const channel = TypedChannel.make("dialog:{kind}:{id}", { params: params.fields, data })
    fc.assert(
      fc.property(Arbitrary.make(params), (params) => {
        assert.deepStrictEqual(channel.parse(right(channel.name(params))), Option.some(params))
      })
    )
  })
})
