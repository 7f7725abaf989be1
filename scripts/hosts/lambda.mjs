// AWS Lambda: a function bundled by esbuild into one file, as CommonJS and as an ES module.

import { build } from "esbuild"
import { succeeds } from "./project.mjs"

/** undici is CommonJS and calls `require` for Node's modules, which an ES module does not have. */
const banner = {
  js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`
}

const bundle = async (folder, entry, outfile, options) => {
  await build({
    absWorkingDir: `${folder}/lambda`,
    entryPoints: [`${entry}.ts`],
    outfile: `out/${outfile}`,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "silent",
    ...options
  })
}

/** Lambda's runtime imports the file and calls `handler`. */
const invoke = (folder, outfile, env) => {
  const program = `
    const { handler } = await import("./out/${outfile}")
    const { offset } = await handler({ channel: "lambda" })
    process.exit(offset === 1 ? 0 : 1)`
  return succeeds(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: `${folder}/lambda`,
    env
  })
}

export const checksOf = ({ folder, env }) => {
  const works = (entry, outfile, options) => async () => {
    await bundle(folder, entry, outfile, options)
    return invoke(folder, outfile, env)
  }
  return {
    checks: {
      "Lambda: a bundle in CommonJS": works("promise", "promise.cjs", { format: "cjs" }),
      "Lambda: an ESM bundle with createRequire": works("promise", "promise.mjs", { format: "esm", banner }),
      "Lambda: an ESM bundle over fetch": works("fetch", "fetch.mjs", { format: "esm" })
    }
  }
}
