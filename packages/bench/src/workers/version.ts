import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const require = createRequire(import.meta.url)

/** The version of an installed package. Looks for its package.json, because not all packages export it. */
export const versionOf = (name: string): string => {
  let folder = dirname(require.resolve(name))
  for (;;) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
      if (hasVersion(manifest, name)) return manifest.version
    } catch {
      // No manifest here: continue with the parent folder.
    }
    const parent = dirname(folder)
    if (parent === folder) return "unknown"
    folder = parent
  }
}

const hasVersion = (manifest: unknown, name: string): manifest is { readonly version: string } =>
  typeof manifest === "object" &&
  manifest !== null &&
  "name" in manifest &&
  manifest.name === name &&
  "version" in manifest &&
  typeof manifest.version === "string"
