/** Faults that a test injects. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Answer from "./server/Answer.js"
import { Queue } from "./server/Queue.js"

/**
 * What goes wrong with a call:
 *
 * - `code`: the server answers with this error, and with its usual message unless you give one. Also applies to
 *   calls inside a batch.
 * - `status`: the server answers with this HTTP status, by default with an empty body and no headers.
 * - `reset`: the connection breaks before a response.
 * - `stall`: no response ever arrives.
 * - `cutoff`: the connection breaks after this many bytes of the response (`true`: in its middle).
 * - none of these: the complete response arrives, after `delay`.
 *
 * @since 0.1.0
 */
export type Fault =
  | ServerFault
  | StatusFault
  | (Instead & {
      /** The connection breaks before a response. */
      readonly reset: true
    })
  | (Instead & {
      /** No response ever arrives. */
      readonly stall: true
    })
  | (Late & {
      /** The connection breaks after this many bytes of the response; `true`: in its middle. */
      readonly cutoff: true | number
    })
  | (Late & {
      /** The delay before the complete response. */
      readonly delay: Duration.DurationInput
    })

/** Fields of the faults that replace the response. */
interface Instead {
  /** The delay before it happens. */
  readonly delay?: Duration.DurationInput
  /** Whether the server carries out the call nevertheless. Default `false`. */
  readonly carriedOut?: boolean
}

/** Fields of the faults that delay or cut off the response. */
interface Late {
  /** The delay before the response. Default: none. */
  readonly delay?: Duration.DurationInput
  /** The server always carries out the call. */
  readonly carriedOut?: true
}

interface ServerFault extends Instead {
  /** The code of the server's error. */
  readonly code: number
  /** The message of the server's error. Default: the usual one of the code. */
  readonly message?: string
}

interface StatusFault extends Instead {
  /** The HTTP status, from 200 to 599. */
  readonly status: number
  /** The body of the response. Default: empty. */
  readonly body?: string
  /** The headers of the response. Default: none. */
  readonly headers?: { readonly [name: string]: string }
}

export const failureOf = ({ code, message }: ServerFault): Answer.Answer =>
  Answer.failure({ code, message: message ?? Answer.messages[code] ?? "" })

const isServerFault = (fault: Fault): fault is ServerFault => "code" in fault

const headerName = /^[-!#$%&'*+.^_`|~0-9a-zA-Z]+$/
/** Valid header text: no line breaks, one byte per character. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

const isWhole = (value: unknown, least: number, most = Infinity) =>
  typeof value === "number" &&
  value >= least &&
  value <= most &&
  (Number.isSafeInteger(value) || value === most)

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null

/** Validates a fault and its repeat count: the problem, or `undefined` if there is none. */
export const problemOf = (fault: unknown, times: unknown): string | undefined => {
  if (!isWhole(times, 0, Infinity)) {
    return `times: expected a whole number that is not negative, or Infinity, not ${String(times)}`
  }
  if (!isRecord(fault)) return `expected a fault such as { code: 100 }, not ${String(fault)}`
  const { body, carriedOut, code, cutoff, delay, headers, message, status } = fault
  const kinds = ["code", "status", "reset", "stall", "cutoff"].filter((kind) => kind in fault)
  if (kinds.length > 1)
    return `a fault has only one of code, status, reset, stall and cutoff; this one has ${kinds.join(" and ")}`
  if (kinds.length === 0 && !("delay" in fault)) {
    return `a fault has a code, status, reset, stall, cutoff or delay; this one has ${Object.keys(fault).join(", ") || "nothing"}`
  }
  if ("code" in fault && !isWhole(code, 1, 2 ** 32 - 1))
    return `code: expected a whole number above 0, not ${String(code)}`
  if ("status" in fault && !isWhole(status, 200, 599))
    return `status: expected 200 to 599, not ${String(status)}`
  for (const kind of ["reset", "stall"]) {
    if (kind in fault && fault[kind] !== true) return `${kind}: expected true, not ${String(fault[kind])}`
  }
  if ("cutoff" in fault && cutoff !== true && !isWhole(cutoff, 0)) {
    return `cutoff: expected true or a number of bytes, not ${String(cutoff)}`
  }
  if (delay !== undefined && !isDuration(delay)) {
    return `delay: expected a finite duration such as "3 seconds", not ${String(delay)}`
  }
  if (carriedOut !== undefined && typeof carriedOut !== "boolean") {
    return `carriedOut: expected true or false, not ${String(carriedOut)}`
  }
  if (message !== undefined && typeof message !== "string") return `message: expected a string`
  if (body !== undefined && typeof body !== "string") return `body: expected a string`
  if (headers === undefined) return undefined
  if (!isRecord(headers)) return `headers: expected an object`
  const wrong = Object.entries(headers).find(
    ([name, value]) => !headerName.test(name) || typeof value !== "string" || !headerValue.test(value)
  )
  return wrong && `headers: ${JSON.stringify(wrong[0])} is not a header that HTTP can carry`
}

const isDuration = (value: unknown): boolean => {
  const duration = Option.getOrUndefined(Duration.decodeUnknown(value))
  return duration !== undefined && Duration.isFinite(duration)
}

/**
 * An injected fault that has not happened yet.
 *
 * @since 0.1.0
 */
export interface Leftover {
  /** The wire method name. */
  readonly method: string
  /** The fault as it was injected. */
  readonly fault: Fault
  /** How many times it was still to happen. */
  readonly times: number
}

interface Ordered<F extends Fault = Fault> {
  readonly fault: F
  readonly sequence: number
  left: number
}

/** The pending faults of one method. Calls inside a batch only take those with a `code`. */
interface Waiting {
  readonly codes: Queue<Ordered<ServerFault>>
  readonly others: Queue<Ordered>
}

/** The pending faults, by method. */
export class Faults {
  readonly #methods = new Map<string, Waiting>()
  #injected = 0

  order(method: string, fault: Fault, times: number): void {
    if (times === 0) return
    const waiting = this.#methods.get(method) ?? { codes: new Queue(), others: new Queue() }
    this.#methods.set(method, waiting)
    const entry = { sequence: this.#injected++, left: times }
    if (isServerFault(fault)) waiting.codes.push({ ...entry, fault })
    else waiting.others.push({ ...entry, fault })
  }

  has(method: string): boolean {
    return this.#methods.has(method)
  }

  /** Takes the next fault for a request. */
  take(method: string): Fault | undefined {
    const waiting = this.#methods.get(method)
    if (waiting === undefined) return undefined
    const [code, other] = [waiting.codes.first, waiting.others.first]
    const isCodeNext = code !== undefined && (other === undefined || code.sequence < other.sequence)
    return isCodeNext ? this.#use(method, waiting.codes) : this.#use(method, waiting.others)
  }

  /** Takes the next fault for a call inside a batch. */
  takeCode(method: string): ServerFault | undefined {
    const waiting = this.#methods.get(method)
    return waiting && this.#use(method, waiting.codes)
  }

  /** The pending faults with a finite repeat count. */
  get left(): ReadonlyArray<Leftover> {
    return Array.from(this.#methods, ([method, { codes, others }]) =>
      [...codes.slice(), ...others.slice()]
        .filter(({ left }) => left !== Infinity)
        .map(({ fault, left }) => ({ method, fault, times: left }))
    ).flat()
  }

  #use<F extends Fault>(method: string, queue: Queue<Ordered<F>>): F | undefined {
    const entry = queue.first
    if (entry === undefined) return undefined
    if (--entry.left === 0) queue.shift()
    const waiting = this.#methods.get(method)
    if (waiting?.codes.length === 0 && waiting.others.length === 0) this.#methods.delete(method)
    return entry.fault
  }
}
