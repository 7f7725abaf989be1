/** Finds NUL characters. PostgreSQL's jsonb rejects them, and one such row fails the whole statement. */
import type { Path } from "./accept.js"

/** Matches an escaped NUL, but not an escaped backslash before the letters "u0000". */
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

/** The path of the first NUL in a request's wire text, within the request's own fields. */
export const findNul = (text: string): Path | undefined => {
  if (!text.includes("\\u0000") || !escaped.test(text)) return undefined
  const [field, ...inner] = find(JSON.parse(text)) ?? []
  return field === undefined ? [] : [typeof field === "string" ? camelCase(field) : field, ...inner]
}
