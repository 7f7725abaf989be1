/** Reads a request body within limits, or discards it. */
import * as Effect from "effect/Effect"
import { Buffer } from "node:buffer"
import type { IncomingMessage } from "node:http"
import { type HttpResponse, plain } from "../http.js"

/** The byte limit of all bodies being read at the same time. */
export class Budget {
  #used = 0
  constructor(readonly most: number) {}

  /** Reserves bytes; `false` if too few are left. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.most) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}

const tooLarge = (most: number) =>
  plain(413, `the body is larger than ${most} bytes; raise the option maxBodySize to accept it\n`)
const tooMany = plain(
  503,
  "too many large bodies at once; their total can be four times the option maxBodySize\n"
)

/** Reads the whole body. Before this call nothing is read, and the full socket buffer makes the client wait. */
export const read = (
  request: IncomingMessage,
  most: number,
  budget: Budget
): Effect.Effect<string, HttpResponse> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    let size = 0
    const end = () => {
      request.off("data", add)
      request.off("end", succeed)
      budget.give(size)
      size = 0
    }
    const fail = (response: HttpResponse) => {
      end()
      resume(Effect.fail(response))
    }
    const add = (chunk: Buffer) => {
      if (size + chunk.length > most) return fail(tooLarge(most))
      if (!budget.take(chunk.length)) return fail(tooMany)
      size += chunk.length
      chunks.push(chunk)
    }
    const succeed = () => {
      end()
      resume(Effect.sync(() => Buffer.concat(chunks).toString()))
    }
    if (Number(request.headers["content-length"] ?? 0) > most) return resume(Effect.fail(tooLarge(most)))
    request.on("data", add)
    request.on("end", succeed)
    return Effect.sync(end)
  })

/**
 * Discards the rest of a body after the response. If the connection closed at once, a client that is still
 * sending could not read the response. A client that sends more than `most` bytes loses it.
 */
export const discard = (request: IncomingMessage, most: number): void => {
  if (request.readableEnded) return
  let size = 0
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size > most) request.destroy()
  })
}
