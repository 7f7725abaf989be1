/** One command per method of the open-source server, derived from its descriptor. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as ApiMethod from "@effect-centrifugo/core/ApiMethod"
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import { methods } from "@effect-centrifugo/core/CentrifugoApi"
import * as HistoryStream from "@effect-centrifugo/core/HistoryStream"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Flags from "./flags.js"
import { print } from "./json.js"
import * as Server from "./server.js"

/** The parts of a method that a command uses. */
export interface Method {
  (payload: never): ApiMethod.Request.Any
  readonly method: string
  readonly payload: Schema.Schema.All
  readonly repeat: ApiMethod.Repeat
}

type Payload = { readonly [name: string]: unknown }

const effects: { readonly [repeat in ApiMethod.Repeat]: string } = {
  read: "Changes nothing.",
  keyed: "Safe to repeat with the same --idempotency-key.",
  natural: "Safe to repeat.",
  unsafe: "Not safe to repeat."
}

const describe = ({ method, repeat }: Method) => `Calls ${method} of the server API. ${effects[repeat]}`

// The request's encoder checks the payload before anything is sent.
const call = (method: Method, payload: Payload) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) => centrifugo.send(method(payload as never))).pipe(
    Effect.flatMap(print)
  )

const commandOf = (name: string, method: Method) => {
  const fields = Flags.fieldsOf(method.payload)
  return Command.make(
    Flags.kebabCase(name),
    { url: Server.url, flags: Flags.make(fields) },
    ({ flags, url }) =>
      Flags.payloadOf(fields, flags).pipe(
        Effect.flatMap((payload) => call(method, payload)),
        Effect.provide(Server.layer(url))
      )
  ).pipe(Command.withDescription(describe(method)))
}

const watch = Options.boolean("watch").pipe(
  Options.withDescription("Follow the history: one line per publication, until Ctrl-C.")
)

// The stream checks its options before it requests the first page.
const follow = ({ limit, ...options }: Payload) =>
  HistoryStream.history({
    ...options,
    ...(limit === undefined ? {} : { pageSize: limit }),
    follow: Schedule.spaced("1 second")
  } as HistoryStream.Options & { readonly channel: string }).pipe(Stream.runForEach(print))

const history = () => {
  const fields = Flags.fieldsOf(methods.history.payload)
  return Command.make(
    "history",
    { url: Server.url, watch, flags: Flags.make(fields) },
    ({ flags, url, watch }) =>
      Flags.payloadOf(fields, flags).pipe(
        Effect.flatMap((payload) => (watch ? follow(payload) : call(methods.history, payload))),
        Effect.provide(Server.layer(url))
      )
  ).pipe(Command.withDescription(describe(methods.history)))
}

/** The commands, in the order of the methods. */
export const commands = Object.entries<Method>(methods).map(([name, method]) =>
  name === "history" ? history() : commandOf(name, method)
)
