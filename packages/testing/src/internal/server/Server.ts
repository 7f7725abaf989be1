/**
 * Turns request bodies into responses and keeps the state. It knows neither HTTP nor Effect; the caller passes
 * the time.
 */
import { decode, flag, kept, list, optional, raw, struct, type Decoder } from "../json/decoders.js"
import { array, object } from "../json/write.js"
import * as Answer from "./Answer.js"
import { methods } from "./methods/table.js"
import { proRequests } from "./methods/pro.js"
import { State, type Environment } from "./State.js"

/** Inspects every call before it is carried out, including calls inside a batch, and may answer it instead. */
export interface Interceptor {
  /** The additional methods that it can answer. */
  readonly methods: () => Iterable<string>
  readonly intercept: (method: string, body: string, inBatch: boolean) => Answer.Answer | undefined
}

/** A response, or why there is none. */
export type Handled =
  | Answer.Answer
  /** A batch response has no envelope. */
  | { readonly _tag: "Batch"; readonly json: string }
  /** Unknown method: 404. */
  | { readonly _tag: "Unknown" }
  /** The body does not match the method's request: 400 with no body. */
  | { readonly _tag: "Undecodable" }

export class Server {
  #state: State
  constructor(
    readonly environment: Environment,
    readonly interceptor: Interceptor,
    now: number
  ) {
    this.#state = new State(environment, now)
  }

  get state(): State {
    return this.#state
  }

  /** Clears all state, as a restart clears the memory engine. */
  restart(now: number): void {
    this.#state = new State(this.environment, now)
  }

  handle(method: string, body: string): Handled {
    if (method === "batch") return this.#batch(body)
    const known = methods.get(method)
    if (known === undefined) return this.#further(method, body)
    const request = decode(known.request, body)
    if (request === undefined) return { _tag: "Undecodable" }
    return this.interceptor.intercept(method, body, false) ?? known.run(this.#state, request)
  }

  #further(method: string, body: string): Handled {
    if (![...this.interceptor.methods()].includes(method)) return { _tag: "Unknown" }
    if (decode(proRequests[method] ?? raw, body) === undefined) return { _tag: "Undecodable" }
    return this.interceptor.intercept(method, body, false) ?? Answer.notFound
  }

  #batch(body: string): Handled {
    const further = [...this.interceptor.methods()]
    const request = decode(batchOf(further), body)
    if (request === undefined) return { _tag: "Undecodable" }
    const intercepted = this.interceptor.intercept("batch", body, false)
    if (intercepted !== undefined) return intercepted
    let isEncodable = true
    const replies = request.commands.map((command) => {
      const [method, answer] =
        command === undefined ? ["", Answer.badRequest] : this.#member(command, further)
      if (answer._tag === "Unencodable") isEncodable = false
      return answer._tag === "Result"
        ? object({ [method]: answer.json })
        : object({ error: answer._tag === "Failure" ? Answer.writeFailure(answer.error) : undefined })
    })
    // By now every command has been carried out.
    if (!isEncodable) return { _tag: "Unencodable" }
    return { _tag: "Batch", json: object({ replies: replies.length === 0 ? undefined : array(replies) }) }
  }

  #member(command: Command, further: ReadonlyArray<string>): readonly [string, Answer.Answer] {
    for (const [method, { run }] of methods) {
      const request = command[method]
      if (request === undefined) continue
      const answer = this.interceptor.intercept(method, request.raw, true) ?? run(this.#state, request.value)
      return [method, answer]
    }
    for (const method of further) {
      const request = command[method]
      if (request === undefined) continue
      const answer = this.interceptor.intercept(method, request.raw, true)
      if (answer !== undefined) return [method, answer]
    }
    return ["", Answer.notFound]
  }
}

type Command = { readonly [method: string]: { readonly raw: string; readonly value: unknown } | undefined }

const requests: { readonly [method: string]: Decoder<unknown> } = {
  ...Object.fromEntries(Array.from(methods, ([name, { request }]) => [name, request])),
  ...proRequests
}

const commandOf = (fields: typeof requests): Decoder<Command> =>
  struct(Object.fromEntries(Object.entries(fields).map(([name, request]) => [name, optional(kept(request))])))

const batchWith = (command: Decoder<Command>) => struct({ commands: list(optional(command)), parallel: flag })

const plainBatch = batchWith(commandOf(requests))

const batchOf = (further: ReadonlyArray<string>) => {
  const unknown = further.filter((method) => !Object.hasOwn(requests, method))
  return unknown.length === 0
    ? plainBatch
    : batchWith(commandOf({ ...requests, ...Object.fromEntries(unknown.map((method) => [method, raw])) }))
}
