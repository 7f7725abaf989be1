/** The message attributes that carry publication options when the body is the data itself. */
import type { Path } from "./accept.js"

/** The server's default attribute names. */
export const names = {
  method: "centrifugo-method",
  channels: "centrifugo-channels",
  idempotencyKey: "centrifugo-idempotency-key",
  delta: "centrifugo-delta",
  version: "centrifugo-version",
  versionEpoch: "centrifugo-version-epoch",
  tagPrefix: "centrifugo-tag-"
} as const

export type Attributes = { readonly [name: string]: string }

export interface Options {
  readonly skipHistory?: boolean | undefined
  readonly tags?: { readonly [name: string]: string } | undefined
  readonly idempotencyKey?: string | undefined
  readonly delta?: boolean | undefined
  readonly version?: number | bigint | undefined
  readonly versionEpoch?: string | undefined
}

export class Refused {
  constructor(
    readonly path: Path,
    readonly detail: string
  ) {}
}

const elsewhere = "send it as a command (Outbox.message), which carries it inside JSON"

/** Returns why a broker would change a text. NATS, for example, trims header values and ends them at a line break. */
const unfit = (text: string): string | undefined => {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) return "has control characters"
  return text.trim() === text ? undefined : "begins or ends with a space"
}

const checkText = (text: string, path: Path): Refused | undefined => {
  const reason = unfit(text)
  return reason === undefined
    ? undefined
    : new Refused(path, `an attribute can't carry it: it ${reason}; ${elsewhere}`)
}

const checkTagName = (name: string): Refused | undefined =>
  /^[!-9;-~]+$/.test(name)
    ? undefined
    : new Refused(
        ["tags", name],
        `its name becomes part of an attribute's name, which allows only visible ASCII characters, and no colons; ${elsewhere}`
      )

const checkChannel = (channel: string, path: Path): Refused | undefined =>
  channel.includes(",")
    ? new Refused(path, `consumers split the list of channels at commas; ${elsewhere}`)
    : checkText(channel, path)

/** Returns the first problem, or `undefined`. No attribute is written before all checks pass. */
const check = (channels: ReadonlyArray<readonly [string, Path]>, options: Options): Refused | undefined => {
  if (options.skipHistory === true) {
    return new Refused(["skipHistory"], `there is no attribute for it; ${elsewhere}`)
  }
  for (const [channel, path] of channels) {
    const refused = checkChannel(channel, path)
    if (refused !== undefined) return refused
  }
  for (const [name, value] of Object.entries(options.tags ?? {})) {
    const refused = checkTagName(name) ?? checkText(value, ["tags", name])
    if (refused !== undefined) return refused
  }
  return (
    checkText(options.idempotencyKey ?? "", ["idempotencyKey"]) ??
    checkText(options.versionEpoch ?? "", ["versionEpoch"])
  )
}

export const attributesOf = (
  channels: ReadonlyArray<readonly [string, Path]>,
  options: Options
): Attributes | Refused => {
  const refused = check(channels, options)
  if (refused !== undefined) return refused
  const { delta, idempotencyKey, tags = {}, version, versionEpoch = "" } = options
  const tagged = Object.entries(tags).map(([name, value]) => [`${names.tagPrefix}${name}`, value] as const)
  return {
    [names.channels]: channels.map(([channel]) => channel).join(","),
    ...(idempotencyKey === undefined ? {} : { [names.idempotencyKey]: idempotencyKey }),
    ...(delta === undefined ? {} : { [names.delta]: String(delta) }),
    ...(version === undefined ? {} : { [names.version]: String(version) }),
    ...(versionEpoch === "" ? {} : { [names.versionEpoch]: versionEpoch }),
    ...Object.fromEntries(tagged)
  }
}
