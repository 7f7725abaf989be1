/** The options in force for a call: its own, or else the layer's. */
import * as CentrifugoError from "../../CentrifugoError.js"
import type { Options } from "../../CallOptions.js"
import type { RetryPolicy } from "../../RetryPolicy.js"
import * as Settings from "./Settings.js"
import { BadHeader, check as checkHeaders } from "../http/headers.js"
import type { Call } from "../../CentrifugoTransport.js"

export interface InForce {
  readonly timeout: number
  readonly deadline: number
  readonly retry: RetryPolicy
  readonly headers: Call["headers"]
}

/** How many milliseconds an attempt may take. */
export const timeoutOf = ({ deadline, timeout }: InForce): number => Math.min(timeout, deadline)

/** Options that make no sense: where, and why. */
export class Refused {
  constructor(
    readonly path: ReadonlyArray<string>,
    readonly detail: string
  ) {}
  error(method: string): CentrifugoError.EncodeError {
    return new CentrifugoError.EncodeError({ method, path: this.path, detail: this.detail })
  }
}

export const ofLayer = ({ deadline, retry, timeout }: Settings.Settings): InForce => ({
  timeout,
  deadline,
  retry,
  headers: {}
})

export const ofCall = (options: Options, layer: InForce): InForce | Refused => {
  const { deadline, headers, retry, timeout } = options
  if (timeout === undefined && deadline === undefined && retry === undefined && headers === undefined) {
    return layer
  }
  const own = {
    timeout: timeout === undefined ? layer.timeout : Settings.millisOf(timeout),
    deadline: deadline === undefined ? layer.deadline : Settings.millisOf(deadline),
    retry: retry ?? layer.retry,
    headers: headers === undefined ? layer.headers : checkHeaders(headers)
  }
  if (own.timeout === undefined) return badDuration("timeout")
  if (own.deadline === undefined) return badDuration("deadline")
  if (own.headers instanceof BadHeader) return badHeader(own.headers)
  return { ...own, timeout: own.timeout, deadline: own.deadline, headers: own.headers }
}

const badDuration = (option: string) =>
  new Refused([option], `the call's ${option}: ${Settings.expectedDuration}`)

const badHeader = ({ detail, name }: BadHeader) =>
  new Refused(["headers", ...(name === "" ? [] : [name])], detail)
