/** Two clusters with their URLs and keys from the environment, and one error for an environment that cannot work. */
import type { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { Config, Context, Data, Effect, Layer } from "effect"

export class Eu extends Context.Tag("Eu")<Eu, Centrifugo.Service>() {}
export class Us extends Context.Tag("Us")<Us, Centrifugo.Service>() {}

export class BadEnvironment extends Data.TaggedError("BadEnvironment")<{ readonly message: string }> {}

const cluster = (name: "EU" | "US") =>
  CentrifugoNode.makeConfig({
    name,
    url: Config.string(`${name}_API_URL`),
    apiKey: Config.redacted(`${name}_API_KEY`)
  }).pipe(
    Effect.catchTags({
      // Effect's error: a variable is missing.
      ConfigError: (error) => new BadEnvironment({ message: `cluster ${name}: ${String(error)}` }),
      // This library's error: the value of a variable cannot work. The message never contains the key.
      CentrifugoConfigError: ({ message }) => new BadEnvironment({ message: `cluster ${name}: ${message}` })
    })
  )

export const ClustersLive = Layer.merge(Layer.scoped(Eu, cluster("EU")), Layer.scoped(Us, cluster("US")))

export const announce = (text: string) =>
  Effect.gen(function* () {
    const clusters = [yield* Eu, yield* Us]
    yield* Effect.forEach(clusters, (centrifugo) => centrifugo.publish({ channel: "news", data: { text } }), {
      concurrency: "unbounded",
      discard: true
    })
  })
