/** Shows the features one by one, on a real server with a real subscriber. */
import { Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { Effect } from "effect"
import { line, outcome, step } from "./print.js"
import type { Listener } from "./server.js"

const publish = (channel: string, subscriber: Listener) =>
  step(
    "Publish, and see it arrive",
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      const position = yield* centrifugo.publish({ channel, data: { text: "hello", to: "everyone" } })
      yield* line(`the server put it at ${JSON.stringify(position)}`)
      yield* line(`the subscriber received ${JSON.stringify(yield* subscriber.next)}`)
    })
  )

const history = (channel: string) =>
  step(
    "History",
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      yield* centrifugo.publish({ channel, data: { text: "and again" }, tags: { lang: "en" } })
      const { epoch, offset, publications } = yield* centrifugo.history({ channel, limit: 10 })
      for (const publication of publications) {
        yield* line(
          `${publication.offset}: ${JSON.stringify(publication.data)} ${JSON.stringify(publication.tags)}`
        )
      }
      yield* line(`the stream's top is ${offset} in epoch ${epoch}`)
    }).pipe(
      // Your own server's namespace can be without history.
      Effect.catchTag("CentrifugoNotAvailableError", (error) => line(error.message))
    )
  )

const presence = (channel: string, subscriber: Listener) =>
  step(
    "Presence",
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      const { presence } = yield* centrifugo.presence({ channel })
      for (const [client, { user }] of Object.entries(presence)) {
        const own = client === subscriber.client ? ", which is our subscriber" : ""
        yield* line(`client ${client} of user ${JSON.stringify(user)}${own}`)
      }
    }).pipe(Effect.catchTag("CentrifugoNotAvailableError", (error) => line(error.message)))
  )

const broadcast = (channel: string) =>
  step(
    "Broadcast to three channels, one of them in a namespace that the server doesn't know",
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      const channels = [`${channel}_a`, "nowhere:b", `${channel}_c`]
      const outcomes = yield* centrifugo.broadcast({ channels, data: { text: "to all" } })
      for (const part of outcomes) yield* line(`${part.channel}: ${outcome(part.outcome)}`)
    })
  )

const batch = (channel: string) =>
  step(
    "A batch of different methods, one of which fails",
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      const { position, sent, online } = yield* centrifugo.batch({
        sent: CentrifugoApi.publish({ channel, data: { text: "in a batch" } }),
        position: CentrifugoApi.history({ channel: "nowhere:b" }),
        online: CentrifugoApi.presenceStats({ channel })
      })
      yield* line(`publish: ${outcome(sent)}`)
      yield* line(`history: ${outcome(position)}`)
      yield* line(`presence_stats: ${outcome(online)}`)
    })
  )

const recovery = step(
  "Recovery from a typed error",
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    const answer = yield* centrifugo.publish({ channel: "nowhere:b", data: 1 }).pipe(
      Effect.as("published"),
      Effect.catchTag("CentrifugoUnknownChannelError", (error) =>
        Effect.succeed(`caught code ${error.code} for ${error.channel}; went on with something else`)
      )
    )
    yield* line(answer)
  })
)

const disconnect = (user: string, subscriber: Listener) =>
  step(
    "Disconnect, as the subscriber sees it",
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      yield* centrifugo.disconnect({
        user,
        client: subscriber.client,
        disconnect: { code: 4500, reason: "the demo is over" }
      })
      const { code, reason } = yield* subscriber.disconnected
      yield* line(`the subscriber was closed with code ${code}: ${reason}`)
    })
  )

export const run = (user: string, channel: string, subscriber: Listener) =>
  Effect.gen(function* () {
    yield* publish(channel, subscriber)
    yield* history(channel)
    yield* presence(channel, subscriber)
    yield* broadcast(channel)
    yield* batch(channel)
    yield* recovery
    yield* disconnect(user, subscriber)
  })
