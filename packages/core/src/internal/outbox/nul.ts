/** NUL characters, which PostgreSQL's jsonb refuses, and with one row the whole statement. */
import type { Path } from "./accept.js"

/** An escaped NUL, and not an escaped backslash before the letters "u0000". */
const escaped = /(?<!\\)(?:\\\\)*\\u0000/

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const find = (value: unknown): Path | undefined => {
  if (typeof value === "string") return value.includes("\0") ? [] : undefined
  if (typeof value !== "object" || value === null) return undefined
  const entries: Iterable<readonly [string | number, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value)
  for (const [key, item] of entries) {
    if (typeof key === "string" && key.includes("\0")) return [key]
    const inner = find(item)
    if (inner !== undefined) return [key, ...inner]
  }
  return undefined
}

/** Where a request's wire text has a NUL; the path is that of the request's own fields. */
export const findNul = (text: string): Path | undefined => {
  if (!text.includes("\\u0000") || !escaped.test(text)) return undefined
  const [field, ...inner] = find(JSON.parse(text)) ?? []
  return field === undefined ? [] : [typeof field === "string" ? camelCase(field) : field, ...inner]
}
