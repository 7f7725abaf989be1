/** Writes JSON as Go's `encoding/json` does, byte for byte (`protocol.md` 2.2). */

const hex = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** What HTML or old JavaScript would trip over. */
const escapeForHtml = (text: string): string => text.replace(/[<>&\u2028\u2029]/g, hex)

export const string = (value: string): string => escapeForHtml(JSON.stringify(value))

const stringOrSpace = /"[^"\\]*(?:\\[^][^"\\]*)*"|[ \t\r\n]+/g

/** A value that is already JSON text, without the white space between its parts. */
export const compact = (text: string): string =>
  escapeForHtml(
    /[ \t\r\n]/.test(text) ? text.replace(stringOrSpace, (part) => (part.startsWith('"') ? part : "")) : text
  )

/** The fields that hold text, in their order; the others are left out. */
export const object = (fields: { readonly [name: string]: string | undefined }): string => {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`"${name}":${value}`]
  )
  return `{${parts.join(",")}}`
}

export const array = (items: ReadonlyArray<string>): string => `[${items.join(",")}]`

/** A map from any text, by its sorted keys. */
export const dictionary = (entries: Iterable<readonly [string, string]>): string => {
  const sorted = [...entries].sort(([a], [b]) => compareText(a, b))
  return `{${sorted.map(([key, value]) => `${string(key)}:${value}`).join(",")}}`
}

/** Left out when zero, as nearly all fields are. */
export const unlessZero = (value: number | bigint): string | undefined =>
  value === 0 || value === 0n ? undefined : String(value)

export const unlessEmpty = (value: string): string | undefined => (value === "" ? undefined : string(value))

export const unlessFalse = (value: boolean): string | undefined => (value ? "true" : undefined)

export const unlessNone = (value: ReadonlyMap<string, string>): string | undefined =>
  value.size === 0 ? undefined : dictionary([...value].map(([key, text]) => [key, string(text)] as const))

/** The order of Go's strings, which are UTF-8: by code points, where JavaScript goes by code units. */
export const compareText = (a: string, b: string): number => {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x === y) continue
    const [high, other] = [x >= 0xd800 && x <= 0xdfff, y >= 0xd800 && y <= 0xdfff]
    // A surrogate stands for a code point above every code unit that is none.
    return high === other ? x - y : high ? 1 : -1
  }
  return a.length - b.length
}
