import * as Redacted from "effect/Redacted"

/** Takes the key out of a text. It may stand there as it was sent, inside a URL or inside JSON text. */
export const redact = (text: string, apiKey: Redacted.Redacted): string => {
  const key = Redacted.value(apiKey)
  const forms = new Set([key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)])
  return [...forms].reduce((rest, form) => rest.replaceAll(form, "<redacted>"), text)
}
