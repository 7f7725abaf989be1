/** The texts of which the messages of errors consist. */

/** The method, with the endpoint if it has a name. */
export const called = ({
  endpoint,
  method
}: {
  readonly method: string
  readonly endpoint?: string | undefined
}): string => (endpoint === undefined ? method : `${method} (${endpoint})`)

interface Effort {
  readonly attempts: number
  readonly elapsed: number
}

/** The duration and the number of attempts of a call, as text. */
export const effort = ({ attempts, elapsed }: Effort): string =>
  `${Math.round(elapsed)} ms and ${attempts === 1 ? "1 attempt" : `${attempts} attempts`}`

/** The same as a sentence, if there was more than one attempt. */
export const afterAll = (error: Effort): string =>
  error.attempts > 1 ? `The client gave up after ${effort(error)}.` : ""

/** Joins the parts that are there. */
export const sentence = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" ")

/** What was sent, by phase. */
export const phaseText: { readonly connect: string; readonly queued: string; readonly unknown: string } = {
  connect: "Nothing was sent.",
  queued: "Nothing was sent: the call was still waiting for a free connection.",
  unknown:
    "The request was sent but no complete response came, so the server may or may not have carried it out."
}

/** Advice by HTTP status. */
export const statusHints: Record<number, string> = {
  400: "The server could not read the request body.",
  404: "There is no such method at this address: check that the URL ends with the API prefix (/api by default), that its port is the API's (http_server.internal_port of the server, if that is set), and that the server has this method (PRO methods need Centrifugo PRO).",
  405: "Something between here and the server changed the HTTP method, or the URL is not the server API's.",
  413: "A proxy in front of the server refuses bodies of this size: send smaller batches or raise its limit.",
  429: "Something in front of the server limits the rate of calls.",
  500: "The server failed to answer; for history, a stored publication that is not JSON causes this (read such channels over another API).",
  502: "The gateway in front of Centrifugo could not reach it.",
  503: "The server, or the gateway in front of it, is unavailable.",
  504: "The gateway in front of Centrifugo got no answer in time."
}

/** A path in a request or response, as it would be written in JavaScript. */
export const at = (path: ReadonlyArray<string | number> | undefined): string => {
  if (path === undefined || path.length === 0) return ""
  const text = path.map((key) =>
    typeof key === "number"
      ? `[${key}]`
      : /^[A-Za-z_$][\w$]*$/.test(key)
        ? `.${key}`
        : `[${JSON.stringify(key)}]`
  )
  // A value with a cycle has a path of arbitrary length.
  if (text.length > 20) text.splice(10, text.length - 15, "[...]")
  return ` at ${text.join("").replace(/^\./, "")}`
}

/** The fields of the errors of the server that messages mention. */
interface ServerError extends Effort {
  readonly method: string
  readonly endpoint?: string
  readonly code: number
  readonly serverMessage: string
  readonly channel?: string
  readonly hint?: string
}

/** The message of an error of the server. */
export const serverText = (error: ServerError, advice: string): string =>
  sentence(
    `${called(error)}: ${error.code}${error.serverMessage === "" ? "" : ` ${error.serverMessage}`}${error.channel === undefined ? "" : ` (channel ${JSON.stringify(error.channel)})`}.`,
    afterAll(error),
    advice,
    error.hint
  )
