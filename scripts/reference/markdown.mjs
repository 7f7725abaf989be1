// Writes the reference as Markdown: a page per module, and an index.

const fence = (code) => `\`\`\`ts\n${code}\n\`\`\``

const paragraphs = (...parts) =>
  parts
    .filter((part) => part !== undefined && part !== "")
    .join("\n\n")
    .replaceAll(/\n{3,}/g, "\n\n")

const oneLine = (text) => text.replaceAll(/\s+/g, " ").trim()

const indented = (text) => text.replaceAll(/^(?=.)/gm, "  ")

const fieldText = ({ doc, fields, isOptional, name, type }) =>
  [
    `- \`${name}${isOptional ? "?" : ""}: ${oneLine(type)}\`${doc.text === "" ? "" : `: ${oneLine(doc.text)}`}`,
    ...doc.examples.map((example) => `\n${indented(example)}\n`),
    ...fields.map((field) => indented(fieldText(field)))
  ].join("\n")

/** Omits fields that need no description (`message`). */
const fieldList = (fields) =>
  fields
    .filter(({ doc }) => doc.text !== "")
    .map(fieldText)
    .join("\n")

const section = (title, fields) => (fields.length === 0 ? "" : `${title}:\n\n${fieldList(fields)}`)

const anchor = (error) => `[\`${error}\`](CentrifugoError.md#${error.toLowerCase()})`

/** How a call can be repeated, in the terms of `ApiMethod.Repeat`. */
const repeats = {
  read: "`read`: it changes nothing",
  keyed: "`keyed`: it is safe to repeat with an idempotency key",
  natural: "`natural`: a second time changes nothing",
  unsafe: "`unsafe`: it is repeated only if it was never sent"
}

const methodText = ({ errors, payload, payloadType, result, resultType }, facts) =>
  paragraphs(
    [
      `- Name on the wire: \`${facts.method}\``,
      `- Server: ${facts.edition === "PRO" ? "Centrifugo PRO" : "any"}`,
      `- Repeat class: ${repeats[facts.repeat]}`,
      `- Codes: ${facts.codes.join(", ")}`,
      `- Errors: ${errors.map((error) => `${anchor(error)}, `).join("")}and those of ` +
        `[any call](CentrifugoError.md#callerror)`
    ].join("\n"),
    payloadType === undefined
      ? section("Payload", payload) || "Payload: none."
      : `Payload: \`${oneLine(payloadType)}\``,
    resultType === undefined
      ? section("Result", result) || "Result: nothing in it."
      : paragraphs(`Result: \`${oneLine(resultType)}\``, section("With", result))
  )

const docText = ({ examples, text }) => paragraphs(text, ...examples)

const sinceText = (version) => (version === undefined ? "" : `Since ${version}.`)

const entryText = (entry, facts) => {
  const { docs, fields, method, name, signature } = entry
  return paragraphs(
    `## ${name}`,
    signature === undefined || signature === "" ? "" : fence(signature),
    ...docs.map(docText),
    sinceText(docs[0]?.since),
    method === undefined ? fieldList(fields) : methodText(method, facts[name])
  )
}

const notice = "<!-- Generated from docstrings by `npm run reference`. -->"

const importText = ({ from, isInIndex, name, package: owner }) =>
  isInIndex ? `import { ${name} } from "${owner}"` : `import * as ${name} from "${from}"`

export const page = (module) =>
  `${paragraphs(
    notice,
    `# ${module.name}`,
    docText(module.doc),
    fence(importText(module)),
    ...module.entries.map((entry) => entryText(entry, module.facts))
  )}\n`

const firstSentence = (text) => oneLine(text.split("\n\n")[0]).replace(/(?<=\w[)`"]?)[.:] .*$/, ".")

const row = (cells) => `| ${cells.join(" | ")} |`

/** One page of all methods, with the errors of each. */
export const methods = (modules) => {
  const rows = modules.flatMap(({ entries, facts, name: module }) =>
    entries
      .filter(({ method }) => method)
      .map(({ name }) => {
        const { codes, edition, method, repeat } = facts[name]
        const link = `[${name}](${module}.md#${name.toLowerCase()})`
        return row([link, `\`${method}\``, edition, repeat, [...codes].sort((a, b) => a - b).join(", ")])
      })
  )
  return `${paragraphs(
    notice,
    "# Methods",
    "The server's codes that each method can return. Its type has their errors, and those of " +
      "[any call](CentrifugoError.md#callerror). [ApiMethod](ApiMethod.md#repeat) explains the repeat classes.",
    [row(["method", "wire", "server", "repeat", "codes"]), row(Array(5).fill("---")), ...rows].join("\n")
  )}\n`
}

export const index = (modules) =>
  `${paragraphs(
    notice,
    "# Reference",
    "Every public export, from the docstrings in the sources. The tests compile the examples. For guides by task, see " +
      "[docs](../README.md). For all methods with their codes, see [Methods](Methods.md).",
    ...[...new Set(modules.map((module) => module.package))].map((owner) =>
      paragraphs(
        `## ${owner}`,
        modules
          .filter((module) => module.package === owner)
          .map(({ doc, name }) => `- [${name}](${name}.md): ${firstSentence(doc.text)}`)
          .join("\n")
      )
    )
  )}\n`
