/** Proxy handlers for the channels of one template. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import { writer } from "../api/schemas.js"
import type { Call, ChannelEvent, ChannelHandler } from "../proxy/model.js"
import { encodeFields, encodeItems, misfit, payloadReader } from "../proxy/typed.js"
import type { Naming } from "./naming.js"

type Run = (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, unknown>

/** The fields that the requests of all channel events have. */
interface Requested {
  readonly channel: string
  readonly data?: unknown
}

export const handlers = (
  template: string,
  naming: Naming,
  data: Schema.Schema.AnyNoContext
): Readonly<Record<`on${Capitalize<ChannelEvent>}`, (run: never) => never>> => {
  const read = payloadReader<unknown, unknown>(data)
  const write = writer<unknown, unknown>(data)

  /**
   * Makes the function that registers a handler of one event. It calls the handler with the parameters if the
   * template has any, the data if the event has data, and the call.
   */
  const on = (
    event: ChannelEvent,
    hasData: boolean,
    encode: (result: unknown) => unknown = (result) => result
  ) =>
    ((run: Run) => {
      if (typeof run !== "function") {
        throw new TypeError(`TypedChannel ${JSON.stringify(template)}: ${event}: expected a function`)
      }
      const handle = (request: Requested, call: Call<unknown>) => {
        const params = naming.parse(request.channel)
        if (Option.isNone(params)) return undefined
        const first = naming.hasParameters ? [params.value] : []
        if (!hasData) return Effect.map(run(...first, call), encode)
        const payload = read(request.data)
        return Either.isLeft(payload)
          ? Effect.fail(misfit(payload.left))
          : Effect.map(run(...first, payload.right, call), encode)
      }
      return { event, template, handle } as unknown as ChannelHandler<ChannelEvent, unknown>
    }) as unknown as (run: never) => never

  return {
    onSubscribe: on("subscribe", false),
    onPublish: on("publish", true, encodeFields("publish", { data: write })),
    onSubRefresh: on("subRefresh", false),
    onMapPublish: on("mapPublish", true, encodeFields("mapPublish", { data: write })),
    onMapRemove: on("mapRemove", false),
    onSharedPollRefresh: on("sharedPollRefresh", false, encodeItems(write))
  }
}
