/** Faults of a request, and what the client knows afterwards. */
import { type CentrifugoError } from "@effect-centrifugo/core"
import { bodyOf, type Failing } from "./peer.js"

/** The failure of a call with this fault, without retries. */
export interface Failure {
  readonly tag: CentrifugoError.CallError["_tag"] | "CentrifugoInternalError"
  readonly phase?: CentrifugoError.Phase
}

/**
 * - `unsent`: nothing was carried out
 * - `doubt`: it was possibly carried out, or a retry could succeed
 * - `final`: the same call would get the same answer
 * - `none`: not a failure, the call succeeds
 */
export type Leaves = "unsent" | "doubt" | "final" | "none"

export interface Fault extends Failing {
  readonly title: string
  readonly leaves: Leaves
  readonly failure?: Failure
  /** Only the call's timeout ends the request. */
  readonly stalls?: boolean
  /** The answer's `Retry-After`, in milliseconds. */
  readonly asksToWait?: number
  /** The fault happens on a socket that an earlier call has left open. `between`: closed before the call. */
  readonly keptSocket?: "between" | "during"
  /** The size of the data to send, in bytes. */
  readonly size?: number
}

const lost: Failure = { tag: "CentrifugoNetworkError", phase: "unknown" }
const late: Failure = { tag: "CentrifugoTimeoutError", phase: "unknown" }
const refusedBy: Failure = { tag: "CentrifugoStatusError" }

const status = (status: number, leaves: Leaves, headers = ""): Fault => ({
  title: `status ${status}`,
  leaves,
  failure: refusedBy,
  atRequest: (socket) =>
    void socket.write(`HTTP/1.1 ${status} Whatever\r\n${headers}content-length: 4\r\n\r\noops`)
})

/** The answer up to the middle of its body. */
const half = (answer: string) => answer.slice(0, answer.indexOf("\r\n\r\n") + 10)

export const faults: ReadonlyArray<Fault> = [
  {
    title: "refused",
    leaves: "unsent",
    failure: { tag: "CentrifugoNetworkError", phase: "connect" },
    refuses: true
  },
  {
    title: "reset before the body is read",
    leaves: "doubt",
    failure: lost,
    size: 300_000,
    atHead: (socket) => void socket.resetAndDestroy()
  },
  {
    title: "reset after the body",
    leaves: "doubt",
    failure: lost,
    atRequest: (socket) => void socket.resetAndDestroy()
  },
  { title: "stall before the headers", leaves: "doubt", failure: late, stalls: true, atRequest: () => {} },
  {
    title: "stall in the body",
    leaves: "doubt",
    failure: late,
    stalls: true,
    atRequest: (socket, answer) => void socket.write(half(answer))
  },
  {
    title: "body cut off",
    leaves: "doubt",
    failure: lost,
    atRequest: (socket, answer) => void socket.end(half(answer))
  },
  status(500, "final"),
  status(502, "doubt"),
  {
    ...status(503, "doubt", "retry-after: 1\r\n"),
    title: "status 503 with Retry-After",
    asksToWait: 1000
  },
  status(429, "doubt"),
  {
    title: "code 100",
    leaves: "doubt",
    failure: { tag: "CentrifugoInternalError" },
    atRequest: (socket, _, commands) => {
      const error = { code: 100, message: "internal server error" }
      const body = bodyOf(commands.length > 1 ? "/batch" : "", commands, () => ({ error }))
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    }
  },
  {
    title: "slow trickle",
    leaves: "none",
    atRequest: (socket, answer) => {
      const bytes = [...answer]
      const next = () => {
        socket.write(bytes.splice(0, 8).join(""))
        if (bytes.length > 0) setTimeout(next, 1)
      }
      next()
    }
  },
  { title: "kept socket closed between calls", leaves: "none", keptSocket: "between" },
  {
    title: "kept socket closed as the call comes",
    leaves: "doubt",
    failure: lost,
    keptSocket: "during",
    atHead: (socket) => void socket.end()
  }
]
