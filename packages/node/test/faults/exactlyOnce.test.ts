/**
 * Publishes through automatic batching to two real nodes on one Redis, while nodes are killed and connections cut.
 * Each publication arrives once, in the order of its channel. Without keys the same run has duplicates.
 */
import {
  Centrifugo,
  CentrifugoApi,
  CentrifugoConfig,
  type CentrifugoError,
  type CentrifugoTransport,
  Endpoints,
  RetryPolicy
} from "@effect-centrifugo/core"
import { UndiciTransport } from "@effect-centrifugo/node"
import * as Binary from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Redis from "@effect-centrifugo/tools/Redis"
import { assert, describe, layer } from "@effect/vitest"
import {
  Context,
  Deferred,
  Effect,
  Layer,
  Logger,
  LogLevel,
  Redacted,
  Schedule,
  type Scope,
  Stream
} from "effect"
import * as CuttingProxy from "./cuttingProxy.js"

const apiKey = "the key of both nodes"

class Nodes extends Context.Tag("Nodes")<
  Nodes,
  readonly [CentrifugoServer.Service, CentrifugoServer.Service]
>() {}

const nodes = Layer.scoped(
  Nodes,
  Effect.gen(function* () {
    const redis = yield* Redis.Redis
    const start = (name: string) =>
      CentrifugoServer.start({
        env: {
          CENTRIFUGO_HTTP_API_KEY: apiKey,
          CENTRIFUGO_ENGINE_TYPE: "redis",
          CENTRIFUGO_ENGINE_REDIS_ADDRESS: redis.url(1),
          CENTRIFUGO_NODE_NAME: name
        }
      })
    return [yield* start("a"), yield* start("b")] as const
  })
)

const total = process.env["CI"] === "true" ? 20_000 : 5000
const channelCount = 100
const perChannel = total / channelCount
/** A run consists of rounds, each with a disturbance in its middle. */
const rounds = 10
const perRound = perChannel / rounds

const range = (length: number, start = 0) => Array.from({ length }, (_, i) => start + i)

/** Like `RetryPolicy.transient`, but with enough attempts for these runs. */
const patient = RetryPolicy.make({
  schedule: Schedule.exponential("10 millis").pipe(
    Schedule.union(Schedule.spaced("100 millis")),
    Schedule.jittered,
    Schedule.intersect(Schedule.recurs(200))
  ),
  maxElapsed: "1 minute"
})

const overOne = (url: string) =>
  Effect.flatMap(CentrifugoConfig.make({ url, apiKey: Redacted.make(apiKey) }), (config) =>
    UndiciTransport.make(config)
  )

/** A client with batching over both endpoints, and the number of requests it has lost. */
const client = (
  urls: readonly [string, string],
  decorate: (transport: CentrifugoTransport.Service) => CentrifugoTransport.Service = (transport) => transport
) =>
  Effect.gen(function* () {
    const endpoint = (name: string) => Effect.map(overOne(name), (transport) => ({ name, transport }))
    const both = decorate(Endpoints.make([yield* endpoint(urls[0]), yield* endpoint(urls[1])]))
    let lost = 0
    const counting: CentrifugoTransport.Service = {
      send: (call) =>
        Effect.tapError(both.send(call), (error) =>
          Effect.sync(() => {
            if ("phase" in error && error.phase === "unknown") lost++
          })
        )
    }
    const centrifugo = yield* Centrifugo.fromTransport(counting, {
      retry: patient,
      // Small, so that many requests can be lost.
      batching: { maxSize: 20, concurrency: 8 }
    })
    return { centrifugo, lost: () => lost }
  })

/** Publishes numbers to every channel, in order within each, and reports every answer. */
type Way = (
  centrifugo: Centrifugo.Service,
  channels: ReadonlyArray<string>,
  numbers: ReadonlyArray<number>,
  onAnswer: Effect.Effect<unknown>
) => Effect.Effect<void, CentrifugoError.CentrifugoError>

/** Up to five calls in flight in each channel. */
const calls: Way = (centrifugo, channels, numbers, onAnswer) =>
  Effect.forEach(
    channels,
    (channel) =>
      Effect.forEach(numbers, (data) => Effect.zipRight(centrifugo.publish({ channel, data }), onAnswer), {
        concurrency: 5,
        discard: true
      }),
    { concurrency: "unbounded", discard: true }
  )

const bulk: Way = (centrifugo, channels, numbers, onAnswer) =>
  Stream.runForEach(
    centrifugo.sendAll(
      numbers.flatMap((data) => channels.map((channel) => CentrifugoApi.publish({ channel, data })))
    ),
    ({ outcome }) => Effect.zipRight(outcome, onAnswer)
  )

let run = 0

/** Publishes 0, 1, 2, ... to each channel. `disturb` starts when a part of a round has been answered. */
const publishAll = (
  way: Way,
  centrifugo: Centrifugo.Service,
  disturb: (round: number) => Effect.Effect<void, CentrifugoServer.ServerStartError> = () => Effect.void
) =>
  Effect.gen(function* () {
    const name = `bulk:run${process.pid}_${run++}_`
    const channels = range(channelCount).map((i) => name + i)
    for (const round of range(rounds)) {
      const begun = yield* Deferred.make<void>()
      let answered = 0
      const onAnswer = Effect.suspend(() => {
        answered++
        return answered === (channelCount * perRound) / 4 ? Deferred.succeed(begun, undefined) : Effect.void
      })
      const numbers = range(perRound, round * perRound)
      const disturbing = Effect.zipRight(Deferred.await(begun), disturb(round))
      yield* Effect.all([way(centrifugo, channels, numbers, onAnswer), disturbing], { concurrency: 2 })
    }
    return channels
  })

/** The history of each channel, from a node. */
const contents = (node: CentrifugoServer.Service, channels: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.fromTransport(yield* overOne(node.apiUrl))
    return yield* Effect.forEach(
      channels,
      (channel) =>
        Effect.map(centrifugo.history({ channel, limit: -1 }), ({ publications }) =>
          publications.map(({ data }) => data)
        ),
      { concurrency: 4 }
    )
  })

const assertExactlyOnce = (received: ReadonlyArray<ReadonlyArray<unknown>>) => {
  assert.strictEqual(received.flat().length, total)
  for (const data of received) assert.deepStrictEqual(data, range(perChannel))
}

const withoutKeys = (transport: CentrifugoTransport.Service): CentrifugoTransport.Service => ({
  send: (call) =>
    transport.send({
      ...call,
      body: JSON.stringify(JSON.parse(call.body), (name, value: unknown) =>
        name === "idempotency_key" ? undefined : value
      )
    })
})

/** Drops the logs about endpoints, which go up and down all the time here. */
const quietly = <A, E>(test: Effect.Effect<A, E, Nodes | Scope.Scope>) =>
  Logger.withMinimumLogLevel(test, LogLevel.None)

const available = Binary.isAvailable() && Redis.isAvailable()

describe.skipIf(!available)(`${total} publications through batches to two nodes`, () => {
  layer(Layer.provideMerge(nodes, Redis.layer()), { excludeTestServices: true, timeout: 60_000 })((it) => {
    const proxied = Effect.gen(function* () {
      const [a, b] = yield* Nodes
      const start = ({ apiUrl }: CentrifugoServer.Service) =>
        CuttingProxy.start(Number(new URL(apiUrl).port), 5)
      return [yield* start(a), yield* start(b)] as const
    })

    for (const [name, way] of Object.entries({ calls, bulk })) {
      it.scoped(
        `${name}: killing and restarting one node, then the other, loses and repeats none, and keeps the order`,
        () =>
          Effect.gen(function* () {
            const [a, b] = yield* Nodes
            const { centrifugo, lost } = yield* client([a.apiUrl, b.apiUrl])
            const channels = yield* publishAll(way, centrifugo, (round) => {
              const node = round % 2 === 0 ? a : b
              return Effect.zipRight(node.kill, node.start)
            })
            assert.isAbove(lost(), 0, "no request was in flight when a node died")
            for (const node of [a, b]) assertExactlyOnce(yield* contents(node, channels))
          }).pipe(quietly),
        120_000
      )

      it.scoped(
        `${name}: cutting connections after requests were forwarded loses and repeats none, and keeps the order`,
        () =>
          Effect.gen(function* () {
            const [a] = yield* Nodes
            const [first, second] = yield* proxied
            const { centrifugo, lost } = yield* client([first.url, second.url])
            const channels = yield* publishAll(way, centrifugo)
            assert.isAbove(first.cuts(), 10)
            assert.isAbove(second.cuts(), 10)
            assert.isAbove(lost(), 20)
            assertExactlyOnce(yield* contents(a, channels))
          }).pipe(quietly),
        120_000
      )
    }

    it.scoped(
      "calls: the same cuts without keys cause duplicates, but lose nothing",
      () =>
        Effect.gen(function* () {
          const [a] = yield* Nodes
          const [first, second] = yield* proxied
          const { centrifugo } = yield* client([first.url, second.url], withoutKeys)
          const channels = yield* publishAll(calls, centrifugo)
          const received = yield* contents(a, channels)
          assert.isAbove(received.flat().length, total)
          for (const data of received) assert.strictEqual(new Set(data).size, perChannel)
        }).pipe(quietly),
      120_000
    )
  })
})
