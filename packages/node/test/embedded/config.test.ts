/** The embedded server accepts the configurations that the real server accepts, and refuses those that it refuses. */
import * as CentrifugoTest from "@effect-centrifugo/testing/CentrifugoTest"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const isTakenByServer = (channel: unknown): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "centrifugo-config-"))
  try {
    const file = join(folder, "config.json")
    writeFileSync(file, JSON.stringify({ channel }))
    return spawnSync(Centrifugo.find()!, ["checkconfig", "-c", file], { env: {}, cwd: folder }).status === 0
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const withoutNamespace = (options: unknown) => ({ without_namespace: options })
const history = { history_size: 10, history_ttl: "60s" }

const configs: ReadonlyArray<unknown> = [
  undefined,
  null,
  {},
  [],
  "channel",
  { unknown_option: 1 },
  { without_namespace: null, namespaces: null },
  { WITHOUT_NAMESPACE: { History_Size: 10, HISTORY_TTL: "60s" } },
  { namespaces: { name: "chat" } },
  { namespaces: [] },
  { namespaces: "" },
  { namespaces: "chat" },
  { namespaces: [null] },
  { namespaces: [{ name: 42 }] },
  { namespaces: [{ name: "a" }] },
  { namespaces: [{ name: "chat" }, { name: "chat" }] },
  { namespaces: [{ name: "chat", ...history }] },
  { namespace_boundary: 5, private_prefix: "" },
  { history_meta_ttl: "1h", publication_data_format: "json" },
  { publication_data_format: "xml" },
  withoutNamespace(5),
  withoutNamespace({ presence: "true" }),
  withoutNamespace({ presence: "T" }),
  withoutNamespace({ presence: "" }),
  withoutNamespace({ presence: 1 }),
  withoutNamespace({ presence: "yes" }),
  withoutNamespace({ presence: null }),
  withoutNamespace({ ...history, history_size: "10" }),
  withoutNamespace({ ...history, history_size: 10.5 }),
  withoutNamespace({ ...history, history_size: "ten" }),
  withoutNamespace({ ...history, history_ttl: 60_000_000_000 }),
  withoutNamespace({ ...history, history_ttl: "1m30s" }),
  withoutNamespace({ ...history, history_ttl: "1.5s" }),
  withoutNamespace({ ...history, history_ttl: "60" }),
  withoutNamespace({ ...history, history_ttl: "721h" }),
  withoutNamespace({ history_size: 10 }),
  withoutNamespace({ history_size: 0, history_ttl: "" }),
  withoutNamespace({ subscription_type: "map" }),
  withoutNamespace({ subscription_type: "map", map: { mode: "ephemeral", key_ttl: "30s" } }),
  withoutNamespace({ subscription_type: "map", map: { mode: "persistent", key_ttl: "1s" } }),
  withoutNamespace({ map: null, shared_poll: null })
]

describe.skipIf(!Centrifugo.isAvailable())("a configuration", () => {
  for (const channel of configs) {
    it.effect(`is accepted by both servers or by none: ${JSON.stringify(channel)}`, () =>
      Effect.gen(function* () {
        const options = { channel: (channel ?? {}) as CentrifugoTest.ChannelConfig }
        const exit = yield* Effect.exit(CentrifugoTest.make(options))
        assert.strictEqual(Exit.isSuccess(exit), isTakenByServer(channel))
      })
    )
  }
})
