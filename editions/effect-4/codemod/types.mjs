// The types of nodes, in terms of Effect 3.

import ts from "typescript"

const homeOf = (symbol) =>
  /\/node_modules\/(?:effect|@effect\/[\w-]+)\/dist\/dts\/(\w+)\.d\.ts$/.exec(
    symbol?.declarations?.[0]?.getSourceFile().fileName ?? ""
  )?.[1]

/** The module of Effect that declares a property of a value. */
export const declaredBy = (checker, node) => homeOf(checker.getSymbolAtLocation(node))

const nameOf = (type) => {
  for (const symbol of [type.aliasSymbol, type.symbol]) {
    const home = homeOf(symbol)
    if (home !== undefined) return `${home}.${symbol.name}`
  }
  return undefined
}

const parts = (type) => (type.isUnion() ? type.types : [type])

/** Whether every part of a type is an Either. */
export const isEither = (type) =>
  parts(type).every((part) => /^Either\.(Either|Left|Right)$/.test(nameOf(part) ?? ""))

const yieldables = [
  [/^Either\.(Either|Left|Right)$/, "effect/Effect", "fromResult"],
  [/^Option\.(Option|Some|None)$/, "effect/Effect", "fromOption"],
  [/^Fiber\.(Fiber|RuntimeFiber)$/, "effect/Fiber", "join"],
  [/^Deferred\.Deferred$/, "effect/Deferred", "await"],
  [/^Queue\.(Dequeue|Queue)$/, "effect/Queue", "take"],
  [/^Ref\.Ref$/, "effect/Ref", "get"],
  [/^SynchronizedRef\.SynchronizedRef$/, "effect/SynchronizedRef", "get"],
  [/^FiberRef\.FiberRef$/, "effect/FiberRef", "get"]
]

/** The function, as a module and its member, that makes an effect of a value that only Effect 3 treats as one. */
export const toEffect = (type) => {
  const names = parts(type).map(nameOf)
  return yieldables
    .find(([pattern]) => names.every((name) => name !== undefined && pattern.test(name)))
    ?.slice(1)
}

/** Whether the expected type is an effect that does not accept the value itself. */
export const wantsEffect = (type) => {
  if (type === undefined) return false
  const names = parts(type).map(nameOf)
  return names.length > 0 && names.every((name) => name === "Effect.Effect")
}

export const isSchema = (type) =>
  type.getProperty("ast") !== undefined && type.getProperty("annotations") !== undefined

/** Whether a value is passed on, so that its contextual type is the expected type. */
export const isHandedOn = (node) => {
  const { parent } = node
  return (
    (ts.isArrowFunction(parent) && parent.body === node) ||
    ts.isReturnStatement(parent) ||
    (ts.isCallExpression(parent) && parent.arguments.includes(node)) ||
    (ts.isConditionalExpression(parent) && parent.condition !== node) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === node) ||
    (ts.isVariableDeclaration(parent) && parent.initializer === node && parent.type !== undefined) ||
    ts.isArrayLiteralExpression(parent)
  )
}
