/** Faults that a test orders. */
import type * as Duration from "effect/Duration"
import * as Answer from "./server/Answer.js"

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

/** The faults that were ordered and have not happened yet, by method. */
export class Faults {
  readonly #queues = new Map<string, Array<{ readonly fault: Fault; left: number }>>()

  order(method: string, fault: Fault, times: number): void {
    if (times < 1) return
    const queue = this.#queues.get(method) ?? []
    queue.push({ fault, left: times })
    this.#queues.set(method, queue)
  }

  has(method: string): boolean {
    return (this.#queues.get(method)?.length ?? 0) > 0
  }

  take(method: string): Fault | undefined {
    return this.#take(method, (_: Fault): _ is Fault => true)
  }

  /** The next that a member of a batch can have. */
  takeCode(method: string): ServerFault | undefined {
    return this.#take(method, isServerFault)
  }

  #take<F extends Fault>(method: string, fits: (fault: Fault) => fault is F): F | undefined {
    const queue = this.#queues.get(method) ?? []
    for (const [place, entry] of queue.entries()) {
      if (!fits(entry.fault)) continue
      if (--entry.left < 1) queue.splice(place, 1)
      return entry.fault
    }
    return undefined
  }
}
