/** Faults that a test orders. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Answer from "./server/Answer.js"
import { Queue } from "./server/Queue.js"

/**
 * What goes wrong with a call:
 *
 * - `code`: the server's error, with the message that belongs to it unless another is given. It
 *   reaches members of a batch too.
 * - `status`: any HTTP status, with an empty body and no headers unless some are given.
 * - `reset`: the connection breaks before an answer.
 * - `stall`: no answer ever comes.
 * - `cutoff`: the connection breaks inside the answer, after so many bytes (`true`: in its middle).
 * - none of these: the answer comes whole, after the `delay`.
 *
 * @since 0.1.0
 */
export type Fault =
  | ServerFault
  | (Instead & {
      readonly status: number
      readonly body?: string
      readonly headers?: { readonly [name: string]: string }
    })
  | (Instead & { readonly reset: true })
  | (Instead & { readonly stall: true })
  | { readonly cutoff: true | number; readonly delay?: Duration.DurationInput; readonly carriedOut?: true }
  | { readonly delay: Duration.DurationInput; readonly carriedOut?: true }

/** What comes in the place of the call's own answer. */
interface Instead {
  /** How long it takes to happen. */
  readonly delay?: Duration.DurationInput
  /** Whether the call is carried out nevertheless. Default `false`. */
  readonly carriedOut?: boolean
}

interface ServerFault extends Instead {
  readonly code: number
  readonly message?: string
}

export const failureOf = ({ code, message }: ServerFault): Answer.Answer =>
  Answer.failure({ code, message: message ?? Answer.messages[code] ?? "" })

const isServerFault = (fault: Fault): fault is ServerFault => "code" in fault

const headerName = /^[-!#$%&'*+.^_`|~0-9a-zA-Z]+$/
/** Text that fits into a header: no line ends, and nothing beyond one byte per character. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

const isWhole = (value: unknown, least: number, most = Infinity) =>
  typeof value === "number" &&
  value >= least &&
  value <= most &&
  (Number.isSafeInteger(value) || value === most)

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null

/** What is wrong with a fault, or with how often it is to come; `undefined` if nothing is. */
export const problemOf = (fault: unknown, times: unknown): string | undefined => {
  if (!isWhole(times, 0, Infinity)) {
    return `a fault comes a whole number of times, or Infinity, and not ${String(times)}`
  }
  if (!isRecord(fault)) return `expected a fault such as { code: 100 }, not ${String(fault)}`
  const { body, carriedOut, code, cutoff, delay, headers, message, status } = fault
  const kinds = ["code", "status", "reset", "stall", "cutoff"].filter((kind) => kind in fault)
  if (kinds.length > 1) return `a fault is one of its kinds, and not ${kinds.join(" and ")} at once`
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
  if (message !== undefined && typeof message !== "string") return `message: expected a text`
  if (body !== undefined && typeof body !== "string") return `body: expected a text`
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
 * A fault that was ordered and has not come.
 *
 * @since 0.1.0
 */
export interface Leftover {
  /** The method's name on the wire. */
  readonly method: string
  /** The fault as it was ordered. */
  readonly fault: Fault
  /** How often it is still to come. */
  readonly times: number
}

interface Ordered<F extends Fault = Fault> {
  readonly fault: F
  readonly place: number
  left: number
}

/** The faults of one method that are still to come. Members of batches have those with a `code` only. */
interface Waiting {
  readonly codes: Queue<Ordered<ServerFault>>
  readonly others: Queue<Ordered>
}

/** The faults that were ordered and have not happened yet, by method. */
export class Faults {
  readonly #methods = new Map<string, Waiting>()
  #places = 0

  order(method: string, fault: Fault, times: number): void {
    if (times === 0) return
    const waiting = this.#methods.get(method) ?? { codes: new Queue(), others: new Queue() }
    this.#methods.set(method, waiting)
    const entry = { place: this.#places++, left: times }
    if (isServerFault(fault)) waiting.codes.push({ ...entry, fault })
    else waiting.others.push({ ...entry, fault })
  }

  has(method: string): boolean {
    return this.#methods.has(method)
  }

  /** The next fault of a request. */
  take(method: string): Fault | undefined {
    const waiting = this.#methods.get(method)
    if (waiting === undefined) return undefined
    const [code, other] = [waiting.codes.first, waiting.others.first]
    const isCodeNext = code !== undefined && (other === undefined || code.place < other.place)
    return isCodeNext ? this.#use(method, waiting.codes) : this.#use(method, waiting.others)
  }

  /** The next fault of a member of a batch. */
  takeCode(method: string): ServerFault | undefined {
    const waiting = this.#methods.get(method)
    return waiting && this.#use(method, waiting.codes)
  }

  /** Those that were to come a number of times, and have come less often. */
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
