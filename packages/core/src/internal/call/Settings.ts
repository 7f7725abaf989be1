/**
 * The policies of a client, and the settings of a call: its own options, or else the client's policies.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Batcher from "../../Batcher.js"
import type * as CallOptions from "../../CallOptions.js"
import { type ConfigError, EncodeError } from "../../CentrifugoError.js"
import type { Call } from "../../CentrifugoTransport.js"
import * as RetryPolicy from "../../RetryPolicy.js"
import * as Timeouts from "../../Timeouts.js"
import { expectedDuration, millisOf } from "../http/duration.js"
import { BadHeader, check as checkHeaders } from "../http/headers.js"
import type { Meter } from "./meter.js"

/**
 * The policies of a client, each of which is also a layer: `Timeouts.layer`, `RetryPolicy.layer`, `Batcher.layer`.
 *
 * @since 0.1.0
 */
export interface Options extends Timeouts.Options {
  /** The retry policy. Default `RetryPolicy.unsent`: repeats only calls that were certainly not sent. */
  readonly retry?: RetryPolicy.RetryPolicy
  /**
   * Automatic batching: calls made at the same time share a request, and each caller gets its own result or error.
   * `true` uses the defaults of `Batcher`. Default: every call is its own request.
   */
  readonly batching?: Batcher.Options | boolean
}

/**
 * Makes the layers of the policies in the options. Policies that are not set stay those of the context.
 *
 * @since 0.1.0
 */
export const layer = ({ batching, deadline, retry, timeout }: Options): Layer.Layer<never, ConfigError> =>
  Layer.mergeAll(
    Timeouts.layer({
      ...(timeout === undefined ? {} : { timeout }),
      ...(deadline === undefined ? {} : { deadline })
    }),
    retry === undefined ? Layer.empty : RetryPolicy.layer(retry),
    batching === undefined ? Layer.empty : batchingLayer(batching)
  )

const batchingLayer = (batching: Batcher.Options | boolean): Layer.Layer<never, ConfigError> =>
  batching === false
    ? Layer.succeed(Batcher.Default, undefined)
    : Batcher.layer(batching === true ? {} : batching)

/** The settings of a call. */
export interface Settings {
  /** The timeout of one attempt, in milliseconds. */
  readonly timeout: number
  /** The deadline in milliseconds from the start of the call; `Infinity` for none. */
  readonly deadline: number
  readonly retry: RetryPolicy.RetryPolicy
  readonly headers: Call["headers"]
  readonly meter: Meter
}

/**
 * Resolves the policies of a client, which are those of the context, overridden by the options. Returns the settings of
 * calls without options, and the limits of batching.
 */
export const ofClient = (meter: Meter, options: Options = {}) =>
  Effect.provide(
    Effect.gen(function* () {
      const { deadline, timeout } = yield* Timeouts.Default
      const retry = (yield* RetryPolicy.Default) ?? RetryPolicy.unsent
      const settings: Settings = { timeout: Math.min(timeout, deadline), deadline, retry, headers: {}, meter }
      return { settings, batching: yield* Batcher.Default }
    }),
    layer(options)
  )

/** An invalid option: its path and the problem. */
export class BadOption {
  constructor(
    readonly path: ReadonlyArray<string>,
    readonly detail: string
  ) {}
  error(method: string): EncodeError {
    return new EncodeError({ method, path: this.path, detail: this.detail })
  }
}

const names: ReadonlyArray<string> = ["timeout", "deadline", "retry", "headers"]

/** Returns the settings of calls with these options. */
export const ofCall = (options: CallOptions.Options, client: Settings): Settings | BadOption => {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      return new BadOption([name], `unknown option; known options: ${names.join(", ")}`)
    }
  }
  const { deadline, headers, retry, timeout } = options
  if (timeout === undefined && deadline === undefined && retry === undefined && headers === undefined) {
    return client
  }
  const own = {
    timeout: timeout === undefined ? client.timeout : millisOf(timeout),
    deadline: deadline === undefined ? client.deadline : millisOf(deadline),
    headers: headers === undefined ? client.headers : checkHeaders(headers)
  }
  if (own.timeout === undefined) return badDuration("timeout")
  if (own.deadline === undefined) return badDuration("deadline")
  if (own.headers instanceof BadHeader) {
    const { detail, name } = own.headers
    return new BadOption(name === "" ? ["headers"] : ["headers", name], detail)
  }
  const problem = retry === undefined ? undefined : RetryPolicy.check(retry)
  if (problem !== undefined) return new BadOption(["retry"], problem)
  return {
    timeout: Math.min(own.timeout, own.deadline),
    deadline: own.deadline,
    headers: own.headers,
    retry: retry ?? client.retry,
    meter: client.meter
  }
}

const badDuration = (option: string) => new BadOption([option], `the call's ${option}: ${expectedDuration}`)
