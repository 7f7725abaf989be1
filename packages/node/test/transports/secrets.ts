import { CentrifugoError } from "@effect-centrifugo/core"
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Schema, Tracer } from "effect"
import { inspect } from "node:util"
import { apiKey } from "./over.js"

/** The key itself, and as encoded in a URL or in JSON. */
const forms = [apiKey, encodeURIComponent(apiKey), Buffer.from(apiKey).toString("base64")]

export const assertNoKey = (text: string) => {
  for (const form of forms) assert.notInclude(text, form)
}

/** Checks that no way of printing an error shows the key. */
export const assertKeyless = (error: CentrifugoError.CentrifugoError) => {
  const cause = Cause.fail(error)
  const encoded = Schema.encodeSync(CentrifugoError.CentrifugoError)(error)
  assertNoKey(
    [
      inspect(error, { depth: Infinity, showHidden: true, getters: true }),
      JSON.stringify(error),
      JSON.stringify(encoded),
      String(error),
      error.stack ?? "",
      Cause.pretty(cause, { renderErrorCause: true }),
      inspect(Exit.fail(error), { depth: Infinity }),
      inspect(error.cause, { depth: Infinity, showHidden: true, getters: true })
    ].join("\n")
  )
}

export interface Seen {
  readonly name: string
  readonly attributes: Map<string, unknown>
  readonly traceId: string
}

/** Collects the spans of an effect, with everything that an exporter sees of them. */
export const withSpans = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<readonly [A, ReadonlyArray<Seen>], E, R> => {
  const seen: Array<Seen & { readonly events: Array<unknown>; exit?: unknown }> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      const traceId = parent._tag === "Some" ? parent.value.traceId : "1234567890abcdef1234567890abcdef"
      const entry: (typeof seen)[number] = { name, attributes, traceId, events: [] }
      seen.push(entry)
      return {
        _tag: "Span",
        spanId: `000000000000000${seen.length}`,
        traceId,
        sampled: true,
        status: { _tag: "Started", startTime },
        name,
        parent,
        context,
        attributes,
        links,
        kind,
        end: (_endTime, exit) => void (entry.exit = exit),
        attribute: (key, value) => void attributes.set(key, value),
        event: (...event) => void entry.events.push(event),
        addLinks: () => {}
      }
    },
    context: (run) => run()
  })
  return Effect.map(Effect.withTracer(effect, tracer), (value) => [value, seen] as const)
}
