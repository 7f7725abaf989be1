// Replaces the file of this name; reviewed at c948094c12ff7745.
/**
 * Watches the output of tests for secrets: a value put into a `Redacted` must not be printed, logged, put into
 * a span or a metric, or shown by an error of this SDK.
 *
 * It hooks into Effect itself (a fiber's `log`, its failures, the current tracer), so test suites need no code
 * for it.
 */
import { type Cause, Context, Effect, Exit, type Fiber, Logger, Metric, Redacted, Tracer } from "effect"
import { inspect } from "node:util"

/** Shorter texts match by chance, and "api_key" appears in every manual. */
const isSecret = (text: string) => text.length >= 8 && text !== "api_key"

const secrets = new Set<string>()
const leaks: Array<string> = []
const spans: Array<Tracer.Span> = []
/** Metrics already reported: they keep the secret for the life of the process. */
const reported = new Set<string>()

const formsOf = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString("base64")
]

const show = (value: unknown): string =>
  typeof value === "string" ? value : inspect(value, { depth: 8, maxStringLength: Infinity })

/** Whether the emitted values contain a secret. */
const scan = (where: string, ...emitted: ReadonlyArray<unknown>): boolean => {
  if (secrets.size === 0) return false
  const text = emitted.map(show).join("\n")
  const isLeak = [...secrets].some((secret) => text.includes(secret))
  if (isLeak) leaks.push(`${where}: ${text.slice(0, 1000)}`)
  return isLeak
}

/** Scans spans and metrics, which are complete only when a test ends. Returns all leaks since the last call. */
export const takeLeaks = (): ReadonlyArray<string> => {
  for (const { attributes, name, status } of spans.splice(0)) scan("a span", name, attributes, status)
  for (const { attributes, id, state } of Metric.snapshotUnsafe(Context.empty())) {
    if (reported.has(id)) continue
    if (scan("a metric", id, attributes, state)) reported.add(id)
  }
  return leaks.splice(0)
}

/** Wraps a method so that `watch` runs first, with the same arguments. */
const before = <A extends ReadonlyArray<unknown>>(
  target: object,
  name: string,
  watch: (this: never, ...args: A) => void
): void => {
  const methods = target as { [name: string]: (...args: ReadonlyArray<unknown>) => unknown }
  const original = methods[name]!
  methods[name] = function (this: unknown, ...args) {
    Reflect.apply(watch, this, args)
    return original.apply(this, args as Array<unknown>)
  }
}

/** Effect keeps the values of all `Redacted`s in a WeakMap that it does not export. */
const watchSecrets = () => {
  before(WeakMap.prototype, "set", (key: unknown, value: unknown) => {
    if (typeof value !== "string" || !isSecret(value) || !Redacted.isRedacted(key)) return
    for (const form of formsOf(value)) secrets.add(form)
  })
}

const watchOutput = () => {
  for (const name of ["debug", "log", "info", "warn", "error"]) {
    before(console, name, (...args) => scan(`console.${name}`, ...args))
  }
  for (const name of ["stdout", "stderr"] as const) {
    before(process[name], "write", (chunk: unknown) => scan(name, chunk))
  }
}

const watchTracer = (tracer: Tracer.Tracer) => {
  const target = tracer as { span: (...args: Parameters<Tracer.Tracer["span"]>) => Tracer.Span }
  const original = target.span
  target.span = (...args) => {
    const span = original.apply(tracer, args)
    spans.push(span)
    before(span, "event", (...args) => scan("an event of a span", ...args))
    return span
  }
}

interface FiberMethods {
  getRef: (reference: unknown) => unknown
  setContext: (context: Context.Context<never>) => void
}

const isOwnError = (error: unknown): error is Error & { readonly _tag: string } =>
  error instanceof Error &&
  "_tag" in error &&
  typeof error._tag === "string" &&
  error._tag.startsWith("Centrifugo")

const scanning = Logger.make(({ cause, message }) => void scan("a log", message, cause))

/** A log asks its fiber for the loggers, and the default tracer stands in no fiber's context. */
const watchFibers = () => {
  const methods = Effect.runSync(
    Effect.withFiber<FiberMethods>((fiber) => Effect.succeed(Object.getPrototypeOf(fiber) as FiberMethods))
  )
  const { getRef, setContext } = methods
  methods.getRef = function (this: FiberMethods, reference) {
    const value = getRef.call(this, reference)
    return reference === Logger.CurrentLoggers
      ? new Set([...(value as ReadonlySet<Logger.Logger<unknown, unknown>>), scanning])
      : value
  }
  watchTracer(Context.get(Context.empty(), Tracer.Tracer))
  const tracers = new WeakSet<Tracer.Tracer>()
  methods.setContext = function (this: Fiber.Fiber<unknown, unknown>, context) {
    setContext.call(this, context)
    const { tracer } = this.cache
    if (tracer === undefined || tracers.has(tracer)) return
    tracers.add(tracer)
    watchTracer(tracer)
  } as FiberMethods["setContext"]
}

interface Failure {
  readonly cause: Cause.Cause<unknown>
}

/** A failed exit is the operation by which a fiber fails. */
const watchFailures = () => {
  const seen = new WeakSet<Error>()
  const failure = Object.getPrototypeOf(Exit.fail(undefined)) as object
  const watchFailure = function (this: Failure) {
    for (const reason of this.cause.reasons) {
      const error = reason._tag === "Fail" ? reason.error : undefined
      if (!isOwnError(error) || seen.has(error)) continue
      seen.add(error)
      scan("an error", error, String(error), error.stack ?? "", JSON.stringify(error), error.cause)
    }
  }
  before(failure, "~effect/Effect/evaluate", watchFailure)
}

/** Starts watching, for the life of the process. */
export const watch = (): void => {
  watchSecrets()
  watchOutput()
  watchFibers()
  watchFailures()
}
