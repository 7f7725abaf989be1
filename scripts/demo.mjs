// npm run demo: from a fresh clone to a running demo. Arguments after `--` go to the demo. package.json uses
// `exec node`, so that npm sends signals to this process and not to a shell.

import { build, checkNode, install } from "./workspace.mjs"

if (checkNode() && (await install()) && (await build("examples/tsconfig.src.json"))) {
  // Runs in this process, so that the demo gets the arguments and signals and sets the exit code.
  await import("../examples/dist/demo.js")
} else {
  process.exitCode = 1
}
