// Runs tools that find common packaging mistakes: how resolvers see the types, and how bundlers see the
// manifest.

import { bin, run } from "../workspace.mjs"

const lint = async (command, ...args) => {
  const { ok, output } = await run(bin(command), args, { stdio: ["ignore", "pipe", "pipe"] })
  return ok ? [] : [output.trim()]
}

export const checkTypes = ({ path }) => lint("attw", path, "--profile", "esm-only", "--no-color")
export const checkPublint = ({ path }) => lint("publint", path, "--strict")
