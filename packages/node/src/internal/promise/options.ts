/** Validates the options of a single call before it starts. */
import { EncodeError } from "@effect-centrifugo/core/CentrifugoError"

/** The options of every call. */
const ofCall = ["timeout", "deadline", "retry", "headers", "signal"] as const

/** The additional options of `sendAll`. */
export const ofSendAll = ["maxSize", "maxBytes", "concurrency"] as const

/** Checks the interface, not the class: the signal can come from another realm or a library. */
const isSignal = (u: unknown): u is AbortSignal =>
  typeof u === "object" &&
  u !== null &&
  "aborted" in u &&
  typeof u.aborted === "boolean" &&
  "addEventListener" in u &&
  typeof u.addEventListener === "function"

const isController = (u: unknown): boolean =>
  typeof u === "object" && u !== null && "signal" in u && isSignal(u.signal)

/** Returns an error for an unknown option or an invalid signal. The client validates the other values. */
export const problemOf = (
  method: string,
  options: unknown,
  more: ReadonlyArray<string> = []
): EncodeError | undefined => {
  const refuse = (path: ReadonlyArray<string>, detail: string) => new EncodeError({ method, path, detail })
  if (options === undefined || options === null) return undefined
  if (typeof options !== "object") {
    return refuse(["options"], "expected an object with the options of the call")
  }
  const names: ReadonlyArray<string> = [...ofCall, ...more]
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) return refuse([unknown], `unknown option; known options: ${names.join(", ")}`)
  const signal = "signal" in options ? options.signal : undefined
  if (signal === undefined || isSignal(signal)) return undefined
  const hint = isController(signal) ? "; this is an AbortController, pass its signal" : ""
  return refuse(["signal"], `expected an AbortSignal${hint}`)
}
