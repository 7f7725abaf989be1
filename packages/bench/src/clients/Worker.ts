/** Controls the process of a client. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { ClientId } from "../model.js"
import type { Job } from "../work.js"
import type { Answer, Hello } from "./protocol.js"

/** A client program. */
export interface Program {
  readonly id: ClientId
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** The address of the server to call. */
export interface Address {
  readonly url: string
  readonly key: string
}

export class WorkerError extends Data.TaggedError("WorkerError")<{
  readonly client: ClientId
  readonly problem: string
}> {
  override get message() {
    return `${this.client}: ${this.problem}`
  }
}

export interface Worker {
  readonly id: ClientId
  readonly hello: Hello
  /** Runs one job. Only one can run at a time. */
  readonly ask: (job: Job) => Effect.Effect<Answer, WorkerError>
}

const Hello = Schema.Struct({ versions: Schema.Record({ key: Schema.String, value: Schema.String }) })
const Answer = Schema.Struct({
  millis: Schema.Number,
  cpuMillis: Schema.Number,
  peakRssMiB: Schema.Number,
  succeeded: Schema.Number,
  failed: Schema.Number
})
const Refusal = Schema.Struct({ error: Schema.String })
const isRefusal = Schema.is(Refusal)

/** Far longer than any job takes. */
const timeLimit = "10 minutes"

/** How many characters of a client's stderr are kept for error messages. */
const stderrLimit = 2000

const launch = (program: Program, { key, url }: Address) => {
  const child = spawn(program.command, program.args, {
    env: { ...process.env, BENCH_API_URL: url, BENCH_API_KEY: key },
    stdio: ["pipe", "pipe", "pipe"]
  })
  let stderr = ""
  let failure: string | undefined
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-stderrLimit)
  })
  // Writing to a process that has just ended fails; its exit is reported below.
  child.stdin.on("error", () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      failure = error.message
      resolve()
    })
    child.once("close", (code, signal) => {
      failure ??= `its process ended (${code ?? signal})${stderr === "" ? "" : `: ${stderr.trim()}`}`
      resolve()
    })
  })
  const nextLine = async (): Promise<string> => {
    const { done, value } = await lines.next()
    if (done !== true) return value
    await ended
    throw new Error(failure)
  }
  return { child, ended, nextLine }
}

/** Starts a client and waits until it is ready. It stops when the scope closes. */
export const start = (
  program: Program,
  address: Address
): Effect.Effect<Worker, WorkerError, Scope.Scope> => {
  const fail = (problem: unknown) =>
    new WorkerError({
      client: program.id,
      problem: problem instanceof Error ? problem.message : String(problem)
    })
  return Effect.gen(function* () {
    const { child, nextLine } = yield* Effect.acquireRelease(
      Effect.sync(() => launch(program, address)),
      ({ child, ended }) =>
        Effect.promise(() => {
          child.kill("SIGKILL")
          return ended
        })
    )
    const read = <A>(schema: Schema.Schema<A>) =>
      Effect.tryPromise({ try: nextLine, catch: fail }).pipe(
        Effect.flatMap(Schema.decodeUnknown(Schema.parseJson(Schema.Union(Refusal, schema)))),
        Effect.mapError((error) => (error instanceof WorkerError ? error : fail(error))),
        Effect.flatMap((answer) => (isRefusal(answer) ? fail(answer.error) : Effect.succeed(answer)))
      )
    const hello = yield* read(Hello)
    const ask = (job: Job) =>
      Effect.zipRight(
        Effect.sync(() => child.stdin.write(JSON.stringify(job) + "\n")),
        read(Answer)
      ).pipe(
        Effect.timeoutFail({ duration: timeLimit, onTimeout: () => fail(`no answer within ${timeLimit}`) }),
        // Otherwise it would continue the job and slow down the others.
        Effect.tapError(() => Effect.sync(() => child.kill("SIGKILL")))
      )
    return { id: program.id, hello, ask }
  })
}
