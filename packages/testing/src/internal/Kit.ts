/** The server together with the faults, custom answers and records of a test. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Reply } from "@effect-centrifugo/core/CentrifugoTransport"
import { UsageError } from "./errors.js"
import { type Fault, failureOf, Faults } from "./faults.js"
import {
  type HttpOutcome,
  type HttpRequest,
  type HttpResponse,
  isTransportMode,
  plain,
  route,
  type Settings,
  toResponse
} from "./http.js"
import { Log, parse, type Recorded, recordedHeaders } from "./records.js"
import * as Answer from "./server/Answer.js"
import { type Lookup } from "./server/Channels.js"
import { disconnects } from "./server/Hub.js"
import { type Message } from "./server/Message.js"
import { proRequests } from "./server/methods/pro.js"
import { methods } from "./server/methods/table.js"
import { type Handled, Server } from "./server/Server.js"
import { type State } from "./server/State.js"
import { Timekeeper } from "./Timekeeper.js"

/** Answers a method instead of the server. */
export type Handler = (request: unknown) => Reply

export interface Options extends Settings {
  readonly lookup: Lookup
  /** The number of calls, and of publications, to keep. */
  readonly keep: number
  /** The size limit of the calls, and of the publications, in characters. */
  readonly keepSize: number
  readonly answers: { readonly [method: string]: Handler }
}

/** How to answer a request: after `delay` milliseconds, with an outcome; `undefined` for no response ever. */
export interface Plan {
  readonly outcome: HttpOutcome | undefined
  readonly delay: number
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/** Eight letters, as in the server, but deterministic. */
const epochOf = (count: number): string => {
  let text = ""
  for (let rest = count; text.length < 8; rest = Math.floor(rest / letters.length)) {
    text = letters.charAt(rest % letters.length) + text
  }
  return text
}

export class Kit {
  readonly server: Server
  readonly faults = new Faults()
  readonly time = new Timekeeper(
    () => this.server.state.next(),
    (now) => this.server.state.advance(now)
  )
  readonly answers: Map<string, Handler>
  readonly calls: Log<Recorded>
  readonly messages: Log<Message>
  #epochs = 0
  #clients = 0
  constructor(
    readonly options: Options,
    now: number
  ) {
    this.answers = new Map(Object.entries(options.answers))
    const limits = { count: options.keep, size: options.keepSize }
    this.calls = new Log(limits, ({ body, method }) => ({ key: method, size: body.length }))
    this.messages = new Log(limits, ({ channel, payload }) => ({ key: channel, size: payload.text.length }))
    this.server = new Server(
      {
        lookup: options.lookup,
        nextEpoch: () => epochOf(++this.#epochs),
        onMessage: (message) => this.messages.push(message)
      },
      {
        methods: () => this.answers.keys(),
        intercept: (method, body, inBatch) => this.#intercept(method, body, inBatch)
      },
      now
    )
  }

  nextClient(): string {
    return `00000000-0000-4000-8000-${(++this.#clients).toString(16).padStart(12, "0")}`
  }

  /** Reads the state at the given time. */
  look<A>(now: number, see: (state: State) => A): A {
    this.server.state.advance(now)
    return see(this.server.state)
  }

  /** Changes the state at the given time. The change may add an earlier expiry. */
  at<A>(now: number, run: (state: State) => A): A {
    try {
      return this.look(now, run)
    } finally {
      this.time.check()
    }
  }

  restart(now: number): void {
    this.at(now, ({ hub }) => {
      for (const connection of hub.all()) hub.disconnect(connection, disconnects.shutdown)
    })
    this.server.restart(now)
  }

  /** The method of a request, or a response if there is no such method. Does not need the body. */
  route(request: HttpRequest): string | HttpResponse {
    return route(request, (name) => this.#isMethod(name), this.options)
  }

  /** Carries out a routed call. */
  accept(method: string, { headers }: HttpRequest, body: string, now: number): Plan {
    this.#record(method, body, now, recordedHeaders(headers), false)
    const fault = this.faults.take(method)
    const response = (answer: Handled) => toResponse(answer, isTransportMode(headers, this.options))
    const carryOut = () => response(this.at(now, () => this.server.handle(method, body)))
    if (fault === undefined) return { outcome: { _tag: "Response", response: carryOut() }, delay: 0 }
    const delay = fault.delay === undefined ? 0 : Duration.toMillis(fault.delay)
    return { outcome: outcomeOf(fault, carryOut, response), delay }
  }

  /** Whether this is a known wire method name, even if this server does not have the method. */
  isKnown(name: string): boolean {
    return this.#isMethod(name) || Object.hasOwn(proRequests, name)
  }

  #isMethod(name: string): boolean {
    return name === "batch" || methods.has(name) || this.answers.has(name) || this.faults.has(name)
  }

  #intercept(method: string, body: string, inBatch: boolean): Answer.Answer | undefined {
    if (inBatch) {
      this.#record(method, body, this.server.state.now, {}, true)
      const fault = this.faults.takeCode(method)
      if (fault !== undefined) return failureOf(fault)
    }
    const handler = this.answers.get(method)
    return handler && answerOf(method, handler(parse(body)))
  }

  #record(method: string, body: string, time: number, headers: Recorded["headers"], inBatch: boolean): void {
    this.calls.push({ method, body, headers, time, inBatch })
  }
}

/** Checks the reply of a custom handler: untyped JavaScript can return anything. */
const answerOf = (method: string, reply: Reply): Answer.Answer => {
  const tag: unknown = (reply as Partial<Reply> | undefined)?._tag
  if (tag !== "Result" && tag !== "Failure") {
    const detail = `the answer to ${method} is neither CentrifugoTransport.result(...) nor CentrifugoTransport.failure(...)`
    throw new UsageError({ operation: "answer", detail })
  }
  return reply._tag === "Failure"
    ? Answer.failure(reply.error)
    : Answer.result(JSON.stringify(reply.result ?? {}))
}

const outcomeOf = (
  fault: Fault,
  carryOut: () => HttpResponse,
  respond: (answer: Handled) => HttpResponse
): HttpOutcome | undefined => {
  if ("cutoff" in fault) {
    const response = carryOut()
    const bytes = fault.cutoff === true ? Math.floor(response.body.length / 2) : fault.cutoff
    return { _tag: "Broken", response, bytes }
  }
  if (fault.carriedOut === true) carryOut()
  if ("stall" in fault) return undefined
  if ("reset" in fault) return { _tag: "Broken", bytes: 0 }
  if ("status" in fault) {
    const { body = "", headers = {}, status } = fault
    return { _tag: "Response", response: { status, headers, body } }
  }
  return {
    _tag: "Response",
    response: "code" in fault ? respond(failureOf(fault)) : carryOut()
  }
}

/** Carries out a plan with the fiber's clock. */
const outcome = ({ delay, outcome }: Plan): Effect.Effect<HttpOutcome> => {
  if (outcome === undefined) return Effect.never
  const done = Effect.succeed(outcome)
  return delay > 0 ? Effect.delay(done, delay) : done
}

const response = (response: HttpResponse): HttpOutcome => ({ _tag: "Response", response })

const defective = plain(500, "Internal Server Error: the cause is in the log of the embedded server\n")

/** Answers a request and never fails: an exception gives status 500 and is logged with its cause. */
export const respond = (kit: Kit, request: HttpRequest): Effect.Effect<HttpOutcome> =>
  Effect.suspend(() => {
    const method = kit.route(request)
    if (typeof method !== "string") return Effect.succeed(response(method))
    const { body } = request
    return Effect.matchEffect(typeof body === "string" ? Effect.succeed(body) : body, {
      onFailure: (refusal) => Effect.succeed(response(refusal)),
      onSuccess: (text) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => outcome(kit.accept(method, request, text, now)))
    })
  }).pipe(
    Effect.catchAllDefect((defect) =>
      Effect.as(
        Effect.logError(
          `The embedded server failed to answer ${request.method} ${request.path}`,
          Cause.die(defect)
        ),
        response(defective)
      )
    )
  )
