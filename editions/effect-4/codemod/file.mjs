// Translates one file: each node is rendered once, from the outside in, and rules see the types of the original.

import ts from "typescript"
import { barrelOf, members, modules } from "./names.mjs"
import { rules } from "./rules.mjs"
import { isHandedOn, toEffect, wantsEffect } from "./types.mjs"

const isEffectModule = (module) => /^(effect|@effect)(\/|$)/.test(module) && module !== "@effect/vitest"
/** Packages whose index exports their modules. */
const indexes = new Set([
  "effect",
  "@effect/cli",
  "@effect/opentelemetry",
  "@effect/platform",
  "@effect/platform-node",
  "@effect/sql",
  "@effect/sql-pg"
])

/** The full module of a member of an index: `effect#Either` is `effect/Either`. */
const moduleOf = (module, name) =>
  indexes.has(module) && /^[A-Z]/.test(name) ? `${module}/${name}` : undefined

/** The local names of Effect's modules, and of single members: `{ isConfigError }` of `effect/ConfigError`. */
const bindings = (file) => {
  const found = new Map()
  for (const node of file.statements) {
    if (!ts.isImportDeclaration(node) || !isEffectModule(node.moduleSpecifier.text)) continue
    const module = node.moduleSpecifier.text
    const named = node.importClause?.namedBindings
    if (named === undefined) continue
    if (ts.isNamespaceImport(named)) found.set(named.name.text, { module })
    else
      for (const e of named.elements) {
        const name = (e.propertyName ?? e.name).text
        const full = moduleOf(module, name)
        found.set(e.name.text, full === undefined ? { module, member: name } : { module: full })
      }
  }
  return found
}

/** The new module and name of a member. */
export const targetOf = (module, member) => {
  const to = members[`${module}#${member}`]
  if (to?.includes("#")) return to.split("#")
  return [modules[module] ?? module, to ?? member]
}

class Translation {
  constructor(file, checker, counts) {
    this.file = file
    this.checker = checker
    this.counts = counts
    this.bindings = bindings(file)
    /** Modules that the translated text refers to, with their local names. */
    this.used = new Map()
    /** Single members that are imported by name: local name to module and member. */
    this.usedMembers = new Map()
    this.usesBarrel = file.statements.some(
      (node) => ts.isImportDeclaration(node) && node.moduleSpecifier.text === "effect"
    )
    for (const [local, { member, module }] of this.bindings) {
      if (member === undefined && (modules[module] ?? module) === module) this.used.set(module, local)
    }
  }

  count(what) {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  /** The local name of a module, which is imported if it isn't yet. */
  use(module) {
    const known = this.used.get(module)
    if (known !== undefined) {
      this.touched.add(module)
      return known
    }
    const base = /(\w+)$/.exec(module.replace("fast-check", "FastCheck"))[1]
    const bound = this.bindings.get(base)
    const isOwn =
      bound !== undefined && bound.member === undefined && (modules[bound.module] ?? bound.module) === module
    const taken = this.names.has(base) && !isOwn
    const own = [...this.bindings].find(
      ([, b]) => b.member === undefined && (modules[b.module] ?? b.module) === module
    )?.[0]
    const local = !taken ? base : (own ?? `${base}_`)
    this.used.set(module, local)
    this.touched.add(module)
    return local
  }

  /** The same for a position that needs only the type. */
  useType(module) {
    const isUsed = this.touched.has(module)
    const local = this.use(module)
    if (!isUsed) this.touched.delete(module)
    this.typed.add(module)
    return local
  }

  /** The module of a namespace that an identifier names. */
  moduleOf(node) {
    if (node === undefined || !ts.isIdentifier(node)) return undefined
    const found = this.bindings.get(node.text)
    return found === undefined || found.member !== undefined ? undefined : found.module
  }

  /** Whether a node is `Module.member`, in a value or a type. */
  isMember(node, module, ...names) {
    const [left, right] = ts.isPropertyAccessExpression(node)
      ? [node.expression, node.name]
      : ts.isQualifiedName(node)
        ? [node.left, node.right]
        : []
    return left !== undefined && this.moduleOf(left) === module && names.includes(right.text)
  }

  /** Whether a node is a call of `Module.member`. */
  isCall(node, module, ...names) {
    return ts.isCallExpression(node) && this.isMember(node.expression, module, ...names)
  }

  source(node) {
    return node.getText(this.file)
  }

  render(node) {
    const text = this.shaped(node)
    if (!ts.isExpression(node) || !isHandedOn(node)) return text
    // In Effect 4, an Either, a fiber or a Deferred is not an effect.
    const to = toEffect(this.checker.getTypeAtLocation(node))
    if (to === undefined || !wantsEffect(this.checker.getContextualType(node))) return text
    this.count(`as an effect: ${to[1]}`)
    return `${this.use(to[0])}.${to[1]}(${text})`
  }

  shaped(node) {
    for (const rule of rules.get(node.kind) ?? []) {
      const text = rule(node, this)
      if (text !== undefined) {
        this.count(rule.name)
        return text
      }
    }
    return this.plain(node)
  }

  /** The node's own text around its rendered children. */
  plain(node) {
    const { text } = this.file
    let out = ""
    let at = node.getStart(this.file)
    ts.forEachChild(node, (child) => {
      const start = child.getStart(this.file)
      if (child.end <= start && child.end <= at) return
      const rendered = this.render(child)
      // A rule has removed a property: remove its comma, too.
      if (rendered === null) {
        out += text.slice(at, start)
        const comma = /^\s*,/.exec(text.slice(child.getEnd()))
        at = child.getEnd() + (comma?.[0].length ?? 0)
        return
      }
      out += text.slice(at, start) + rendered
      at = child.getEnd()
    })
    return out + text.slice(at, node.getEnd())
  }

  translate() {
    this.touched = new Set()
    this.typed = new Set()
    this.names = new Set()
    const collect = (node) => {
      if (ts.isIdentifier(node)) this.names.add(node.text)
      ts.forEachChild(node, collect)
    }
    collect(this.file)
    const { file } = this
    let out = ""
    let at = 0
    const slots = []
    for (const statement of file.statements) {
      const start = statement.getStart(file)
      out += file.text.slice(at, start)
      at = statement.getEnd()
      if (ts.isImportDeclaration(statement) && isEffectModule(statement.moduleSpecifier.text)) {
        slots.push(statement)
        out += `\0${slots.length - 1}\0`
      } else out += this.render(statement)
    }
    out += file.text.slice(at)
    return this.withImports(out, slots)
  }

  /** Writes the imports again: the names that the text still uses, and those that rules added. */
  withImports(body, slots) {
    const text = body.replace(/\0\d+\0/g, "")
    const parsed = ts.createSourceFile(fileName(this.file), text, ts.ScriptTarget.Latest, true)
    const named = new Set()
    const collect = (node) => {
      if (ts.isIdentifier(node) && !isOnlyName(node)) named.add(node.text)
      ts.forEachChild(node, collect)
    }
    collect(parsed)
    const done = new Set()
    const lines = slots.map((node) => this.importLines(node, named, done))
    const missing = [...this.used].filter(
      ([module, local]) =>
        (this.touched.has(module) || this.typed.has(module)) && named.has(local) && !done.has(local)
    )
    const extra = new Map()
    for (const [module, local] of missing) {
      const barrel = this.usesBarrel ? barrelOf(module) : undefined
      const key = barrel ?? module
      if (barrel === undefined)
        extra.set(key, `import ${this.touched.has(module) ? "" : "type "}* as ${local} from "${module}"`)
      else {
        const base = /(\w+)$/.exec(module)[1]
        const item = base === local ? base : `${base} as ${local}`
        extra.set(key, [...(extra.get(key) ?? []), item])
      }
    }
    const added = [...extra].map(([key, value]) =>
      Array.isArray(value) ? `import { ${value.join(", ")} } from "${key}"` : value
    )
    if (slots.length === 0) return added.length === 0 ? body : `${added.join("\n")}\n${body}`
    return body.replace(/\0(\d+)\0(\r?\n)?/g, (_, i, end = "") => {
      const all = [...lines[i], ...(Number(i) === slots.length - 1 ? added : [])]
      return all.length === 0 ? "" : all.join("\n") + end
    })
  }

  importLines(node, named, done) {
    const module = node.moduleSpecifier.text
    const clause = node.importClause
    const bindings = clause?.namedBindings
    if (bindings === undefined) return [this.source(node)]
    if (ts.isNamespaceImport(bindings)) {
      const to = modules[module] ?? module
      const local = to === module ? bindings.name.text : (this.used.get(to) ?? bindings.name.text)
      if (!named.has(local) || done.has(local)) return []
      done.add(local)
      const type = clause.isTypeOnly && !this.touched.has(to) ? "type " : ""
      return [`import ${type}* as ${local} from "${to}"`]
    }
    const groups = new Map()
    for (const e of bindings.elements) {
      const name = (e.propertyName ?? e.name).text
      const full = moduleOf(module, name)
      const isType = clause.isTypeOnly || e.isTypeOnly
      if (full !== undefined) {
        const to = modules[full] ?? full
        const local = to === full ? e.name.text : (this.used.get(to) ?? e.name.text)
        if (!named.has(local) || done.has(local)) continue
        done.add(local)
        const base = /(\w+)$/.exec(to)[1]
        const barrel = barrelOf(to)
        if (barrel === undefined) {
          groups.set(to, `import * as ${local} from "${to}"`)
          continue
        }
        push(
          groups,
          barrel,
          `${isType && !this.touched.has(to) ? "type " : ""}${base === local ? base : `${base} as ${local}`}`
        )
      } else {
        const [to, member] = targetOf(module, name)
        if (!named.has(e.name.text)) continue
        push(
          groups,
          to,
          `${isType ? "type " : ""}${member === e.name.text ? member : `${member} as ${e.name.text}`}`
        )
      }
    }
    return [...groups].map(([to, items]) =>
      typeof items === "string" ? items : `import { ${[...new Set(items)].join(", ")} } from "${to}"`
    )
  }
}

const fileName = (file) => (file.fileName.endsWith(".tsx") ? "x.tsx" : "x.ts")

/** Whether an identifier only names a member or a property, so that it does not refer to a declaration of the file. */
const isOnlyName = ({ parent, text }) =>
  ((ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) &&
    parent.name?.text === text &&
    !isValueOf(parent, text)) ||
  (ts.isQualifiedName(parent) &&
    parent.right.text === text &&
    !(ts.isIdentifier(parent.left) && parent.left.text === text))

const isValueOf = (parent, text) => {
  const value = ts.isPropertyAccessExpression(parent) ? parent.expression : parent.initializer
  return ts.isIdentifier(value) && value.text === text
}
const push = (groups, key, item) => groups.set(key, [...(groups.get(key) ?? []), item])

export const translate = (file, checker, counts) => new Translation(file, checker, counts).translate()
