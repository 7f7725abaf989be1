/**
 * Keeps the metrics. Updates are made in place and not as effects, because every call makes several of them, even if the
 * metrics are never read.
 */
import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { Service } from "../../CentrifugoTransport.js"
import * as Telemetry from "../../Telemetry.js"
import { attributes } from "../../Telemetry.js"
import { type Labels, labels, none, update } from "../telemetry/series.js"

/** Identifies a client in metrics. */
type Identity = Pick<Service, "name" | "endpoint">

/** The tags of a method. */
class Tags {
  readonly all: Labels
  readonly #outcomes = new Map<string, Labels>()
  readonly #errors = new Map<string, Labels>()

  constructor(method: string, client: Labels) {
    this.all = labels(client, [
      [attributes.system, "centrifugo"],
      [attributes.operation, method]
    ])
  }

  outcome(outcome: string): Labels {
    return this.#with(this.#outcomes, attributes.outcome, outcome)
  }

  error(tag: string): Labels {
    return this.#with(this.#errors, attributes.errorType, tag)
  }

  #with(made: Map<string, Labels>, key: string, value: string): Labels {
    const known = made.get(value)
    if (known !== undefined) return known
    const own = labels(this.all, [[key, value]])
    made.set(value, own)
    return own
  }
}

/** Keeps the metrics of the clients of one cluster. */
export class Meter {
  readonly #byMethod = new Map<string, Tags>()
  /** The name of the clients' layer. */
  readonly name: string | undefined
  readonly #client: Labels

  constructor({ endpoint, name }: Identity) {
    this.name = name
    this.#client =
      name === undefined && endpoint === undefined
        ? none
        : labels(none, [
            ...(name === undefined ? [] : [[attributes.clientName, name] as const]),
            ...(endpoint === undefined ? [] : [[attributes.endpoint, endpoint] as const])
          ])
  }

  /** Counts a batch of this many calls. */
  batch(size: number): void {
    update(Telemetry.batchSize, size, this.#client)
  }

  /** Counts this many more waiting calls. */
  waiting(more: number): void {
    update(Telemetry.waiting, more, this.#client)
  }

  /** Counts calls as begun. */
  begin(method: string, count = 1): void {
    update(Telemetry.inFlight, count, this.#tagsOf(method).all)
  }

  /** Counts `count` calls as ended with an outcome (`ok`, or an error's tag), each after a duration in seconds. */
  end(method: string, seconds: number, outcome: string, count = 1): void {
    const tags = this.#tagsOf(method)
    const own = tags.outcome(outcome)
    update(Telemetry.inFlight, -count, tags.all)
    update(Telemetry.calls, count, own)
    for (let i = 0; i < count; i++) update(Telemetry.duration, seconds, own)
  }

  /** Records that an attempt failed and another one follows. */
  retried(
    method: string,
    span: Tracer.Span | undefined,
    attempt: { readonly number: number; readonly error: string; readonly delay: number; readonly now: bigint }
  ): void {
    const { delay, error, now, number } = attempt
    update(Telemetry.retries, 1, this.#tagsOf(method).error(error))
    span?.event("attempt", now, {
      [attributes.attempt]: number,
      [attributes.errorType]: error,
      [attributes.delay]: delay
    })
  }

  #tagsOf(method: string): Tags {
    const known = this.#byMethod.get(method)
    if (known !== undefined) return known
    const tags = new Tags(method, this.#client)
    this.#byMethod.set(method, tags)
    return tags
  }
}

const meters = new Map<string, Meter>()

/** Returns the meter of the clients with this name and endpoint. */
export const meterOf = ({ endpoint, name }: Identity): Meter => {
  const key = JSON.stringify([name, endpoint])
  const known = meters.get(key)
  if (known !== undefined) return known
  const meter = new Meter({ name, endpoint })
  meters.set(key, meter)
  return meter
}

/** Returns the seconds between two times in nanoseconds. */
export const secondsBetween = (from: bigint, to: bigint): number => Number(to - from) / 1e9

/** Returns the metric tag of an outcome. */
export const outcomeOf = (outcome: Either.Either<unknown, unknown>): string =>
  Either.isRight(outcome) ? "ok" : tagOf(outcome.left)

/** Returns the metric tag of a failed call. */
export const outcomeOfCause = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.failureOption(cause)
  if (Option.isSome(error)) return tagOf(error.value)
  return Cause.isInterrupted(cause) ? "interrupted" : "defect"
}

/** Returns the `_tag` of an error. Every error of a call has one; anything else is a defect. */
export const tagOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string"
    ? error._tag
    : "defect"

/** Counts calls that begin and end by the thousand: joins runs of equal updates into one. */
export class Tally {
  #begun: { readonly method: string; count: number } | undefined = undefined
  #ended:
    | { readonly method: string; readonly seconds: number; readonly outcome: string; count: number }
    | undefined = undefined

  constructor(readonly meter: Meter) {}

  begin(method: string): void {
    if (this.#begun?.method === method) return void this.#begun.count++
    this.flush()
    this.#begun = { method, count: 1 }
  }

  end(method: string, seconds: number, outcome: string): void {
    const last = this.#ended
    if (last?.method === method && last.seconds === seconds && last.outcome === outcome)
      return void last.count++
    this.flush()
    this.#ended = { method, seconds, outcome, count: 1 }
  }

  /** Updates the metrics. Counts begun calls first, or the number in flight would fall below zero. */
  flush(): void {
    if (this.#begun !== undefined) this.meter.begin(this.#begun.method, this.#begun.count)
    this.#begun = undefined
    if (this.#ended === undefined) return
    const { count, method, outcome, seconds } = this.#ended
    this.#ended = undefined
    this.meter.end(method, seconds, outcome, count)
  }
}
