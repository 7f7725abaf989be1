/** Resolves the options of a call: its own, or else the client's. */
import type { Options } from "../../CallOptions.js"
import { EncodeError } from "../../CentrifugoError.js"
import type { Call } from "../../CentrifugoTransport.js"
import * as RetryPolicy from "../../RetryPolicy.js"
import { BadHeader, check as checkHeaders } from "../http/headers.js"
import type { Meter } from "../call/meter.js"
import { expectedDuration, millisOf } from "../http/duration.js"
import type { Settings } from "../call/Settings.js"

export interface CallSettings {
  /** Milliseconds for one attempt. */
  readonly timeout: number
  /** Milliseconds for the whole call; `Infinity` for no limit. */
  readonly deadline: number
  readonly retry: RetryPolicy.RetryPolicy
  readonly headers: Call["headers"]
  readonly meter: Meter
}

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

export const ofClient = ({ deadline, retry, timeout }: Settings, meter: Meter): CallSettings => ({
  timeout: Math.min(timeout, deadline),
  deadline,
  retry,
  headers: {},
  meter
})

const names: ReadonlyArray<string> = ["timeout", "deadline", "retry", "headers"]

export const ofCall = (options: Options, client: CallSettings): CallSettings | BadOption => {
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
  if (own.headers instanceof BadHeader) return badHeader(own.headers)
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

const badHeader = ({ detail, name }: BadHeader) =>
  new BadOption(["headers", ...(name === "" ? [] : [name])], detail)
