import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

/** The page names the file before each block of code that comes from one. */
const shown = [...read("docs/testing.md").matchAll(/<!-- (\S+) -->\n+```ts\n(.*?)```/gs)]

for (const [, path, code] of shown) {
  it(`docs/testing.md shows ${path} as it is`, () => {
    assert.strictEqual(code, read(path!))
  })
}

it("docs/testing.md shows code that is run", () => {
  assert.strictEqual(shown.length, 5)
})
