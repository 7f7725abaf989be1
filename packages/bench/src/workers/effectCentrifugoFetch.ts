/** Our own client on `fetch`, as on any runtime. */
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { worksOf } from "./effectWorks.js"
import type { Make } from "./implementation.js"
import { versionOf } from "./version.js"

export const make: Make = ({ key, url }) => ({
  versions: {
    "effect-centrifugo": versionOf("@effect-centrifugo/core"),
    "@effect/platform": versionOf("@effect/platform")
  },
  works: worksOf(
    Centrifugo.layer({ url, apiKey: Redacted.make(key) }).pipe(Layer.provide(FetchHttpClient.layer))
  )
})
