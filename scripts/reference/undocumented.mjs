// Finds public names without a docstring.

/** Their names are documentation enough. */
const known = new Set(["_tag", "message"])

const locationOf = (declaration) => {
  const source = declaration.getSourceFile()
  const { line } = source.getLineAndCharacterOfPosition(declaration.getStart())
  const file = source.fileName.slice(source.fileName.indexOf("packages/"))
  return `${file}:${line + 1}`
}

const inFields = (fields, owner) =>
  fields.flatMap(({ declaration, doc, fields: inner, name }) => {
    const full = `${owner}.${name}`
    const isMissing = doc.text === "" && !known.has(name)
    return [...(isMissing ? [{ declaration, name: full }] : []), ...inFields(inner, full)]
  })

const inEntry = (owner, { declarations, docs, fields, method, name }) => {
  const full = `${owner}.${name}`
  const bare = docs.filter(({ text }) => text === "")
  return [
    ...bare.map(({ declaration }) => ({ declaration: declaration ?? declarations[0], name: full })),
    ...inFields([...fields, ...(method?.payload ?? []), ...(method?.result ?? [])], full)
  ]
}

/** Each declaration once, although several modules can export it. */
export const undocumented = (modules) => {
  const found = new Map()
  for (const { doc, entries, file, name } of modules) {
    if (doc.text === "") found.set(file, { place: file, name })
    for (const problem of entries.flatMap((entry) => inEntry(name, entry))) {
      const place = locationOf(problem.declaration)
      if (!found.has(problem.declaration)) found.set(problem.declaration, { ...problem, place })
    }
  }
  return [...found.values()]
}
