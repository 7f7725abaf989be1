// npm run demo: from a fresh clone to a running demo. Arguments after `--` are the demo's.
// package.json says `exec node`, so that npm passes signals to this process and not to a shell around it.

import { build, checkNode, install } from "./workspace.mjs"

if (checkNode() && (await install()) && (await build("examples/tsconfig.src.json"))) {
  // In this very process, so that arguments, signals and the exit code are the demo's own.
  await import("../examples/dist/demo.js")
} else {
  process.exitCode = 1
}
