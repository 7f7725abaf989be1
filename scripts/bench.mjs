// npm run bench: from a fresh clone to numbers. Arguments after `--` go to the benchmark.

import { parseArgs } from "node:util"
import { commandOf } from "./runtimes.mjs"
import { build, checkNode, install } from "./workspace.mjs"

const { runtime } = parseArgs({ options: { runtime: { type: "string" } }, strict: false }).values

if (checkNode() && (await install()) && (await build("packages/bench/tsconfig.src.json"))) {
  // On this Node the clients need no command.
  if (["bun", "deno"].includes(runtime)) process.env.BENCH_RUNTIME = JSON.stringify(await commandOf(runtime))
  await import("../packages/bench/dist/main.js")
} else {
  process.exitCode = 1
}
