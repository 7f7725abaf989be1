/** Writes JSON byte for byte as Go's `encoding/json` does (`protocol.md` 2.2). */

const hex = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** Go escapes characters that are unsafe in HTML or in old JavaScript. */
const escapeForHtml = (text: string): string => text.replace(/[<>&\u2028\u2029]/g, hex)

export const string = (value: string): string => escapeForHtml(JSON.stringify(value))

const stringOrSpace = /"[^"\\]*(?:\\[^][^"\\]*)*"|[ \t\r\n]+/g

/** Removes the white space between the tokens of JSON text. */
export const compact = (text: string): string =>
  escapeForHtml(
    /[ \t\r\n]/.test(text) ? text.replace(stringOrSpace, (part) => (part.startsWith('"') ? part : "")) : text
  )

/** Writes the fields that are defined, in order. */
export const object = (fields: { readonly [name: string]: string | undefined }): string => {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`"${name}":${value}`]
  )
  return `{${parts.join(",")}}`
}

export const array = (items: ReadonlyArray<string>): string => `[${items.join(",")}]`

/** Writes a map, sorted by key. */
export const dictionary = (entries: Iterable<readonly [string, string]>): string => {
  const sorted = [...entries].sort(([a], [b]) => compareText(a, b))
  return `{${sorted.map(([key, value]) => `${string(key)}:${value}`).join(",")}}`
}

/** Omits a zero value, as most fields do. */
export const unlessZero = (value: number | bigint): string | undefined =>
  value === 0 || value === 0n ? undefined : String(value)

export const unlessEmpty = (value: string): string | undefined => (value === "" ? undefined : string(value))

export const unlessFalse = (value: boolean): string | undefined => (value ? "true" : undefined)

export const unlessNone = (value: ReadonlyMap<string, string>): string | undefined =>
  value.size === 0 ? undefined : dictionary([...value].map(([key, text]) => [key, string(text)] as const))

/** Compares as Go does: by UTF-8 bytes, so by code point. JavaScript compares by UTF-16 code unit. */
export const compareText = (a: string, b: string): number => {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x === y) continue
    const [high, other] = [x >= 0xd800 && x <= 0xdfff, y >= 0xd800 && y <= 0xdfff]
    // A surrogate belongs to a code point above every other code unit.
    return high === other ? x - y : high ? 1 : -1
  }
  return a.length - b.length
}
