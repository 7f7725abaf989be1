import { Effect } from "effect"
import type { Service } from "../src/CentrifugoServer.js"

/** Calls a method of the server API with fetch. */
export const call = (server: Service, method: string, payload: unknown) =>
  Effect.promise(async () => {
    const response = await fetch(`${server.apiUrl}/${method}`, {
      method: "POST",
      headers: { "X-API-Key": server.apiKey },
      body: JSON.stringify(payload)
    })
    return (await response.json()) as {
      readonly error?: { readonly code: number }
      readonly result?: unknown
    }
  })
