/** Stack traces, `Cause.pretty` and logs show the `name` of an error. It is the tag that `catchTag` takes. */
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const packages = new URL("../../packages/", import.meta.url)

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly bin?: { readonly [command: string]: string }
}

type TaggedClass = new (props: object) => { readonly _tag?: unknown }

/**
 * The tag of an error class. Classes of Schema have it as a static member, and check their fields when they are
 * constructed. Other classes are constructed to read it.
 */
const tagOf = (u: unknown): unknown => {
  if (typeof u !== "function" || !(u.prototype instanceof Error)) return undefined
  if ("_tag" in u) return u._tag
  if ("identifier" in u) return u.identifier
  return new (u as TaggedClass)({})._tag
}

/** The sources of a package. Importing a program would start it. */
const sourcesOf = (folder: URL, { bin = {} }: Manifest): ReadonlyArray<string> => {
  const programs = Object.values(bin).map((path) => path.replace(/^(\.\/)?dist\/(.*)\.js$/, "$2.ts"))
  return readdirSync(new URL("src/", folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !programs.includes(file))
    .sort()
}

/** Every tagged error class that a source exports, under the first of its names. */
const taggedErrors = async (folder: URL, manifest: Manifest) => {
  const classes = new Map<unknown, { readonly where: string; readonly name: string; readonly tag: string }>()
  for (const file of sourcesOf(folder, manifest)) {
    const exports = (await import(new URL(`src/${file}`, folder).pathname)) as Record<string, unknown>
    for (const [name, value] of Object.entries(exports)) {
      const tag = tagOf(value)
      if (typeof tag !== "string" || classes.has(value)) continue
      classes.set(value, {
        where: `${name} of ${file}`,
        name: (value as TaggedClass).prototype.name as string,
        tag
      })
    }
  }
  return [...classes.values()]
}

for (const name of readdirSync(packages)) {
  const folder = new URL(`${name}/`, packages)
  const manifest = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as Manifest
  if (manifest.private === true) continue

  describe(manifest.name, async () => {
    const classes = await taggedErrors(folder, manifest)
    it.each(classes)("$where has its tag as name", ({ name, tag }) => {
      assert.strictEqual(name, tag)
    })
    it("each tag belongs to one class", () => {
      const tags = classes.map(({ tag }) => tag)
      assert.isNotEmpty(tags)
      assert.deepStrictEqual([...new Set(tags)], tags)
    })
  })
}
