import * as Redacted from "effect/Redacted"

/** Removes the key from a text, in plain form, URL-encoded and JSON-escaped. */
export const redact = (text: string, apiKey: Redacted.Redacted): string => {
  const key = Redacted.value(apiKey)
  const forms = new Set([key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)])
  return [...forms].reduce((rest, form) => rest.replaceAll(form, "<redacted>"), text)
}
