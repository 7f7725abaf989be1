/**
 * One call, from its caller to undici and back. It is both the gate's entry and undici's handler, so that a call
 * costs one object and one timer, and no fiber.
 */
import type { CentrifugoConfig } from "@effect-centrifugo/core/CentrifugoConfig"
import {
  NetworkError,
  type Phase,
  ResponseTooLargeError,
  TimeoutError,
  type TransportError
} from "@effect-centrifugo/core/CentrifugoError"
import * as HttpTransport from "@effect-centrifugo/core/HttpTransport"
import type { Reply } from "@effect-centrifugo/core/CentrifugoTransport"
import * as CentrifugoTransport from "@effect-centrifugo/core/CentrifugoTransport"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Dispatcher } from "undici"
import type { Gate, Queue, QueueNode } from "./gate.js"
import type { Sockets } from "./sockets.js"
import { nextTick, setImmediate } from "./timers.js"

export type Outcome = Effect.Effect<Reply, TransportError>

/** Undici needs a reason to abort a call; no caller sees it. */
const abandoned = new Error("the call was abandoned")

/** Makes the error of a call after its transport has closed. Its code tells retry policies not to retry. */
export const closedError = (method: string, phase: Phase): NetworkError =>
  new NetworkError({ method, phase, code: "ERR_CLOSED", detail: "the scope of the transport is closed" })

/** Shared by all calls of one transport. */
export interface Shared {
  readonly config: CentrifugoConfig
  readonly gate: Gate<Exchange>
  readonly sockets: Sockets
}

export class Exchange implements Dispatcher.DispatchHandler, QueueNode<Exchange> {
  queue: Queue<Exchange> | undefined = undefined
  before: Exchange | undefined = undefined
  after: Exchange | undefined = undefined
  proceed: (() => void) | undefined = undefined

  /** The phase that an error at this moment would report. */
  #phase: Phase = "queued"
  /** Cleared when the call is dispatched or given up, because a large body would otherwise stay in memory. */
  #call: CentrifugoTransport.Call | undefined
  #settle: ((outcome: Outcome) => void) | undefined = undefined
  #callOffDeadline: (() => void) | undefined = undefined
  #controller: Dispatcher.DispatchController | undefined = undefined
  #status = 0
  #location: string | undefined = undefined
  #retryAfter: string | undefined = undefined
  #chunks: Array<Buffer> = []
  #size = 0
  readonly #method: string
  readonly #timeout: number
  readonly #shared: Shared

  constructor(
    call: CentrifugoTransport.Call,
    readonly apiKey: Redacted.Redacted,
    readonly traceparent: string | undefined,
    shared: Shared
  ) {
    this.#call = call
    this.#method = call.method
    this.#timeout = call.timeout
    this.#shared = shared
  }

  start(clock: Clock.Clock, settle: (outcome: Outcome) => void): void {
    this.#settle = settle
    this.#callOffDeadline = CentrifugoTransport.schedule(clock, this.#timeout, () => this.#expire())
    this.#shared.gate.enter(this)
  }

  /** Takes the call to send, after the gate has admitted it. */
  take(): CentrifugoTransport.Call | undefined {
    const call = this.#call
    this.#call = undefined
    this.#phase = "connect"
    return call
  }

  interrupt(): void {
    if (this.#close() !== undefined) this.#letGo()
  }

  abandon(): void {
    this.#giveUp(closedError(this.#method, this.#phase))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Nothing has been sent, so the socket stays usable. `controller.abort` would close it.
    if (this.#settle === undefined) throw abandoned
    this.#phase = "unknown"
    this.#controller = controller
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  ): void {
    this.#status = status
    this.#location = first(headers["location"])
    this.#retryAfter = first(headers["retry-after"])
    if (Number(headers["content-length"]) > this.#shared.config.maxResponseSize) this.#refuse()
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > this.#shared.config.maxResponseSize) this.#refuse()
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#leave()
    if (this.#settle === undefined) return
    const answer = {
      method: this.#method,
      status: this.#status,
      location: this.#location,
      retryAfter: this.#retryAfter,
      text: this.#text()
    }
    this.#close()?.(HttpTransport.readAnswer(answer, this.apiKey))
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: unknown): void {
    this.#leave()
    if (this.#settle === undefined) return
    const { origin } = this.#shared.config
    const about = { method: this.#method, phase: this.#phase, apiKey: this.apiKey, origin }
    this.#close()?.(Effect.fail(HttpTransport.networkError(error, about)))
  }

  #leave(): void {
    const { gate, sockets } = this.#shared
    this.#controller = undefined
    sockets.left()
    // Undici frees the socket with a `setImmediate` that it schedules after this. Until then it would queue the
    // next call, and start it in the async context of another call.
    nextTick(() => setImmediate(leave, gate, this))
  }

  #text(): string {
    // Decode all chunks together, because a character can span two of them.
    const bytes = this.#chunks.length > 1 ? Buffer.concat(this.#chunks, this.#size) : this.#chunks[0]
    return bytes === undefined ? "" : bytes.toString("utf8")
  }

  #refuse(): void {
    this.#giveUp(
      new ResponseTooLargeError({ method: this.#method, limit: this.#shared.config.maxResponseSize })
    )
  }

  #expire(): void {
    this.#giveUp(new TimeoutError({ method: this.#method, phase: this.#phase, timeout: this.#timeout }))
  }

  #giveUp(error: TransportError): void {
    const settle = this.#close()
    if (settle === undefined) return
    this.#letGo()
    settle(Effect.fail(error))
  }

  /** Takes the resume function, so that only the first outcome reaches the caller. */
  #close(): ((outcome: Outcome) => void) | undefined {
    const settle = this.#settle
    if (settle === undefined) return undefined
    this.#callOffDeadline?.()
    this.#shared.gate.settled(this)
    // Clear the references, because something may still hold this object. Otherwise V8 promotes each call's
    // objects together with those of the previous call, and collecting them costs a tenth of the call.
    this.#settle = undefined
    this.#call = undefined
    this.#callOffDeadline = undefined
    this.#chunks = []
    return settle
  }

  #letGo(): void {
    this.#controller?.abort(abandoned)
  }
}

const leave = (gate: Gate<Exchange>, exchange: Exchange): void => gate.leave(exchange)

const first = (header: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof header === "string" ? header : header?.[0]
