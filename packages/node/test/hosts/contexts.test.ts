/** A caller continues in its own async context, over every transport and after every outcome. */
import type { Centrifugo } from "@effect-centrifugo/core"
import { RetryPolicy } from "@effect-centrifugo/core"
import { CentrifugoNode, CentrifugoPromise } from "@effect-centrifugo/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Redacted } from "effect"
import { AsyncLocalStorage } from "node:async_hooks"
import { channel } from "node:diagnostics_channel"
import { apiKey, type MakeClient, options, transports } from "../transports/over.js"
import * as Stub from "../transports/stub.js"

const currentUser = new AsyncLocalStorage<string>()
const users = ["alice", "bob", "carol", "dave", "erin", "frank"]

/** The user in each program's async context after its effect, for concurrent programs. */
const seenBy = <A, E>(program: (user: string) => Effect.Effect<A, E>) =>
  Effect.promise(() =>
    Promise.all(
      users.map((user) =>
        currentUser.run(user, () =>
          Effect.runPromise(
            Effect.map(Effect.either(program(user)), (outcome) => ({
              tag: Either.isLeft(outcome) ? (outcome.left as { readonly _tag: string })._tag : "ok",
              seen: currentUser.getStore()
            }))
          )
        )
      )
    )
  )

const publish = (centrifugo: Centrifugo.Service) => (user: string) =>
  centrifugo.publish({ channel: "news", data: user })

/** Answers from a timer without a user's context, so that all answers arrive together. */
const later = (answer: (request: Stub.Received) => void): Stub.Answer => {
  let waiting: Array<Stub.Received> = []
  return (request) => {
    waiting.push(request)
    if (waiting.length > 1) return
    currentUser.exit(() =>
      setTimeout(() => {
        for (const each of waiting) answer(each)
        waiting = []
      }, 10)
    )
  }
}
const reply = (reply: Stub.Reply) => later(({ socket }) => void socket.write(Stub.format(reply)))
const good = reply({ status: 200, body: Stub.published })

interface Case {
  readonly name: string
  readonly answer: Stub.Answer
  readonly tag: string
  readonly options?: Partial<CentrifugoNode.Options>
}

const cases: ReadonlyArray<Case> = [
  { name: "an answer", answer: good, tag: "ok" },
  {
    name: "a server error",
    answer: reply({ status: 200, body: '{"error":{"code":102,"message":"unknown channel"}}' }),
    tag: "CentrifugoUnknownChannelError"
  },
  {
    name: "a status",
    answer: reply({ status: 400, body: "no" }),
    tag: "CentrifugoStatusError"
  },
  {
    name: "a broken connection",
    answer: later(({ socket }) => void socket.destroy()),
    tag: "CentrifugoNetworkError"
  },
  {
    name: "an answer that is too large",
    answer: reply({ status: 200, body: Stub.published, chunked: true }),
    options: { maxResponseSize: 10 },
    tag: "CentrifugoResponseTooLargeError"
  },
  { name: "a timeout", answer: () => {}, options: { timeout: 30 }, tag: "CentrifugoTimeoutError" }
]

for (const { make, name } of transports) {
  describe(`over ${name}, a caller keeps its AsyncLocalStorage after`, () => {
    const check = ({ answer, name, options: more = {}, tag }: Case, makeClient: MakeClient = make) =>
      it.scopedLive(name, () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(answer)
          const centrifugo = yield* makeClient({ ...options(stub.url), retry: RetryPolicy.none, ...more })
          for (const round of [1, 2]) {
            assert.deepStrictEqual(
              yield* seenBy(publish(centrifugo)),
              users.map((seen) => ({ tag, seen })),
              `round ${round}`
            )
          }
        })
      )
    for (const each of cases) check(each)

    it.scopedLive("a refused connection", () =>
      Effect.gen(function* () {
        const { url } = yield* Effect.scoped(Stub.start(() => {}))
        const centrifugo = yield* make({ ...options(url), retry: RetryPolicy.none })
        assert.deepStrictEqual(
          yield* seenBy(publish(centrifugo)),
          users.map((seen) => ({ tag: "CentrifugoNetworkError", seen }))
        )
      })
    )

    it.scopedLive("retries", () =>
      Effect.gen(function* () {
        let count = 0
        const stub = yield* Stub.start((request) =>
          (count++ % 3 < 2 ? reply({ status: 503 }) : good)(request, count)
        )
        const retry = RetryPolicy.make({ maxAttempts: 20, baseDelay: 1 })
        const centrifugo = yield* make({ ...options(stub.url), retry })
        assert.deepStrictEqual(
          yield* seenBy(publish(centrifugo)),
          users.map((seen) => ({ tag: "ok", seen }))
        )
        assert.isAbove(count, users.length)
      })
    )

    it.scopedLive("a key that is an effect, and inside that effect", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        const asked: Array<string | undefined> = []
        const centrifugo = yield* make({
          url: stub.url,
          apiKey: Effect.delay(
            Effect.sync(() => {
              asked.push(currentUser.getStore())
              return Redacted.make(apiKey)
            }),
            5
          )
        })
        assert.deepStrictEqual(
          yield* seenBy(publish(centrifugo)),
          users.map((seen) => ({ tag: "ok", seen }))
        )
        assert.deepStrictEqual(asked.sort(), users)
      })
    )

    it.scopedLive("a key that all callers share, whether reading it succeeds or fails", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        let isThere = false
        const read = Effect.suspend(() =>
          isThere ? Effect.succeed(Redacted.make(apiKey)) : Effect.fail("no key yet")
        )
        const shared = yield* Effect.cachedWithTTL(Effect.zipRight(Effect.sleep(15), read), "20 millis")
        const centrifugo = yield* make({ url: stub.url, apiKey: shared })
        for (const tag of ["CentrifugoApiKeyError", "ok"]) {
          assert.deepStrictEqual(
            yield* seenBy(publish(centrifugo)),
            users.map((seen) => ({ tag, seen }))
          )
          isThere = true
          yield* Effect.sleep(50)
        }
      })
    )
  })
}

describe("calls that wait for a free connection", () => {
  const limited: MakeClient = (options) => CentrifugoNode.make({ ...options, maxConnections: 2 })

  it.scopedLive("continue in their own contexts, and so does closing that waits for them", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const centrifugo = yield* limited(options(stub.url))
      assert.deepStrictEqual(
        yield* seenBy(publish(centrifugo)),
        users.map((seen) => ({ tag: "ok", seen }))
      )
      const closing = currentUser.run("closer", () =>
        Effect.runPromise(
          Effect.map(
            Effect.scoped(
              Effect.gen(function* () {
                const centrifugo = yield* limited(options(stub.url))
                // It continues after its client has begun to close.
                currentUser.run("alice", () => Effect.runFork(Effect.either(publish(centrifugo)("alice"))))
              })
            ),
            () => currentUser.getStore()
          )
        )
      )
      assert.strictEqual(yield* Effect.promise(() => closing), "closer")
    })
  )

  it.scopedLive("time out in their own contexts", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(() => {})
      const centrifugo = yield* limited({ ...options(stub.url), timeout: 30, retry: RetryPolicy.none })
      assert.deepStrictEqual(
        yield* seenBy(publish(centrifugo)),
        users.map((seen) => ({ tag: "CentrifugoTimeoutError", seen }))
      )
    })
  )

  it.scopedLive("are dispatched in their own contexts, where instrumentation finds the caller's span", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const centrifugo = yield* limited(options(stub.url))
      const created: Array<string | undefined> = []
      const note = () => created.push(currentUser.getStore())
      const requests = channel("undici:request:create")
      yield* Effect.acquireRelease(
        Effect.sync(() => requests.subscribe(note)),
        () => Effect.sync(() => requests.unsubscribe(note))
      )
      yield* seenBy(publish(centrifugo))
      assert.deepStrictEqual(created, users)
    })
  )
})

describe("CentrifugoPromise", () => {
  const client = (more: Partial<CentrifugoPromise.Options> = {}) =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      return yield* Effect.acquireRelease(
        Effect.promise(() => CentrifugoPromise.make({ url: stub.url, apiKey, maxConnections: 2, ...more })),
        (centrifugo) => Effect.promise(() => centrifugo.close())
      )
    })
  const all = (program: (user: string) => Promise<unknown>) =>
    Effect.promise(() => Promise.all(users.map((user) => currentUser.run(user, () => program(user)))))

  it.scopedLive("each call, each rejection and each aborted call", () =>
    Effect.gen(function* () {
      const centrifugo = yield* client()
      const seen = yield* all(async (user) => {
        await centrifugo.publish({ channel: "news", data: user })
        const first = currentUser.getStore()
        await centrifugo.publish({ channel: "", data: user }).catch(() => undefined)
        const second = currentUser.getStore()
        const signal = currentUser.exit(() => AbortSignal.timeout(1))
        await centrifugo.publish({ channel: "news", data: user }, { signal }).catch(() => undefined)
        return [first, second, currentUser.getStore()]
      })
      assert.deepStrictEqual(
        seen,
        users.map((user) => [user, user, user])
      )
    })
  )

  it.scopedLive("each step of sendAll, whose source is read in the reader's context", () =>
    Effect.gen(function* () {
      const centrifugo = yield* client()
      const seen = yield* all(async (user) => {
        const steps: Array<string | undefined> = []
        const source = function* () {
          for (let i = 0; i < 10; i++) {
            steps.push(currentUser.getStore())
            yield CentrifugoPromise.requests.publish({ channel: `news:${user}:${i}`, data: i })
          }
        }
        for await (const { outcome } of centrifugo.sendAll(source(), { maxSize: 1, concurrency: 2 })) {
          assert.isTrue(outcome.ok)
          steps.push(currentUser.getStore())
        }
        steps.push(currentUser.getStore())
        return steps
      })
      assert.deepStrictEqual(
        seen,
        users.map((user) => Array.from({ length: 21 }, () => user))
      )
    })
  )
})
