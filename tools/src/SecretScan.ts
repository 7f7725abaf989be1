/**
 * Watches the output of tests for secrets: a value put into a `Redacted` must not be printed, logged, put into
 * a span or a metric, or shown by an error of this SDK.
 *
 * It hooks into Effect itself (a fiber's `log`, its failures, the current tracer), so test suites need no code
 * for it.
 */
import { Effect, type Fiber, GlobalValue, Metric, type Redacted, type Tracer } from "effect"
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
  for (const { metricKey, metricState } of Metric.unsafeSnapshot()) {
    if (reported.has(metricKey.name)) continue
    if (scan("a metric", metricKey, metricState)) reported.add(metricKey.name)
  }
  return leaks.splice(0)
}

/** Wraps a method so that `watch` runs first, with the same arguments. */
const before = <A extends ReadonlyArray<unknown>>(
  target: object,
  name: string,
  watch: (...args: A) => void
): void => {
  const methods = target as { [name: string]: (...args: ReadonlyArray<unknown>) => unknown }
  const original = methods[name]!
  methods[name] = function (this: unknown, ...args) {
    watch(...(args as unknown as A))
    return original.apply(this, args as Array<unknown>)
  }
}

const watchSecrets = () => {
  const registry = GlobalValue.globalValue(
    "effect/Redacted/redactedRegistry",
    () => new WeakMap<Redacted.Redacted<unknown>, unknown>()
  )
  before(registry, "set", (_: unknown, value: unknown) => {
    if (typeof value !== "string" || !isSecret(value)) return
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

/** The internal operation by which a fiber fails. */
interface Failure {
  readonly effect_instruction_i0: unknown
}

interface FiberMethods {
  refreshRefCache: () => unknown
}

const isOwnError = (error: unknown): error is Error & { readonly _tag: string } =>
  error instanceof Error &&
  "_tag" in error &&
  typeof error._tag === "string" &&
  error._tag.startsWith("Centrifugo")

const watchFibers = () => {
  const methods = Effect.runSync(
    Effect.withFiberRuntime<FiberMethods>((fiber) =>
      Effect.succeed(Object.getPrototypeOf(fiber) as FiberMethods)
    )
  )
  before(methods, "log", (message: unknown, cause: unknown) => scan("a log", message, cause))
  const seen = new WeakSet<Error>()
  before(methods, "Failure", ({ effect_instruction_i0: cause }: Failure) => {
    const error = typeof cause === "object" && cause !== null && "error" in cause ? cause.error : undefined
    if (!isOwnError(error) || seen.has(error)) return
    seen.add(error)
    scan("an error", error, String(error), error.stack ?? "", JSON.stringify(error), error.cause)
  })
  const tracers = new WeakSet<Tracer.Tracer>()
  const refresh = methods.refreshRefCache
  methods.refreshRefCache = function (this: Fiber.RuntimeFiber<unknown, unknown>) {
    refresh.call(this)
    const { currentTracer } = this
    if (tracers.has(currentTracer)) return
    tracers.add(currentTracer)
    watchTracer(currentTracer)
  }
}

/** Starts watching, for the life of the process. */
export const watch = (): void => {
  watchSecrets()
  watchOutput()
  watchFibers()
}
