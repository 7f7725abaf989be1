import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import {
  type Phase,
  ResponseTooLargeError,
  TimeoutError,
  type TransportError
} from "../../CentrifugoError.js"
import type { Reply } from "../codec/Reply.js"
import type { CentrifugoConfig } from "../../CentrifugoConfig.js"
import type { Gate } from "./gate.js"
import * as HttpFailure from "./HttpFailure.js"
import * as HttpReply from "./HttpReply.js"
import { type Call, schedule } from "../../CentrifugoTransport.js"

/** The second argument that the transport passes to `fetch`. */
export interface FetchInit {
  /** Always `POST`. */
  readonly method: string
  /** The headers, including the API key, with names in lower case. */
  readonly headers: Record<string, string>
  /** The body: JSON text, on Deno as a `Blob`. */
  readonly body: string | Blob
  /** Always `manual`: `fetch` would forward the API key to the target of a redirect. */
  readonly redirect: "manual"
  /** Aborts at the timeout, when the caller is interrupted, and when the layer closes. */
  readonly signal: AbortSignal
}

/** The part of a `Response` that the transport reads. */
export interface FetchResponse {
  /** The HTTP status. */
  readonly status: number
  /** The response headers. */
  readonly headers: {
    /** The value of a header, or `null`. */
    readonly get: (name: string) => string | null
  }
  /** The body as a stream, read if the response has no `content-length`. */
  readonly body: {
    /** Reads the body in pieces. */
    readonly getReader: () => {
      readonly read: () => Promise<
        | { readonly done: false; readonly value: Uint8Array }
        | { readonly done: true; readonly value?: Uint8Array | undefined }
      >
    }
    /** Discards the body after the exchange has ended. */
    readonly cancel: () => Promise<unknown>
  } | null
  /** Reads the whole body, if its `content-length` is within `maxResponseSize`. */
  readonly text: () => Promise<string>
}

/** A `fetch` function: the global one, undici's, or that of a Workers service binding. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

export type Outcome = Effect.Effect<Reply, TransportError>

/**
 * Makes the request body, on Deno a Blob. If the server closes a kept-alive socket before the reply, Deno retries
 * the request, although the server may have carried it out. Deno does not retry a request with a Blob body.
 */
const bodyOf = "Deno" in globalThis ? (text: string) => new Blob([text]) : (text: string) => text

/**
 * Returns the body's length from `content-length`. Returns `undefined` for a compressed body, which is longer
 * after decompression.
 */
const lengthOf = ({ headers }: FetchResponse): number | undefined => {
  const length = headers.get("content-length")
  return length === null || headers.get("content-encoding") !== null ? undefined : Number(length)
}

/** Skips the headers of a success, which are not used: reading a header takes a microsecond on Bun. */
const answerOf = (method: string, { headers, status }: FetchResponse, text: string): HttpReply.HttpAnswer =>
  status === 200
    ? { method, status, text }
    : {
        method,
        status,
        location: headers.get("location") ?? undefined,
        retryAfter: headers.get("retry-after") ?? undefined,
        text
      }

/** The state that all exchanges of a transport share. */
export interface Shared {
  readonly config: CentrifugoConfig
  readonly fetch: Fetch | undefined
  readonly AbortController: typeof AbortController
  readonly gate: Gate<Exchange>
}

/** One attempt of a call over fetch. */
export class Exchange {
  #phase: Phase = "queued"
  #settle: ((outcome: Outcome) => void) | undefined = undefined
  #admit: (() => void) | undefined = undefined
  #cancelDeadline: (() => void) | undefined = undefined
  readonly #abort: AbortController
  readonly #shared: Shared
  readonly #call: Call
  readonly #headers: Record<string, string>
  readonly #apiKey: Redacted.Redacted

  constructor(shared: Shared, call: Call, headers: Record<string, string>, apiKey: Redacted.Redacted) {
    this.#abort = new shared.AbortController()
    this.#shared = shared
    this.#call = call
    this.#headers = headers
    this.#apiKey = apiKey
  }

  /**
   * Starts the deadline and calls `fetch`, or queues the exchange. A queued exchange awaits its own promise, so
   * that it also calls `fetch` in the caller's async context.
   */
  start(clock: Clock.Clock, settle: (outcome: Outcome) => void): void {
    this.#settle = settle
    this.#cancelDeadline = schedule(clock, this.#call.timeout, () => this.#expire())
    if (this.#shared.gate.enter(this)) void this.#run()
    else void new Promise<void>((resolve) => (this.#admit = resolve)).then(() => this.#run())
  }

  /** Called by the gate when the exchange may leave the queue. */
  admit(): void {
    this.#admit?.()
  }

  interrupt(): void {
    if (this.#close() !== undefined) this.#abort.abort()
  }

  abandon(): void {
    this.#giveUp(HttpFailure.closedError(this.#call.method, this.#phase))
  }

  async #run(): Promise<void> {
    if (this.#settle === undefined) return
    const { config } = this.#shared
    const { body, method } = this.#call
    // A fetch that throws synchronously has not opened a socket.
    this.#phase = "connect"
    try {
      // A local function, because some runtimes refuse a fetch that is called as a method.
      const fetch = this.#shared.fetch ?? globalThis.fetch
      const responding = fetch(`${config.origin}${config.path}/${method}`, {
        method: "POST",
        headers: this.#headers,
        body: bodyOf(body),
        redirect: "manual",
        signal: this.#abort.signal
      })
      this.#phase = "unknown"
      const response = await responding
      // A fetch that ignores its signal may answer after the exchange has ended.
      if (this.#settle === undefined) return void (await response.body?.cancel())
      const length = lengthOf(response)
      const limit = this.#shared.config.maxResponseSize
      // The runtime refuses a body longer than its announced length, so there is no need to count it.
      const text =
        length === undefined
          ? await this.#count(response)
          : length <= limit
            ? await response.text()
            : this.#refuse()
      if (text === undefined) return
      this.#close()?.(HttpReply.read(answerOf(method, response, text), this.#apiKey))
    } catch (error) {
      const about = { method, origin: config.origin, apiKey: this.#apiKey, phase: this.#phase }
      this.#close()?.(Effect.fail(HttpFailure.networkError(error, about)))
    }
  }

  /** Reads a body of unknown length. If it is too large, fails the exchange and returns `undefined`. */
  async #count(response: FetchResponse): Promise<string | undefined> {
    const { body } = response
    const limit = this.#shared.config.maxResponseSize
    if (body === null) return ""
    // A replaced fetch (node-fetch, a mock) may return a body that is not a web stream.
    if (typeof body.getReader !== "function") return this.#whole(response)
    const reader = body.getReader()
    const decoder = new TextDecoder()
    let text = ""
    let size = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return text + decoder.decode()
      size += value.byteLength
      if (size > limit) return this.#refuse()
      text += decoder.decode(value, { stream: true })
    }
  }

  async #whole(response: FetchResponse): Promise<string | undefined> {
    const text = await response.text()
    const size = new TextEncoder().encode(text).length
    return size > this.#shared.config.maxResponseSize ? this.#refuse() : text
  }

  #refuse(): undefined {
    const limit = this.#shared.config.maxResponseSize
    this.#giveUp(new ResponseTooLargeError({ method: this.#call.method, limit }))
  }

  #expire(): void {
    const { method, timeout } = this.#call
    this.#giveUp(new TimeoutError({ method, timeout, phase: this.#phase }))
  }

  #giveUp(error: TransportError): void {
    const settle = this.#close()
    if (settle === undefined) return
    this.#abort.abort()
    settle(Effect.fail(error))
  }

  /** Returns the function that resumes the caller, once: only the first outcome counts. */
  #close(): ((outcome: Outcome) => void) | undefined {
    const settle = this.#settle
    if (settle === undefined) return undefined
    this.#cancelDeadline?.()
    this.#shared.gate.leave(this)
    // The runtime may hold this object for a while. If it refers to the rest of the call, V8 promotes all of it.
    this.#settle = undefined
    this.#cancelDeadline = undefined
    return settle
  }
}
