// Rules that translate forms of Effect 3 to Effect 4. A rule returns text, or `undefined` if it does not apply.

import ts from "typescript"
import { targetOf } from "./file.mjs"
import { members, modules, properties } from "./names.mjs"
import * as types from "./types.mjs"

const Effect = "effect/Effect"
const Schema = "effect/Schema"

const args = (node, file) => node.arguments.map((argument) => file.render(argument))
const list = (node, file) => args(node, file).join(", ")
const property = (object, name) => object.properties.find((p) => p.name?.text === name)
const valueOf = (object, name, file) => {
  const found = property(object, name)
  return ts.isShorthandPropertyAssignment(found) ? found.name.text : file.render(found.initializer)
}
const isObject = (node) => node !== undefined && ts.isObjectLiteralExpression(node)

// --- names

/** `Module.member`, in a value or a type. */
const renamed = (left, right, file) => {
  const module = file.moduleOf(left)
  if (module === undefined) return undefined
  const [to, name] = targetOf(module, right.text)
  if (to === module && name === right.text) return undefined
  return `${file.use(to)}.${name}`
}

const propertyRenamed = (node, file) => {
  const { name } = node
  if (!Object.keys(properties).some((key) => key.endsWith(`#${name.text}`))) return undefined
  const to = properties[`${types.declaredBy(file.checker, name)}#${name.text}`]
  if (to === undefined) return undefined
  const dot = node.questionDotToken === undefined ? "." : "?."
  return `${file.render(node.expression)}${dot}${to}`
}

const memberRenamed = (node, file) => renamed(node.expression, node.name, file)

const typeRenamed = (node, file) => renamed(node.left, node.right, file)

/** `Schema.Schema<A, I>`, but not `Schema.Schema.Type<S>`. */
const schemaType = (node, file) => {
  const name = node.typeName ?? node.expression
  if (!file.isMember(name, Schema, "Schema") || node.typeArguments === undefined) return undefined
  return `${file.source(name.left ?? name.expression)}.Codec<${node.typeArguments.map((a) => file.render(a)).join(", ")}>`
}

const schemaNamespace = (node, file) => {
  if (!ts.isQualifiedName(node.left) || !file.isMember(node.left, Schema, "Schema")) return undefined
  const schema = file.source(node.left.left)
  switch (node.right.text) {
    case "Encoded":
    case "Context":
      return `${schema}.Codec.Encoded`
    case "Any":
    case "All":
      return `${schema}.Top`
    case "AnyNoContext":
      return `${schema}.Codec<any, any>`
    default:
      return undefined
  }
}

/** `Schedule<Out, In, R>`: in Effect 3 a schedule has no error type. */
const scheduleType = (node, file) => {
  if (!file.isMember(node.typeName, "effect/Schedule", "Schedule") || node.typeArguments?.length !== 3)
    return undefined
  const [output, input, services] = node.typeArguments.map((a) => file.render(a))
  return `${file.source(node.typeName)}<${output}, ${input}, never, ${services}>`
}

/** A reference has a default, so it is not a requirement. */
const referenceType = (node, file) => {
  return resolved(node.typeName, file)?.declarations?.some(
    (d) => ts.isClassDeclaration(d) && referenceOf(d) !== undefined
  )
    ? "never"
    : undefined
}

const eitherTag = (node) => {
  if (node.text !== "Left" && node.text !== "Right") return undefined
  return node.text === "Left" ? `"Failure"` : `"Success"`
}

/** `{ _tag: "Left", left }` and `"outcome.left._tag"`, which assertions compare with. */
const eitherParts = new Map([
  ["left", "failure"],
  ["right", "success"]
])
const eitherPattern = (node, file) => {
  const name = ts.isIdentifier(node.name) || ts.isStringLiteral(node.name) ? node.name.text : ""
  const value = ts.isStringLiteral(node.initializer) ? node.initializer.text : undefined
  if (name === "_tag" && (value === "Left" || value === "Right"))
    return `_tag: "${value === "Left" ? "Failure" : "Success"}"`
  const path = ts.isStringLiteral(node.name)
    ? name.replace(/(^|\.)(left|right)(?=\.)/g, (_, dot, side) => dot + eitherParts.get(side))
    : name
  if (path !== name) return `"${path}": ${file.render(node.initializer)}`
  const isPart =
    eitherParts.has(name) &&
    ts.isObjectLiteralExpression(node.parent) &&
    /^"(Left|Right)"$/.test(property(node.parent, "_tag")?.initializer?.getText() ?? "")
  return isPart ? `${eitherParts.get(name)}: ${file.render(node.initializer)}` : undefined
}

const errorTags = new Map([
  ["ParseError", "SchemaError"],
  ["UnknownException", "UnknownError"]
])
const errorTag = (node) => (errorTags.has(node.text) ? `"${errorTags.get(node.text)}"` : undefined)

const onEither = (node, file) => {
  const names = new Map([
    ["onLeft", "onFailure"],
    ["onRight", "onSuccess"]
  ])
  const to = ts.isIdentifier(node.name) ? names.get(node.name.text) : undefined
  return to === undefined ? undefined : `${to}: ${file.render(node.initializer)}`
}

// --- chunks, which are arrays

const chunkCall = (node, file) => {
  if (file.isCall(node, "effect/Chunk", "unsafeFromArray", "toReadonlyArray", "fromIterable", "toArray")) {
    const isSimple = !ts.isPropertyAccessExpression(node.parent) || ts.isCallExpression(node.arguments[0])
    return isSimple || ts.isIdentifier(node.arguments[0]) ? list(node, file) : `(${list(node, file)})`
  }
  if (!file.isCall(node, "effect/Chunk", "empty")) return undefined
  const type = node.typeArguments?.[0]
  return type === undefined ? "[]" : `([] as ReadonlyArray<${file.render(type)}>)`
}

/** `Stream.runFold(zero, f)`: the zero is made for each run. */
const foldFrom = (node, file) => {
  if (!file.isCall(node, "effect/Stream", "runFold", "runFoldEffect")) return undefined
  const all = args(node, file)
  const [zero, f] = all.slice(-2)
  return `${file.source(node.expression)}(${all.length === 3 ? `${all[0]}, ` : ""}() => (${zero}), ${f})`
}

/** `Stream.filterMap((x) => Either.getRight(y))`: a filter gives Results. */
const filterMap = (node, file) => {
  const f = node.arguments.at(-1)
  if (!file.isCall(node, "effect/Stream", "filterMap") || !ts.isArrowFunction(f)) return undefined
  if (!file.isCall(f.body, "effect/Either", "getRight")) return undefined
  const self = node.arguments.length === 2 ? `${args(node, file)[0]}, ` : ""
  const parameters = f.parameters.map((parameter) => file.source(parameter)).join(", ")
  return `${file.source(node.expression)}(${self}(${parameters}) => ${list(f.body, file)})`
}

/** `Array.partition(items, predicate)`: the successes of a filter come first. */
const partition = (node, file) => {
  if (!file.isCall(node, "effect/Array", "partition") || node.arguments.length !== 2) return undefined
  const [items, predicate] = args(node, file)
  const result = file.use("effect/Result")
  return `${file.source(node.expression)}(${items}, (item) => ((${predicate})(item) ? ${result}.fail(item) : ${result}.succeed(item)))`
}

/** `Chunk.toReadonlyArray` as a function. */
const chunkFunction = (node, file) =>
  file.isMember(node, "effect/Chunk", "toReadonlyArray", "unsafeFromArray") &&
  !(ts.isCallExpression(node.parent) && node.parent.expression === node)
    ? "(<A>(items: ReadonlyArray<A>): ReadonlyArray<A> => items)"
    : undefined

const chunkMap = (node, file) => {
  if (!file.isCall(node, "effect/Chunk", "map") || node.arguments.length !== 2) return undefined
  const [chunk, f] = args(node, file)
  return `(${chunk}).map(${f})`
}

const chunkType = (node, file) =>
  file.isMember(node.typeName, "effect/Chunk", "Chunk")
    ? `ReadonlyArray<${node.typeArguments.map((a) => file.render(a)).join(", ")}>`
    : undefined

// --- classes and services

/** `Tag["Type"]` is the service that a tag stands for. */
const serviceOfTag = (node, file) => {
  if (file.source(node.indexType) !== '"Type"' || !ts.isTypeReferenceNode(node.objectType)) return undefined
  const symbol = resolved(node.objectType.typeName, file)
  return symbol?.declarations?.some(
    (d) => ts.isClassDeclaration(d) && /Context\.Tag\(/.test(heritageCall(d)?.getText() ?? "")
  )
    ? `${file.render(node.objectType)}["Service"]`
    : undefined
}

const resolved = (name, file) => {
  const symbol = file.checker.getSymbolAtLocation(name)
  return symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias
    ? file.checker.getAliasedSymbol(symbol)
    : symbol
}

const heritageCall = (node) => node.heritageClauses?.[0]?.types[0]?.expression

/** The call of `class X extends Context.Reference<X>()(id, { defaultValue }) {}`. */
const referenceOf = (node) => {
  const call = heritageCall(node)
  return call !== undefined &&
    ts.isCallExpression(call) &&
    ts.isCallExpression(call.expression) &&
    ts.isPropertyAccessExpression(call.expression.expression) &&
    call.expression.expression.name.text === "Reference"
    ? call
    : undefined
}

/** `class X extends Context.Reference<X>()(id, options) {}` is a value in Effect 4. */
const referenceClass = (node, file) => {
  const call = referenceOf(node)
  if (call === undefined || !file.isMember(call.expression.expression, "effect/Context", "Reference"))
    return undefined
  const modifiers = node.modifiers?.map((m) => file.source(m)).join(" ") ?? ""
  const value = property(call.arguments[1], "defaultValue").initializer
  const type = file.render(value.type)
  const context = file.source(call.expression.expression.expression)
  return `${modifiers} const ${node.name.text}: ${context}.Reference<${type}> = ${context}.Reference<${type}>(${list(call, file)})`.trimStart()
}

/** `Context.Tag(id)<Self, Shape>()`. */
const tag = (node, file) => {
  const { expression } = node
  if (!file.isCall(expression, "effect/Context", "Tag")) return undefined
  const context = file.source(expression.expression.expression)
  const shape = node.typeArguments.map((argument) => file.render(argument)).join(", ")
  return `${context}.Service<${shape}>()(${list(expression, file)})`
}

// --- Effect

const yieldedValue = (node, file) => {
  if (node.asteriskToken === undefined) return undefined
  const to = types.toEffect(file.checker.getTypeAtLocation(node.expression))
  return to === undefined ? undefined : `yield* ${file.use(to[0])}.${to[1]}(${file.render(node.expression)})`
}

/** In Effect 4, an interruption returns `void`. */
const interruptExit = (node, file) => {
  if (!file.isCall(node, "effect/Fiber", "interrupt")) return undefined
  const isUsed = !ts.isExpressionStatement(node.parent.parent) && ts.isYieldExpression(node.parent)
  if (!isUsed) return undefined
  const fiber = list(node, file)
  return `${file.use(Effect)}.andThen(Fiber.interrupt(${fiber}), Fiber.await(${fiber}))`
}

const withConfigProvider = (node, file) => {
  if (!file.isCall(node, Effect, "withConfigProvider")) return undefined
  const all = args(node, file)
  const provider = `${file.use("effect/ConfigProvider")}.ConfigProvider, ${all.at(-1)}`
  return `Effect.provideService(${all.length === 2 ? `${all[0]}, ` : ""}${provider})`
}

const configFromMap = (node, file) =>
  file.isCall(node, "effect/ConfigProvider", "fromMap")
    ? `ConfigProvider.fromUnknown(Object.fromEntries(${list(node, file)}))`
    : undefined

const tapBoth = (node, file) => {
  if (!file.isCall(node, Effect, "tapBoth") || node.arguments.length !== 2) return undefined
  const [self, options] = node.arguments
  return `Effect.tapError(Effect.tap(${file.render(self)}, ${valueOf(options, "onSuccess", file)}), ${valueOf(options, "onFailure", file)})`
}

/** `Arbitrary.make(schema)` for fast-check. */
const arbitraryOf = (node, file) =>
  file.isCall(node, "effect/Arbitrary", "make")
    ? `${file.use("@effect-centrifugo/tools/Property")}.arbitrary(${list(node, file)})`
    : undefined

/** `it.prop` and `it.effect.prop` over generators of fast-check. */
const prop = (node, file) => {
  const name = ts.isPropertyAccessExpression(node.expression) ? file.source(node.expression) : ""
  if (name !== "it.prop" && name !== "it.effect.prop") return undefined
  const property = file.use("@effect-centrifugo/tools/Property")
  return `${property}.${name === "it.prop" ? "prop" : "effectProp"}(${list(node, file)})`
}

/** `HttpRouter.empty.pipe(HttpRouter.mountApp(path, app))`. */
const mounted = (node, file) => {
  const [mount] = node.arguments
  if (
    !ts.isPropertyAccessExpression(node.expression) ||
    !file.isMember(node.expression.expression, "@effect/platform/HttpRouter", "empty") ||
    !file.isCall(mount, "@effect/platform/HttpRouter", "mountApp")
  )
    return undefined
  const [path, app] = args(mount, file)
  return `Effect.scoped(Effect.flatten(HttpRouter.toHttpEffect(HttpRouter.add("*", \`\${${path}}/*\`, ${app}))))`
}

/** `HttpRouter.empty.pipe(HttpRouter.get(path, handler))`. */
const routed = (node, file) => {
  const [route] = node.arguments
  if (
    !ts.isPropertyAccessExpression(node.expression) ||
    !file.isMember(node.expression.expression, "@effect/platform/HttpRouter", "empty") ||
    !file.isCall(route, "@effect/platform/HttpRouter", "get")
  )
    return undefined
  return `HttpRouter.add("GET", ${list(route, file)})`
}

/** A tracer gets the parts of a span as one object. */
const tracer = (node, file) => {
  if (!file.isCall(node, "effect/Tracer", "make")) return undefined
  const { initializer: span } = property(node.arguments[0], "span")
  const names = ["name", "parent", "annotations: context", "links", "startTime", "kind"]
  const given = span.parameters
  const isSpread = given[0]?.dotDotDotToken !== undefined
  const parameters = isSpread ? file.source(given[0]) : `{ ${names.slice(0, given.length).join(", ")} }`
  return `Tracer.make({ span: (${parameters}) => ${file.render(span.body)} })`
}

/** The annotations of a span. */
const spanAnnotations = (node, file) => {
  if (node.name.getText(file.file) !== "context") return undefined
  const type = file.checker.getContextualType(node.parent)
  const parts = type?.isUnion() ? type.types : [type]
  if (!parts.some((part) => /^(Span|ExternalSpan|AnySpan)$/.test(part?.symbol?.name ?? ""))) return undefined
  return `annotations: ${ts.isShorthandPropertyAssignment(node) ? "context" : file.render(node.initializer)}`
}

/** `separate`: in Effect 4 the successes come first. */
const separate = (node, file) =>
  file.isCall(node, "effect/Array", "separate")
    ? `(([successes, failures]) => [failures, successes] as const)(${file.source(node.expression.expression)}.separate(${list(node, file)}))`
    : undefined

const minimumLogLevel = (node, file) => {
  if (!file.isCall(node, "effect/Logger", "withMinimumLogLevel")) return undefined
  const self = node.arguments.length === 2 ? `${args(node, file)[0]}, ` : ""
  return `Effect.provideService(${self}${file.use("effect/References")}.MinimumLogLevel, "${node.arguments.at(-1).name.text}")`
}

const upTo = (node, file) => {
  if (!file.isCall(node, "effect/Schedule", "upTo")) return undefined
  const all = args(node, file)
  return `Schedule.upTo(${all.length === 2 ? `${all[0]}, ` : ""}{ duration: ${all.at(-1)} })`
}

/** `new HttpClientError.RequestError({ request, reason: "Transport" })`. */
const requestError = (node, file) => {
  if (!file.isMember(node.expression, "@effect/platform/HttpClientError", "RequestError")) return undefined
  const errors = file.source(node.expression.expression)
  const reason = property(node.arguments[0], "reason").initializer.text
  return `new ${errors}.HttpClientError({ reason: new ${errors}.${reason}Error({ request: ${valueOf(node.arguments[0], "request", file)} }) })`
}

const dataStruct = (node, file) => (file.isCall(node, "effect/Data", "struct") ? list(node, file) : undefined)

const dieMessage = (node, file) =>
  file.isCall(node, Effect, "dieMessage") ? `Effect.die(new Error(${list(node, file)}))` : undefined

const timeoutFail = (node, file) => {
  const options = node.arguments.at(-1)
  if (!file.isCall(node, Effect, "timeoutFail") || !isObject(options)) return undefined
  const self = node.arguments.slice(0, -1).map((argument) => `${file.render(argument)}, `)
  return `Effect.timeoutOrElse(${self}{ duration: ${valueOf(options, "duration", file)}, orElse: () => Effect.fail((${valueOf(options, "onTimeout", file)})()) })`
}

const withClock = (node, file) => {
  if (!file.isCall(node, Effect, "withClock")) return undefined
  const all = args(node, file)
  const clock = `${file.use("effect/Clock")}.Clock, ${all.at(-1)}`
  return `Effect.provideService(${all.length === 2 ? `${all[0]}, ` : ""}${clock})`
}

const clock = (node, file) =>
  file.isMember(node, Effect, "clock") ? `${file.use("effect/Clock")}.Clock` : undefined

const repeatN = (node, file) => {
  if (!file.isCall(node, Effect, "repeatN")) return undefined
  const all = args(node, file)
  return `Effect.repeat(${all.length === 2 ? `${all[0]}, ` : ""}{ times: ${all.at(-1)} })`
}

const yieldNow = (node, file) =>
  file.isCall(node, Effect, "yieldNow") && node.arguments.length === 0 ? "Effect.yieldNow" : undefined

const runWith = (node, file) => {
  for (const name of ["runFork", "runPromise", "runPromiseExit", "runSync"]) {
    if (!file.isCall(node, "effect/Runtime", name)) continue
    const [context, ...rest] = args(node, file)
    return `${file.use(Effect)}.${name}With(${context})${rest.length === 0 ? "" : `(${rest.join(", ")})`}`
  }
  return undefined
}

/** Effect 4 does not log failures of forked fibers. */
const unhandledLog = (node, file) =>
  file.isCall(node, Effect, "withUnhandledErrorLogLevel")
    ? `${file.use("effect/Function")}.identity`
    : undefined

/** `Effect.Effect.Success<E>`. */
const effectNamespace = (node, file) => {
  if (!ts.isQualifiedName(node.left)) return undefined
  const isOne =
    file.isMember(node.left, Effect, "Effect") || file.isMember(node.left, "effect/Stream", "Stream")
  return isOne
    ? `${file.source(node.left.left)}.${node.right.text === "Context" ? "Services" : node.right.text}`
    : undefined
}

/** `Either.Either.Left<E>`. */
const eitherNamespace = (node, file) =>
  ts.isQualifiedName(node.left) && file.isMember(node.left, "effect/Either", "Either")
    ? `${file.render(node.left)}.${node.right.text === "Left" ? "Failure" : "Success"}`
    : undefined

/** `HttpApp.Default<E, R>`. */
const httpApp = (node, file) => {
  if (!file.isMember(node.typeName, "@effect/platform/HttpApp", "Default")) return undefined
  const [error = "never", services] = (node.typeArguments ?? []).map((a) => file.render(a))
  const response = `${file.useType("effect/http/HttpServerResponse")}.HttpServerResponse`
  const request = `${file.useType("effect/http/HttpServerRequest")}.HttpServerRequest`
  return `${file.useType(Effect)}.Effect<${response}, ${error}, ${services === undefined ? request : `${services} | ${request}`}>`
}

/** `import("@effect/platform/X")`. */
const dynamicImport = (node) => {
  const to =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ? modules[node.arguments[0].text] : undefined
  return to === undefined ? undefined : `import("${to}")`
}

/** `typeof import("@effect/platform/X")`. */
const importType = (node, file) => {
  const name = ts.isLiteralTypeNode(node.argument) ? node.argument.literal.text : undefined
  return modules[name] === undefined
    ? undefined
    : file.source(node).replace(`"${name}"`, `"${modules[name]}"`)
}

/** `Runtime.updateContext(context, f)`. */
const updateContext = (node, file) => {
  if (!file.isCall(node, "effect/Runtime", "updateContext")) return undefined
  const [context, f] = args(node, file)
  return `(${f})(${context})`
}

const causeParts = (node, file) => {
  if (file.isCall(node, "effect/Cause", "failures"))
    return `${list(node, file)}.reasons.filter(${file.use("effect/Cause")}.isFailReason).map(({ error }) => error)`
  if (file.isCall(node, "effect/Cause", "defects"))
    return `${list(node, file)}.reasons.filter(${file.use("effect/Cause")}.isDieReason).map(({ defect }) => defect)`
  return undefined
}

/** `Schedule.mapEffect(schedule, f)`: the function gets the metadata of a step. */
const scheduleMap = (node, file) => {
  if (!file.isCall(node, "effect/Schedule", "mapEffect")) return undefined
  const [self, f] = args(node, file)
  const argument = node.arguments[1].parameters?.length === 0 ? "" : "output"
  return `Schedule.map(${self}, (${argument === "" ? "" : "{ output }"}) => (${f})(${argument}))`
}

const removeLogger = (node, file) =>
  file.isCall(node, "effect/Logger", "remove") ? "Logger.layer([])" : undefined

/** `Schedule.intersect(a, b)`, or a step of a pipe. */
const schedules = (node, file) => {
  for (const [from, to] of [
    ["intersect", "max"],
    ["union", "min"]
  ]) {
    if (!file.isCall(node, "effect/Schedule", from)) continue
    const [first, second] = args(node, file)
    return second === undefined
      ? `(self) => Schedule.${to}([self, ${first}])`
      : `Schedule.${to}([${first}, ${second}])`
  }
  return undefined
}

const configError = (node, file) =>
  ts.isIdentifier(node.expression) &&
  file.bindings.get(node.expression.text)?.module === "effect/ConfigError" &&
  node.expression.text === "isConfigError"
    ? `${list(node, file)} instanceof ${file.use("effect/Config")}.ConfigError`
    : undefined

const unknownDuration = (node, file) => {
  if (!file.isCall(node, "effect/Duration", "decodeUnknown")) return undefined
  const [input] = node.arguments
  const duration = file.use("effect/Duration")
  const isUnknown = file.checker.getTypeAtLocation(input).flags & (ts.TypeFlags.Unknown | ts.TypeFlags.String)
  return `${duration}.fromInput(${file.render(input)}${isUnknown ? ` as ${duration}.Input` : ""})`
}

/** A link of a span has no `_tag`. */
const spanLink = (node, file) => {
  const name = node.name.getText(file.file)
  if (name === "captureStackTrace")
    return file.isCall(node.parent.parent, Effect, "useSpan") ? null : undefined
  return name === "_tag" && ts.isStringLiteral(node.initializer) && node.initializer.text === "SpanLink"
    ? null
    : undefined
}

/** `Fiber.poll(fiber)`. */
const pollEffect = (node, file) =>
  file.isCall(node, "effect/Fiber", "poll")
    ? `${file.use(Effect)}.sync(() => ${file.use("effect/Option")}.fromNullishOr(${list(node, file)}.pollUnsafe()))`
    : undefined

const chunkHead = (node, file) =>
  file.isCall(node, "effect/Chunk", "unsafeHead") ? `(${list(node, file)})[0]!` : undefined

/** `fiber.unsafePoll()` is null while the fiber runs. */
const poll = (node, file) =>
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === "unsafePoll" &&
  types.declaredBy(file.checker, node.expression.name) === "Fiber"
    ? `(${file.render(node.expression.expression)}.pollUnsafe() ?? null)`
    : undefined

const pretty = (node, file) =>
  file.isCall(node, "effect/Cause", "pretty") && node.arguments.length === 2
    ? `Cause.pretty(${args(node, file)[0]})`
    : undefined

const tapOutput = (node, file) =>
  file.isCall(node, "effect/Schedule", "tapOutput") && node.arguments.length === 1
    ? node.arguments[0].parameters?.length === 0
      ? `Schedule.tap(${list(node, file)})`
      : `Schedule.tap(({ output }) => (${list(node, file)})(output))`
    : undefined

/** `fiber.unsafeInterruptAsFork(FiberId.none)`. */
const interruptUnsafe = (node, file) =>
  ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "unsafeInterruptAsFork"
    ? `${file.render(node.expression.expression)}${node.expression.questionDotToken === undefined ? "" : "?"}.interruptUnsafe()`
    : undefined

/** `queue.unsafeOffer(value)`. */
const offerUnsafe = (node, file) =>
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === "unsafeOffer" &&
  file.moduleOf(node.expression.expression) === undefined &&
  types.declaredBy(file.checker, node.expression.name) === "Queue"
    ? `${file.use("effect/Queue")}.offerUnsafe(${file.render(node.expression.expression)}, ${list(node, file)})`
    : undefined

/** `Clock.make()` is the live clock. */
const liveClock = (node, file) =>
  file.isCall(node, "effect/Clock", "make")
    ? `${file.use("effect/Context")}.get(${file.use("effect/Context")}.empty(), ${file.use("effect/Clock")}.Clock)`
    : undefined

/** `Logger.replace(Logger.defaultLogger, logger)`. */
const replaceLogger = (node, file) =>
  file.isCall(node, "effect/Logger", "replace") ? `Logger.layer([${args(node, file)[1]}])` : undefined

/** `fiber.id()`. */
const fiberId = (node, file) =>
  ts.isPropertyAccessExpression(node.expression) &&
  node.expression.name.text === "id" &&
  node.arguments.length === 0 &&
  types.declaredBy(file.checker, node.expression.name) === "Fiber"
    ? file.render(node.expression)
    : undefined

const causeIsEmpty = (node, file) =>
  file.isCall(node, "effect/Cause", "isEmpty") ? `(${list(node, file)}.reasons.length === 0)` : undefined

const setConfigProvider = (node, file) =>
  file.isCall(node, "effect/Layer", "setConfigProvider")
    ? `${file.use("effect/ConfigProvider")}.layer(${list(node, file)})`
    : undefined

const base64 = (node, file) => {
  for (const [from, to] of [
    ["encodeBase64", "encode"],
    ["decodeBase64", "decode"]
  ]) {
    if (file.isCall(node, "effect/Encoding", from))
      return `${file.use("effect/encoding/Base64")}.${to}(${list(node, file)})`
  }
  return undefined
}

// --- Schema

const literals = (node, file) =>
  file.isCall(node, Schema, "Literal") &&
  (node.arguments.length !== 1 || ts.isSpreadElement(node.arguments[0]))
    ? `Schema.Literals([${list(node, file)}])`
    : undefined

const listed = (node, file) => {
  if (
    file.isCall(node, Schema, "Tuple") &&
    node.arguments[0] !== undefined &&
    ts.isArrayLiteralExpression(node.arguments[0])
  ) {
    const [elements, ...rest] = args(node, file)
    return rest.length === 0
      ? undefined
      : `Schema.TupleWithRest(Schema.Tuple(${elements}), [${rest.join(", ")}])`
  }
  for (const name of ["Union", "Tuple", "TemplateLiteral"]) {
    if (file.isCall(node, Schema, name)) return `${file.source(node.expression)}([${list(node, file)}])`
  }
  return undefined
}

const record = (node, file) =>
  file.isCall(node, Schema, "Record") && isObject(node.arguments[0])
    ? `Schema.Record(${valueOf(node.arguments[0], "key", file)}, ${valueOf(node.arguments[0], "value", file)})`
    : undefined

/** `Schema.transform(from, to, { strict, decode, encode })`. */
const transform = (node, file) => {
  for (const name of ["transform", "transformOrFail"]) {
    if (!file.isCall(node, Schema, name)) continue
    const [from, to, options] = node.arguments
    const how = name === "transform" ? "transform" : "transformEffect"
    const directions = ["decode", "encode"].map(
      (direction) => `${direction}: ${valueOf(options, direction, file)}`
    )
    const [encoded, decoded] = ["decode", "encode"].map((direction) => {
      const { initializer } = property(options, direction)
      const [signature] = file.checker.getContextualType(initializer).getCallSignatures()
      return file.checker.typeToString(
        file.checker.getTypeOfSymbolAtLocation(signature.parameters[0], initializer)
      )
    })
    const transformation = `${file.use("effect/SchemaTransformation")}.${how}<${decoded}, ${encoded}>`
    return `${file.render(from)}.pipe(Schema.decodeTo(${file.render(to)}, ${transformation}({ ${directions.join(", ")} })))`
  }
  return undefined
}

const compose = (node, file) =>
  file.isCall(node, Schema, "compose") && node.arguments.length === 1
    ? `Schema.decodeTo(${list(node, file)})`
    : undefined

const uuid = (node, file) =>
  file.isMember(node, Schema, "UUID") ? "Schema.String.check(Schema.isUUID())" : undefined

const validDate = (node, file) =>
  file.isMember(node, Schema, "ValidDateFromSelf")
    ? "Schema.Date.check(Schema.makeFilter((date) => !Number.isNaN(date.getTime())))"
    : undefined

const readonlyMap = (node, file) =>
  file.isCall(node, Schema, "ReadonlyMap") && isObject(node.arguments[0])
    ? `Schema.ReadonlyMap(${valueOf(node.arguments[0], "key", file)}, ${valueOf(node.arguments[0], "value", file)})`
    : undefined

const isExact = (node, file) => isObject(node) && file.source(node).replace(/\s/g, "") === "{exact:true}"

const optionalKey = (node, file) =>
  file.isCall(node, Schema, "optionalWith") && isExact(node.arguments[1], file)
    ? `Schema.optionalKey(${file.render(node.arguments[0])})`
    : undefined

const optionalKeyType = (node, file) =>
  file.isMember(node.typeName, Schema, "optionalWith")
    ? `${file.source(node.typeName.left)}.optionalKey<${file.render(node.typeArguments[0])}>`
    : undefined

const checks = {
  pattern: "isPattern",
  minLength: "isMinLength",
  minItems: "isMinLength",
  maxItems: "isMaxLength",
  maxLength: "isMaxLength",
  between: "isBetween",
  int: "isInt"
}

const check = (node, file) => {
  for (const [from, to] of Object.entries(checks)) {
    if (!file.isCall(node, Schema, from)) continue
    return `Schema.check(Schema.${to}(${
      from === "between"
        ? `{ minimum: ${args(node, file)[0]}, maximum: ${args(node, file)[1]} }`
        : list(node, file)
    }))`
  }
  return undefined
}

/** `Schema.withConstructorDefault(() => value)`. */
const constructorDefault = (node, file) => {
  if (file.isCall(node, Schema, "propertySignature")) return list(node, file)
  return file.isCall(node, Schema, "withConstructorDefault")
    ? `Schema.withConstructorDefault(${file.use(Effect)}.sync(${list(node, file)}))`
    : undefined
}

const defect = (node, file) =>
  file.isMember(node, Schema, "Defect") ? `${file.source(node.expression)}.Defect()` : undefined

/** Keys of annotations are strings: `const XId: unique symbol = Symbol.for("X")`. */
const annotationKey = (node, file) => {
  const { initializer, name, type } = node
  return type?.kind === ts.SyntaxKind.TypeOperator &&
    name.getText(file.file).endsWith("Id") &&
    initializer !== undefined &&
    /^Symbol\.for\(/.test(file.source(initializer))
    ? `${file.source(name)} = ${file.source(initializer.arguments[0])}`
    : undefined
}

/** `Schema.filter(predicate, annotations)`. */
const filter = (node, file) =>
  file.isCall(node, Schema, "filter") ? `Schema.check(Schema.makeFilter(${list(node, file)}))` : undefined

/** `Schema.make<A, I>(ast)`. */
const made = (node, file) =>
  file.isCall(node, Schema, "make") && node.typeArguments !== undefined
    ? `${file.source(node.expression)}<${file.source(node.expression.expression)}.Codec<${node.typeArguments.map((a) => file.render(a)).join(", ")}>>(${list(node, file)})`
    : undefined

/** The mark of an optional field. */
const optionalField = (node, file) =>
  /^\{\s*readonly _TypeToken: "\?:"\s*\}$/.test(file.source(node))
    ? `{ readonly "~type.optionality": "optional" }`
    : undefined

/** `Deferred.unsafeMake(FiberId.none)`. */
const deferred = (node, file) =>
  file.isCall(node, "effect/Deferred", "unsafeMake")
    ? `${file.render(node.expression)}${node.typeArguments === undefined ? "" : `<${node.typeArguments.map((a) => file.render(a)).join(", ")}>`}()`
    : undefined

/** `Schema.Either({ left, right })`. */
const either = (node, file) =>
  file.isCall(node, Schema, "Either")
    ? `Schema.toCodecJson(Schema.Result(${valueOf(node.arguments[0], "right", file)}, ${valueOf(node.arguments[0], "left", file)}))`
    : undefined

/** `Schema.Struct(fields, { key, value })`. */
const structWithRest = (node, file) =>
  file.isCall(node, Schema, "Struct") && isObject(node.arguments[1])
    ? `Schema.StructWithRest(Schema.Struct(${file.render(node.arguments[0])}), [${node.arguments
        .slice(1)
        .map((rest) => `Schema.Record(${valueOf(rest, "key", file)}, ${valueOf(rest, "value", file)})`)
        .join(", ")}])`
    : undefined

/** `HttpIncomingMessage.withMaxBodySize(Option.some(bytes))`. */
const maxBodySize = (node, file) => {
  const module = "@effect/platform/HttpIncomingMessage"
  if (!file.isCall(node, module, "withMaxBodySize") || node.arguments.length !== 1) return undefined
  const bytes = file.render(node.arguments[0].arguments[0])
  return `${file.use(Effect)}.provideService(${file.use(modules[module])}.MaxBodySize, ${file.use("effect/ByteSize")}.bytes(${bytes}))`
}

/** The shortest way to an optional key in Effect 3. */
const absentField = (node, file) => {
  if (!file.isCall(node, Schema, "makePropertySignature")) return undefined
  const [type] = node.arguments[0].arguments
  return `Schema.optionalKey(${file.render(type.expression)})`
}

const absentType = (node, file) => {
  if (!file.isMember(node.typeName, Schema, "PropertySignature")) return undefined
  const schema = file.source(node.typeName.left)
  return `${schema}.optionalKey<${schema}.Codec<${file.render(node.typeArguments[1])}>>`
}

/** `Class._tag` of an error. */
const staticTag = (node, file) =>
  node.name.text === "_tag" &&
  types.declaredBy(file.checker, node.name) !== undefined &&
  file.checker.getTypeAtLocation(node.expression).getConstructSignatures().length > 0
    ? `${file.render(node.expression)}.identifier`
    : undefined

/** Generators of values, as the Schemas that generate them. */
const generators = {
  integer: ([options]) =>
    options === undefined
      ? "Schema.Int"
      : `Schema.Int.check(Schema.isBetween({ minimum: ${bound(options, "min")}, maximum: ${bound(options, "max")} }))`,
  nat: ([options]) => `Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: ${bound(options, "max")} }))`,
  maxSafeNat: () => "Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))",
  maxSafeInteger: () => "Schema.Int",
  bigInt: ([min, max]) =>
    `Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: ${min.getText()}, maximum: ${max.getText()} }))`,
  jsonValue: () => "Schema.Json",
  uint8Array: () => "Schema.Uint8Array",
  oneof: (parts) => `Schema.Union([${parts.map(generatorOf).join(", ")}])`
}
const bound = (options, name) => property(options, name).initializer.getText()
const generatorOf = (node) => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  const { expression, name } = node.expression
  // A cast of the generated value.
  if (name.text === "map") return generatorOf(expression)
  return generators[name.text]?.(node.arguments)
}

/** `arbitrary: () => (fc) => fc.nat()` in annotations. */
const arbitrary = (node, file) => {
  const { initializer, name } = node
  if (name.getText(file.file) !== "arbitrary" || !ts.isArrowFunction(initializer)) return undefined
  const generator = ts.isArrowFunction(initializer.body) ? generatorOf(initializer.body.body) : undefined
  if (generator === undefined) return undefined
  const getter = `${file.use("effect/SchemaGetter")}.passthrough({ strict: false })`
  return `toCodecArbitrary: () => Schema.link<never>()(${generator}, { decode: ${getter}, encode: ${getter} })`
}

/** `message: () => text` in annotations. */
const messageText = (node, file) => {
  const { initializer, name } = node
  if (
    name.getText(file.file) !== "message" ||
    !ts.isArrowFunction(initializer) ||
    initializer.parameters.length > 0 ||
    ts.isBlock(initializer.body)
  )
    return undefined
  const contextual = file.checker.getContextualType(initializer)
  const parts = contextual?.isUnion() ? contextual.types : [contextual]
  return parts.some((part) => /MessageAnnotation/.test(part?.aliasSymbol?.name ?? ""))
    ? `message: ${file.render(initializer.body)}`
    : undefined
}

// --- Metric

const tagged = (node, file) => {
  if (!file.isCall(node, "effect/Metric", "tagged")) return undefined
  const all = args(node, file)
  const [key, value] = all.slice(-2)
  const self = all.length === 3 ? `${all[0]}, ` : ""
  return `Metric.withAttributes(${self}{ ${ts.isStringLiteral(node.arguments.at(-2)) ? key : `[${key}]`}: ${value} })`
}

const histogram = (node, file) => {
  if (!file.isCall(node, "effect/Metric", "histogram")) return undefined
  const [name, boundaries, description] = args(node, file)
  return `Metric.histogram(${name}, { boundaries: ${boundaries}${description === undefined ? "" : `, description: ${description}`} })`
}

/** `Metric.Metric.Counter<number>`. */
const metricType = (node, file) =>
  ts.isQualifiedName(node.left) && file.isMember(node.left, "effect/Metric", "Metric")
    ? `${file.source(node.left.left)}.${node.right.text}`
    : undefined

// --- tests

const itScoped = (node) => {
  const names = new Map([
    ["scoped", "effect"],
    ["scopedLive", "live"]
  ])
  const to =
    ts.isIdentifier(node.expression) && node.expression.text === "it" ? names.get(node.name.text) : undefined
  return to === undefined ? undefined : `it.${to}`
}

/** `export { post } from "@effect/platform/HttpClientRequest"`. */
const exported = (node) => {
  const module = node.moduleSpecifier?.text
  if (module === undefined || modules[module] === undefined || !ts.isNamedExports(node.exportClause))
    return undefined
  const items = node.exportClause.elements.map((e) => {
    const name = (e.propertyName ?? e.name).text
    const to = members[`${module}#${name}`] ?? name
    return to === e.name.text ? to : `${to} as ${e.name.text}`
  })
  return `export ${node.isTypeOnly ? "type " : ""}{ ${items.join(", ")} } from "${modules[module]}"`
}

/** By the name of the kind of node. */
const byName = {
  CallExpression: [
    tag,
    dieMessage,
    timeoutFail,
    withClock,
    repeatN,
    yieldNow,
    runWith,
    interruptUnsafe,
    chunkCall,
    chunkMap,
    interruptExit,
    withConfigProvider,
    configFromMap,
    tapBoth,
    arbitraryOf,
    prop,
    dataStruct,
    mounted,
    routed,
    foldFrom,
    partition,
    filterMap,
    tracer,
    separate,
    minimumLogLevel,
    upTo,
    transform,
    compose,
    readonlyMap,
    offerUnsafe,
    liveClock,
    replaceLogger,
    fiberId,
    unhandledLog,
    dynamicImport,
    updateContext,
    causeParts,
    poll,
    pollEffect,
    chunkHead,
    pretty,
    tapOutput,
    schedules,
    scheduleMap,
    removeLogger,
    configError,
    unknownDuration,
    constructorDefault,
    filter,
    made,
    absentField,
    either,
    structWithRest,
    maxBodySize,
    deferred,
    causeIsEmpty,
    setConfigProvider,
    base64,
    literals,
    listed,
    record,
    optionalKey,
    check,
    tagged,
    histogram
  ],
  ClassDeclaration: [referenceClass],
  ExportDeclaration: [exported],
  ExpressionWithTypeArguments: [schemaType],
  ImportType: [importType],
  IndexedAccessType: [serviceOfTag],
  PropertyAccessExpression: [
    clock,
    staticTag,
    defect,
    chunkFunction,
    uuid,
    validDate,
    itScoped,
    memberRenamed,
    propertyRenamed
  ],
  NewExpression: [requestError],
  ShorthandPropertyAssignment: [spanAnnotations],
  PropertyAssignment: [spanAnnotations, spanLink, eitherPattern, arbitrary, messageText, onEither],
  QualifiedName: [metricType, effectNamespace, eitherNamespace, schemaNamespace, typeRenamed],
  StringLiteral: [eitherTag, errorTag],
  TypeLiteral: [optionalField],
  TypeReference: [absentType, chunkType, httpApp, schemaType, scheduleType, optionalKeyType, referenceType],
  VariableDeclaration: [annotationKey],
  YieldExpression: [yieldedValue]
}

/** By the kind of node: its names are not unique. */
export const rules = new Map(Object.entries(byName).map(([name, list]) => [ts.SyntaxKind[name], list]))
