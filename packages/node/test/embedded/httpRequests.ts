/** Random HTTP requests, mainly random outside the body. */
import * as fc from "effect/FastCheck"

export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

const paths = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("/api/presence_stats", "/api/batch") },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      ...["/api//presence_stats", "//api/presence_stats", "/api/presence_stats/", "/API/presence_stats"],
      ...[
        "/api/./presence_stats",
        "/api/../api/batch",
        "/api/%62atch",
        "/api/batch%2f",
        "/",
        "/api/",
        "/x//y"
      ],
      ...["/presence_stats", "/api/connections", "/api/batch/batch", "/api//", "/apibatch", "/api/Batch"]
    )
  }
)

const maybe = (values: ReadonlyArray<string>) => fc.option(fc.constantFrom(...values), { nil: undefined })

const present = (headers: { readonly [name: string]: string | undefined }): HttpRequest["headers"] =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  )

export const httpRequest = (key: string): fc.Arbitrary<HttpRequest> =>
  fc
    .record({
      method: fc.oneof(
        { weight: 6, arbitrary: fc.constant("POST") },
        { weight: 1, arbitrary: fc.constantFrom("PUT", "DELETE", "OPTIONS") }
      ),
      path: paths,
      query: maybe([`api_key=${key}`, "api_key=wrong", `x=1&api_key=${key}`, "", `API_KEY=${key}`]),
      apiKey: maybe([key, key, "wrong", ""]),
      authorization: maybe([
        `apikey ${key}`,
        `ApiKey   ${key}`,
        `apikey ${key} x`,
        "apikey",
        `Bearer ${key}`
      ]),
      mode: maybe(["transport", "Transport"]),
      type: maybe(["application/json", "text/plain"]),
      body: fc.constantFrom("{}", '{"channel":"zz:a"}', '{"channel":"nohist:a"}', '{"commands":[{}]}', "{")
    })
    .map(({ apiKey, authorization, body, method, mode, path, query, type }) => ({
      method,
      path,
      ...(query === undefined ? {} : { query }),
      headers: present({
        "x-api-key": apiKey,
        authorization,
        "x-centrifugo-error-mode": mode,
        "content-type": type
      }),
      body
    }))
