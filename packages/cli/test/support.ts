/** Runs the command inside this process, and captures its output and its exit. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { ConfigProvider, Console, Effect, Exit } from "effect"
import { run } from "../src/command.js"

export const environment = (url: string) => ({
  CENTRIFUGO_API_URL: url,
  CENTRIFUGO_API_KEY: "the-api-key",
  CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: "6f2e0c5d4b7a49018c3d2e1f0a9b8c7d"
})

export const command = (env: { readonly [name: string]: string }, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const [out, err]: [Array<string>, Array<string>] = [[], []]
    const real = yield* Console.consoleWith(Effect.succeed)
    const exit = yield* run(["node", "main.js", ...args]).pipe(
      Effect.withConsole({
        ...real,
        log: (text) => Effect.sync(() => void out.push(String(text))),
        error: (text) => Effect.sync(() => void err.push(String(text)))
      }),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env)))),
      Effect.provide(NodeContext.layer),
      Effect.exit
    )
    return { ok: Exit.isSuccess(exit), out: out.join("\n"), err: err.join("\n") }
  })

/** The result of a command that must succeed. */
export const result = (env: { readonly [name: string]: string }, ...args: ReadonlyArray<string>) =>
  Effect.map(command(env, ...args), ({ err, ok, out }): unknown => {
    if (!ok || err !== "") throw new Error(`${args.join(" ")}: ${err}`)
    return JSON.parse(out)
  })
