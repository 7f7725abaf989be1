// npm run bench: from a fresh clone to numbers. Arguments after `--` go to the benchmark.

import { build, checkNode, install } from "./workspace.mjs"

if (checkNode() && (await install()) && (await build("packages/bench/tsconfig.src.json"))) {
  await import("../packages/bench/dist/main.js")
} else {
  process.exitCode = 1
}
