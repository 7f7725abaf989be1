// Tests that differ by a few lines. The translated text must contain `from`, or a check fails.

export const patches = [
  {
    file: "examples/test/clusters.test.ts",
    why: "the message of a ConfigError has several lines",
    from: "assert.match(error.message, expected)",
    to: 'assert.match(error.message.replaceAll("\\n", " "), expected)'
  },
  {
    file: "examples/test/queue-worker.test.ts",
    why: "runMain of Effect 4 ends with 130 after SIGTERM",
    from: "yield* first.exited, 0",
    to: "yield* first.exited, 130"
  },
  {
    file: "packages/core/test/dual.test.ts",
    why: "keys of annotations are texts",
    from: "key: symbol) => schema.ast.annotations[key]",
    to: "key: string) => schema.ast.annotations?.[key]"
  },
  {
    file: "packages/core/test/channel/requests.test.ts",
    why: "Schema.Class encodes instances only, so the issue is with the whole of a plain object",
    from: `["publish", "data", "at"]`,
    to: `["publish", "data"]`
  },
  {
    file: "packages/core/test/channel/requests.test.ts",
    why: "Schema.Class encodes instances only, so the issue is with the whole of a plain object",
    from: `assert.deepStrictEqual(data.path, ["data", "at"])`,
    to: `assert.deepStrictEqual(data.path, ["data"])`
  },
  {
    file: "packages/core/test/channel/requests.test.ts",
    why: "Schema.Class encodes instances only, so the issue is with the whole of a plain object",
    from: `left(outcomes.badData), { path: ["data", "at"] }`,
    to: `left(outcomes.badData), { path: ["data"] }`
  },
  {
    file: "packages/core/test/logFailure.test.ts",
    why: "the annotations of a log are in the fiber's context",
    from: `HashMap.toEntries(annotations)`,
    to: `Object.entries(fiber.getRef(References.CurrentLogAnnotations))`
  },
  {
    file: "packages/core/test/logFailure.test.ts",
    why: "the annotations of a log are in the fiber's context",
    from: `({ annotations, cause,`,
    to: `({ cause, fiber,`
  },
  {
    file: "packages/core/test/logFailure.test.ts",
    why: "the annotations of a log are in the fiber's context",
    from: `HashMap,`,
    to: `References,`
  },
  ...[
    ["message: ({ actual }) => `${String(actual)} is long`", 'message: "4111 1111 secret is long"'],
    [
      "message: ({ actual }) => ({ message: `not ${JSON.stringify(actual)}`, override: true })",
      `message: 'not {"card":"4111 1111 secret"}'`
    ],
    ["message: ({ actual }) => `${String(actual)} is no card`", 'message: "41111111 is no card"']
  ].map(([from, to]) => ({
    file: "packages/core/test/channel/requests.test.ts",
    why: "messages of annotations are strings",
    from,
    to
  })),
  ...["data", "version"].map((field) => ({
    file: "packages/core/test/codec.test.ts",
    why: "the formatters of issues differ",
    from: `ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.path, ["${field}"]`,
    to: `SchemaIssue.makeFormatterStandardSchemaV1()(error.issue).issues[0]?.path, ["${field}"]`
  })),
  {
    file: "packages/core/test/codec.test.ts",
    why: "the formatters of issues differ",
    from: "ParseResult,",
    to: "SchemaIssue,"
  },
  {
    file: "packages/core/test/batcher/joining.test.ts",
    why: "a fiber that yields once continues before the batch is sent",
    from: "Effect.replicateEffect(Effect.forkChild(same), 4)\n      yield* Effect.yieldNow",
    to: "Effect.replicateEffect(Effect.forkChild(same), 4)\n      yield* Effect.repeat(Effect.yieldNow, { times: 20 })"
  },
  {
    file: "packages/core/test/channel/requests.test.ts",
    why: "a Schema's data has a JSON form only through Schema.toCodecJson",
    from: `TypedChannel.make("chat:any", { data: Everything })`,
    to: `TypedChannel.make("chat:any", { data: Schema.toCodecJson(Everything) })`
  },
  {
    file: "packages/node/test/faults/matrix.test.ts",
    why: "TestClock does not list its sleepers",
    from: "[...(yield* TestClock.sleeps())]",
    to: "[now + 20]"
  },
  {
    file: "packages/core/test/batcher/time.test.ts",
    why: "TestClock does not list its sleepers",
    from: "TestClock.sleeps()",
    to: "Sleeps.sleeps"
  },
  {
    file: "packages/core/test/batcher/time.test.ts",
    why: "TestClock does not list its sleepers",
    from: "import { assert,",
    to: 'import * as Sleeps from "@effect-centrifugo/tools/Sleeps"\nimport { assert,'
  },
  {
    file: "packages/core/test/batcher/time.test.ts",
    why: "sleeps are counted from the first call on",
    from: `{ timeout: "10 seconds" })
      const calls`,
    to: `{ timeout: "10 seconds" })
      yield* Sleeps.sleeps
      const calls`
  },
  {
    file: "packages/core/test/token/keys.test.ts",
    why: "Config's message says that it expects a longer string",
    from: `assert.include(String(error), says)`,
    to: `if (says !== "empty") assert.include(String(error), says)`
  },
  {
    file: "packages/core/test/batcher/closing.test.ts",
    why: "the scheduler of Effect 4 is setImmediate",
    from: `"clearTimeout", "setImmediate", "queueMicrotask"`,
    to: `"clearTimeout", "queueMicrotask"`
  },
  {
    file: "packages/testing/test/server.test.ts",
    why: "the text of an Exit has no messages",
    from: `assert.include(
        String(exit),
        'these injected faults did not happen: {\\\\"code\\\\":100} for \\\\"publish\\\\", 2 times'
      )`,
    to: `assert.include(
        Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "",
        'these injected faults did not happen: {"code":100} for "publish", 2 times'
      )`
  },
  {
    file: "vitest.shared.ts",
    why: "Vitest 5 would load the bundler's build of OpenTelemetry, which Node can't",
    from: `"module", `,
    to: ``
  }
]

/** Applies the patches of a file. */
export const patch = (file, text) =>
  patches
    .filter((patch) => patch.file === file)
    .reduce((text, { from, to, why }) => {
      if (!text.includes(from)) {
        throw new Error(
          `patches.mjs looks for ${JSON.stringify(from)} in ${file} (${why}), which is gone: review the patch.`
        )
      }
      return text.replaceAll(from, to)
    }, text)
