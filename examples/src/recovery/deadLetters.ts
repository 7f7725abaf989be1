/** Finds events of the outbox that the server dropped, and namespaces that would make it drop them. */
import { Centrifugo, HistoryStream } from "@effect-centrifugo/core"
import { Effect, Stream } from "effect"

/** The namespaces that the server does not have. It answers any call to their channels with code 102. */
export const missingNamespaces = (namespaces: ReadonlyArray<string>) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
    Effect.filter(namespaces, (namespace) =>
      // `history` without a limit reads a position, and changes nothing.
      centrifugo.history({ channel: `${namespace}:check` }).pipe(
        Effect.as(false),
        Effect.catchTags({
          CentrifugoUnknownChannelError: () => Effect.succeed(true),
          // The namespace exists, but has no history, or is not a stream.
          CentrifugoNotAvailableError: () => Effect.succeed(false),
          CentrifugoBadRequestError: () => Effect.succeed(false)
        })
      )
    )
  )

/** An event that was written to the outbox, whose publication has the tag `event` with this ID. */
export interface Sent {
  readonly channel: string
  readonly eventId: string
}

/** The events of one channel that are not in its history. Check only events that are older than a minute. */
export const deadLetters = (channel: string, sent: ReadonlyArray<Sent>) =>
  HistoryStream.history({ channel, reverse: true }).pipe(
    Stream.runFold(new Set<string | undefined>(), (published, { tags }) => published.add(tags["event"])),
    Effect.map((published) => sent.filter(({ eventId }) => !published.has(eventId)))
  )
