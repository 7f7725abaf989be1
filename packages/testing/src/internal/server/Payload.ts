/** What is published or attached to something: bytes to the server, nearly always JSON text. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { isJson } from "../json/Reader.js"
import { compact } from "../json/write.js"

export interface Payload {
  /** As it was written; bytes that are no UTF-8 are replaced in it. */
  readonly text: string
  /** Only where it came as bytes. */
  readonly bytes?: Uint8Array
}

/** An answer holds a payload that is not JSON: the server answers a bare 500. */
export class Unencodable extends Error {
  override readonly name = "Unencodable"
}

export const empty: Payload = { text: "" }

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** From a field and its base64 twin, which wins unless it is empty; `undefined` for bad base64. */
export const fromFields = (raw: string, base64: string): Payload | undefined => {
  if (base64 === "") return { text: raw }
  const bytes = Either.getOrUndefined(Encoding.decodeBase64(base64))
  return bytes === undefined ? undefined : { text: utf8.decode(bytes), bytes }
}

export const isEmpty = (payload: Payload): boolean => payload.text === ""

/** For an answer, where an empty one is left out. */
export const write = (payload: Payload): string | undefined => {
  if (isEmpty(payload)) return undefined
  // What did not come as bytes was read from JSON.
  if (payload.bytes !== undefined && !isJson(payload.text)) throw new Unencodable()
  return compact(payload.text)
}

/** As clients receive it: the JSON value, or the bytes of what is not JSON. */
export const toValue = (payload: Payload): unknown => {
  if (isEmpty(payload)) return undefined
  return payload.bytes === undefined || isJson(payload.text)
    ? (JSON.parse(payload.text) as unknown)
    : payload.bytes
}

/** Not `instanceof`: in jsdom a Buffer is of another realm. */
const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]"

/** From a value, as a client would send it. */
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
