/** Published or attached data. The server treats it as bytes; nearly always it is JSON text. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { isJson } from "../json/Reader.js"
import { compact } from "../json/write.js"

export interface Payload {
  /** The original text; invalid UTF-8 is replaced. */
  readonly text: string
  /** The raw bytes, if the payload was sent as base64. */
  readonly bytes?: Uint8Array
}

/** A result contains a payload that is not JSON: the server answers 500 with no body. */
export class Unencodable extends Error {
  override readonly name = "Unencodable"
}

export const empty: Payload = { text: "" }

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** Reads a field and its base64 variant, which wins unless it is empty; `undefined` for invalid base64. */
export const fromFields = (raw: string, base64: string): Payload | undefined => {
  if (base64 === "") return { text: raw }
  const bytes = Either.getOrUndefined(Encoding.decodeBase64(base64))
  return bytes === undefined ? undefined : { text: utf8.decode(bytes), bytes }
}

export const isEmpty = (payload: Payload): boolean => payload.text === ""

/** Writes a payload into a result; an empty payload is left out. */
export const write = (payload: Payload): string | undefined => {
  if (isEmpty(payload)) return undefined
  // Only raw bytes can be invalid: everything else was parsed from JSON.
  if (payload.bytes !== undefined && !isJson(payload.text)) throw new Unencodable()
  return compact(payload.text)
}

/** The payload as clients receive it: the JSON value, or the bytes if it is not JSON. */
export const toValue = (payload: Payload): unknown => {
  if (isEmpty(payload)) return undefined
  return payload.bytes === undefined || isJson(payload.text)
    ? (JSON.parse(payload.text) as unknown)
    : payload.bytes
}

/** Does not use `instanceof`: in jsdom a Buffer belongs to another realm. */
const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]"

/** Makes a payload from a value, as a client would send it. */
export const fromValue = (value: unknown): Payload =>
  value === undefined
    ? empty
    : isBytes(value)
      ? { text: utf8.decode(value), bytes: value }
      : { text: JSON.stringify(value) }

/** A namespace's `publication_data_format`. */
export type Format = "" | "json" | "json_object" | "binary"

export const isAccepted = (payload: Payload, format: Format): boolean => {
  switch (format) {
    case "":
      return !isEmpty(payload)
    case "json":
      return isJson(payload.text)
    case "json_object":
      return isJson(payload.text) && payload.text.trimStart().startsWith("{")
    case "binary":
      return true
  }
}
