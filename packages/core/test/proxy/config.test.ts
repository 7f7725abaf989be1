import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import { TypedChannel } from "@effect-centrifugo/core"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"

const Chat = TypedChannel.make("chat:{room}", { data: Schema.String })
const News = TypedChannel.make("news", { data: Schema.String })
const Cells = TypedChannel.make("cells:{sheet}", { data: Schema.Number })
const endpoint = "http://backend:3000/centrifugo/"

const parse = (handlers: ProxyApp.Handlers, options: Partial<ProxyApp.ConfigOptions> = {}): unknown =>
  JSON.parse(ProxyApp.config(handlers, { endpoint, ...options }).json())

const every = {
  connect: () => Effect.succeed({ user: "1" }),
  refresh: () => ProxyApp.expired,
  subscribe: () => Effect.void,
  publish: () => Effect.void,
  subRefresh: () => ProxyApp.expired,
  rpc: () => Effect.void,
  mapPublish: () => Effect.void,
  mapRemove: () => Effect.void,
  sharedPollRefresh: () => Effect.succeed({ items: [] })
} satisfies ProxyApp.Handlers

const namespaces = [
  { name: "chat", history_size: 10, history_ttl: "60s" },
  { name: "cells", subscription_type: "map", map: { mode: "recoverable", key_ttl: "300s" } },
  { name: "prices", subscription_type: "shared_poll", shared_poll: { mode: "versioned" } }
]

describe("the server's configuration", () => {
  it("has exactly the proxies of the handlers, in their namespaces", () => {
    const config = parse(
      {
        connect: every.connect,
        publish: [Chat.onPublish(() => Effect.void), News.onPublish(() => Effect.void)],
        rpc: ProxyApp.rpcGroup(ProxyApp.rpc("add"), ProxyApp.rpc("room:a"), ProxyApp.rpc("room:b")).handlers({
          add: () => Effect.void,
          "room:a": () => Effect.void,
          "room:b": () => Effect.void
        })
      },
      { headers: ["Cookie"], includeMeta: false, timeout: "2 seconds", secret: Redacted.make("s3cret") }
    )
    const proxy = (name: string) => ({
      endpoint: `http://backend:3000/centrifugo/${name}`,
      timeout: "2000ms",
      http_headers: ["Cookie"],
      http: { static_headers: { "x-api-key": "s3cret" } }
    })
    assert.deepStrictEqual(config, {
      client: { proxy: { connect: { enabled: true, ...proxy("connect") } } },
      channel: {
        proxy: { publish: proxy("publish") },
        without_namespace: { publish_proxy_enabled: true },
        namespaces: [{ name: "chat", publish_proxy_enabled: true }]
      },
      rpc: {
        proxy: proxy("rpc"),
        without_namespace: { proxy_enabled: true },
        namespaces: [{ name: "room", proxy_enabled: true }]
      }
    })
  })

  it("enables each proxy in the namespaces whose type supports it", () => {
    const { channel } = parse(every, { namespaces }) as { channel: { namespaces: unknown } }
    const stream = {
      subscribe_proxy_enabled: true,
      publish_proxy_enabled: true,
      sub_refresh_proxy_enabled: true
    }
    assert.deepStrictEqual(channel.namespaces, [
      { ...namespaces[0], ...stream },
      {
        ...namespaces[1],
        map: { mode: "recoverable", key_ttl: "300s", publish_proxy_enabled: true, remove_proxy_enabled: true }
      },
      {
        ...namespaces[2],
        subscribe_proxy_enabled: true,
        sub_refresh_proxy_enabled: true,
        shared_poll: { mode: "versioned", proxy_name: "default" }
      }
    ])
    assert.isUndefined((namespaces[1] as { map: object }).map["publish_proxy_enabled" as never])
  })

  it("refuses values that the server would misread, or never call", () => {
    const refuses = (handlers: ProxyApp.Handlers, options: Partial<ProxyApp.ConfigOptions>, words: RegExp) =>
      assert.throws(() => parse(handlers, options), words)
    const { connect } = every
    refuses({ connect }, { endpoint: "backend:3000" }, /endpoint/)
    refuses({ connect }, { endpoint: "http://a/b?c" }, /endpoint/)
    refuses({ connect }, { headers: ["X-API-Key"] }, /carries the secret/)
    refuses({ connect }, { emulatedHeaders: ["x-api-key"] }, /carries the secret/)
    refuses({ mapPublish: every.mapPublish }, {}, /mapPublish: .* subscription_type/)
    const onMap = { mapPublish: [Cells.onMapPublish(() => Effect.void)] }
    refuses(onMap, {}, /subscription_type/)
    refuses({ subscribe: [Cells.onSubscribe(() => Effect.void)] }, { namespaces }, /subscription_type/)
    const anywhere = TypedChannel.make("{place}:{room}", { data: Schema.String })
    refuses({ publish: [anywhere.onPublish(() => Effect.void)] }, {}, /no fixed namespace/)
    assert.doesNotThrow(() => parse(onMap, { namespaces }))
  })

  it("shows the secret only in its texts", () => {
    const config = ProxyApp.config(every, { endpoint, namespaces, secret: Redacted.make("5ec7e7") })
    assert.notInclude(
      inspect(config, { depth: 9, showHidden: true }) + JSON.stringify(config) + String(config),
      "5ec7e7"
    )
    for (const text of [config.json(), config.yaml(), JSON.stringify(config.env())])
      assert.include(text, "5ec7e7")
  })

  it.effect.skipIf(!Centrifugo.isAvailable())("is accepted by the real server in each form", () =>
    Effect.gen(function* () {
      const { path } = yield* Effect.orDie(Centrifugo.locate())
      const config = ProxyApp.config(every, {
        endpoint,
        namespaces,
        binary: true,
        rpcNamespaces: ["room"],
        emulatedHeaders: ["X-Token"],
        secret: Redacted.make(`a#"'b`)
      })
      const secret = { CENTRIFUGO_SHARED_POLL_HMAC_SECRET_KEY: "0".repeat(32) }
      const printed = (file: string, text: string, env: Record<string, string>) =>
        Effect.async<{ readonly failed: boolean; readonly output: string }>((resume) => {
          const folder = mkdtempSync(join(tmpdir(), "proxy-config-"))
          writeFileSync(join(folder, file), text)
          const args = ["checkconfig", "--strict", "-c", join(folder, file)]
          execFile(path, args, { cwd: folder, env: { ...secret, ...env } }, (error, stdout, stderr) => {
            rmSync(folder, { recursive: true, force: true })
            resume(Effect.succeed({ failed: error !== null, output: stdout + stderr }))
          })
        })
      const forms = yield* Effect.all([
        printed("config.json", config.json(), {}),
        printed("config.yaml", config.yaml(), {}),
        printed("config.json", "{}", config.env()),
        printed("config.yaml", config.yaml().replace("subscribe_proxy_enabled", "subscribe_proxy_enable"), {})
      ])
      const [json, yaml, env, misspelt] = forms.map(({ failed, output }) => (failed ? output : "good"))
      assert.deepStrictEqual([json, yaml, env], ["good", "good", "good"])
      assert.include(misspelt, "subscribe_proxy_enable")
    })
  )
})
