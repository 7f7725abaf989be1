// The manifests of the edition, with Effect 4's packages instead of Effect 3's.

/** The range of each package that differs; `undefined` for a package that Effect 4 merged into `effect`. */
const ranges = {
  // Required by Vitest 5.
  "@types/node": "^22.12.0",
  effect: "^4.0.0",
  "@effect/cli": undefined,
  "@effect/experimental": undefined,
  "@effect/opentelemetry": "^4.0.0",
  "@effect/platform": undefined,
  "@effect/platform-node": "^4.0.0",
  "@effect/sql": undefined,
  "@effect/sql-pg": "^4.0.0",
  "@effect/vitest": "^4.0.0",
  vitest: "^5.0.0"
}

/** Additional packages for the tests: Effect 4 does not export fast-check. */
const added = { "fast-check": "^4.0.0" }

/** 0.1.2 is 0.401.2 (docs/decisions/0071-versions-of-the-editions.md). */
export const versionOf = (version) => {
  const [major, minor, patch] = version.split(".").map(Number)
  if (major !== 0) throw new Error(`Decide how ${version} is called for Effect 4.`)
  return `0.${400 + minor}.${patch}`
}

const withRanges = (dependencies = {}) =>
  Object.fromEntries(
    Object.entries(dependencies).flatMap(([name, range]) => {
      if (name.startsWith("@effect-centrifugo/") && range.startsWith("^")) {
        return [[name, `^${versionOf(range.slice(1))}`]]
      }
      const to = name in ranges ? ranges[name] : range
      return to === undefined ? [] : [[name, to]]
    })
  )

/** A package's manifest for Effect 4. Tests of all packages use the tools of the edition. */
export const translate = (manifest) => {
  const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta, ...rest } = manifest
  const optional = Object.entries(peerDependenciesMeta ?? {}).filter(
    ([name]) => !(name in ranges) || ranges[name] !== undefined
  )
  const needsFastCheck = devDependencies !== undefined && "vitest" in devDependencies
  return {
    ...rest,
    version: versionOf(rest.version),
    ...(rest.publishConfig === undefined
      ? {}
      : { publishConfig: { ...rest.publishConfig, tag: "effect-4" } }),
    ...(dependencies === undefined ? {} : { dependencies: withRanges(dependencies) }),
    ...(peerDependencies === undefined ? {} : { peerDependencies: withRanges(peerDependencies) }),
    ...(optional.length === 0 ? {} : { peerDependenciesMeta: Object.fromEntries(optional) }),
    ...(devDependencies === undefined
      ? {}
      : {
          devDependencies: {
            ...withRanges(devDependencies),
            ...(needsFastCheck ? added : {}),
            ...(manifest.name.endsWith("/testing") ? { "@effect-centrifugo/tools": "workspace:^" } : {})
          }
        })
  }
}

const kept = ["@types/node", "@effect/vitest", "effect", "tstyche", "typescript", "vitest"]

/** The manifest of the workspace: only what its own checks need. */
export const translateRoot = ({ devDependencies, engines, license, name, packageManager, type }) => ({
  name: `${name}-effect-4`,
  private: true,
  type,
  license,
  packageManager,
  engines,
  devDependencies: {
    ...withRanges(Object.fromEntries(kept.map((dependency) => [dependency, devDependencies[dependency]]))),
    ...added
  }
})
