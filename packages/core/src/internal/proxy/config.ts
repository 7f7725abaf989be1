/** Generates the server's configuration for the handlers of an app. */
import type { Event } from "../../ProxyProtocol.js"
import { namespaceOf } from "../../Wire.js"
import type { HeaderName } from "./model.js"
import {
  check,
  isHeaderName,
  type Options,
  readHandlers,
  refuse,
  secretHeader,
  type Untyped,
  wireName
} from "./options.js"

/**
 * A channel namespace of the server's configuration.
 *
 * @since 0.1.0
 */
export interface Namespace {
  /** The name of the namespace. */
  readonly name: string
  /** Any option of the server: `history_size`, `presence`, ... */
  readonly [option: string]: unknown
}

/**
 * Options of the configuration. Pass the same `timeout` and `secret` as to the app.
 *
 * @since 0.1.0
 */
export interface ConfigOptions extends Options {
  /** The URL of the app: `"http://backend:3000/centrifugo"`. Each event has a path below it. */
  readonly endpoint: string
  /**
   * Headers of the client's connection request that the server forwards. Default: `Cookie`, `Authorization`,
   * `Origin`, `User-Agent`, `X-Real-Ip`, `X-Forwarded-For`, `X-Request-Id`.
   */
  readonly headers?: ReadonlyArray<HeaderName>
  /** Headers of the client's connect command to forward. Clients can send any value in them. Default: none. */
  readonly emulatedHeaders?: ReadonlyArray<HeaderName>
  /** `include_connection_meta`: later requests contain the connection's meta. Default `true`. */
  readonly includeMeta?: boolean
  /** `binary_encoding`: needed if clients send bytes that are not JSON. Default `false`. */
  readonly binary?: boolean
  /**
   * Your namespaces with their other options. The configuration enables the proxies in them: in all namespaces for a
   * function, and in the typed channel's namespace for its handler. Default: the namespaces of the typed channels.
   */
  readonly namespaces?: ReadonlyArray<Namespace>
  /** Options of channels without a namespace. Default: none. */
  readonly withoutNamespace?: { readonly [option: string]: unknown }
  /** RPC namespaces that a function for `rpc` handles. Default: those of the `RpcGroup`. */
  readonly rpcNamespaces?: ReadonlyArray<string>
}

/**
 * The proxy part of the server's configuration. Merge it with the rest. Only the texts that its functions return contain
 * the secret.
 *
 * @since 0.1.0
 */
export interface ServerConfig {
  /** Returns the configuration as the text of `config.json`. */
  readonly json: () => string
  /** Returns the configuration as the text of `config.yaml`. */
  readonly yaml: () => string
  /** Returns the configuration as environment variables, by name. */
  readonly env: () => { readonly [name: string]: string }
}

const where = "ProxyApp.config"

const defaultHeaders: ReadonlyArray<HeaderName> = [
  "Cookie",
  "Authorization",
  "Origin",
  "User-Agent",
  "X-Real-Ip",
  "X-Forwarded-For",
  "X-Request-Id"
]

type Tree = { [key: string]: unknown }

const at = (tree: Tree, ...path: ReadonlyArray<string>): Tree =>
  path.reduce<Tree>((node, key) => (node[key] ??= {}) as Tree, tree)

/** The option of a namespace that enables an event's proxy. */
const switches: { readonly [E in Event]?: (options: Tree) => void } = {
  subscribe: (options) => (options["subscribe_proxy_enabled"] = true),
  publish: (options) => (options["publish_proxy_enabled"] = true),
  subRefresh: (options) => (options["sub_refresh_proxy_enabled"] = true),
  mapPublish: (options) => (at(options, "map")["publish_proxy_enabled"] = true),
  mapRemove: (options) => (at(options, "map")["remove_proxy_enabled"] = true),
  sharedPollRefresh: (options) => (at(options, "shared_poll")["proxy_name"] = "default")
}

/** Whether the server calls an event's proxy for channels with these options. */
const fits = (event: Event, { subscription_type: kind = "stream" }: Tree): boolean => {
  switch (event) {
    case "mapPublish":
    case "mapRemove":
      return kind === "map"
    case "sharedPollRefresh":
      return kind === "shared_poll"
    case "publish":
      return kind === "stream"
    default:
      // In maps, the server (6.9.1) rejects a subscription that the proxy accepted, with code 107.
      return !String(kind).startsWith("map")
  }
}

export const make = (handlers: object, options: ConfigOptions): ServerConfig => {
  const existing = readHandlers(where, handlers)
  const proxy = proxyOf(options)
  const channel = new Channels(options)
  const root: Tree = {}
  for (const [event, handler] of existing) {
    const name = wireName(event)
    const own = { ...proxy, endpoint: `${endpointOf(options.endpoint)}/${name}` }
    if (event === "connect" || event === "refresh") {
      at(root, "client", "proxy")[name] = { enabled: true, ...own }
    } else if (event === "rpc") {
      at(root, "rpc")["proxy"] = own
      switchRpc(at(root, "rpc"), handler, options.rpcNamespaces ?? [])
    } else {
      at(root, "channel", "proxy")[name] = own
      channel.switchOn(event, handler)
    }
  }
  channel.write(root)
  return {
    json: () => `${JSON.stringify(root, null, 2)}\n`,
    yaml: () => yamlOf(root, "").slice(1) + "\n",
    env: () => Object.fromEntries(variables("CENTRIFUGO", root))
  }
}

const endpointOf = (endpoint: unknown): string => {
  // The server takes any other value as the address of a gRPC server.
  if (typeof endpoint !== "string" || !/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw refuse(where, 'endpoint: expected a URL such as "http://backend:3000/centrifugo"')
  }
  if (/[?#]/.test(endpoint)) throw refuse(where, "endpoint: expected a URL without a query or a fragment")
  return endpoint.replace(/\/+$/, "")
}

const proxyOf = (options: ConfigOptions): Tree => {
  const { secret, timeout } = check(where, options)
  const { binary = false, emulatedHeaders = [], headers = defaultHeaders, includeMeta = true } = options
  for (const name of [...headers, ...emulatedHeaders]) {
    if (!isHeaderName(name)) throw refuse(where, "headers: expected header names")
    // A forwarded client header with this name would replace the secret.
    if (name.toLowerCase() === secretHeader) {
      throw refuse(where, `headers: ${name} carries the secret, so it can't be forwarded from clients`)
    }
  }
  return {
    endpoint: "",
    timeout: `${timeout}ms`,
    ...(headers.length === 0 ? {} : { http_headers: headers }),
    ...(emulatedHeaders.length === 0 ? {} : { emulated_headers: emulatedHeaders }),
    ...(includeMeta ? { include_connection_meta: true } : {}),
    ...(binary ? { binary_encoding: true } : {}),
    ...(secret === undefined ? {} : { http: { static_headers: { [secretHeader]: secret } } })
  }
}

class Channels {
  readonly #namespaces: Map<string, Tree>
  readonly #withoutNamespace: Tree
  constructor({ namespaces = [], withoutNamespace = {} }: ConfigOptions) {
    this.#namespaces = new Map(namespaces.map((namespace) => [namespace.name, structuredClone(namespace)]))
    this.#withoutNamespace = structuredClone(withoutNamespace)
  }

  switchOn(event: Event, handler: Untyped): void {
    const all = handler._tag === "Channels" ? this.#ofTemplates(event, handler.handlers) : this.#all
    const targets = all.filter((options) => fits(event, options))
    if (targets.length === 0 || (handler._tag === "Channels" && targets.length < all.length)) {
      throw refuse(
        where,
        `${event}: the server would not call the handler; check the subscription_type of its namespace in namespaces`
      )
    }
    for (const target of targets) switches[event]?.(target)
  }

  write(root: Tree): void {
    if (Object.keys(this.#withoutNamespace).length > 0) {
      at(root, "channel")["without_namespace"] = this.#withoutNamespace
    }
    if (this.#namespaces.size > 0) at(root, "channel")["namespaces"] = [...this.#namespaces.values()]
  }

  #ofTemplates(event: Event, handlers: ReadonlyArray<{ readonly template: string }>): ReadonlyArray<Tree> {
    return handlers.map(({ template }) => {
      const name = namespaceOf(template)
      if (/^[^:]*\{/.test(template)) {
        throw refuse(where, `${event}: the template ${template} has no fixed namespace; use a function`)
      }
      if (name === undefined) return this.#withoutNamespace
      const namespace = this.#namespaces.get(name) ?? { name }
      this.#namespaces.set(name, namespace)
      return namespace
    })
  }

  get #all(): ReadonlyArray<Tree> {
    return [...this.#namespaces.values(), this.#withoutNamespace]
  }
}

const switchRpc = (rpc: Tree, handler: Untyped, given: ReadonlyArray<string>): void => {
  const names =
    handler._tag === "Rpc" ? handler.handlers.methods.map(namespaceOfMethod) : [undefined, ...given]
  const namespaces = [...new Set(names)]
  if (namespaces.includes(undefined)) at(rpc, "without_namespace")["proxy_enabled"] = true
  const named = namespaces.filter((name) => name !== undefined)
  if (named.length > 0) rpc["namespaces"] = named.map((name) => ({ name, proxy_enabled: true }))
}

const namespaceOfMethod = (method: string): string | undefined => {
  const end = method.indexOf(":")
  return end < 0 ? undefined : method.slice(0, end)
}

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Writes a value as YAML. Scalars are written as JSON, which is also valid YAML. */
const yamlOf = (value: unknown, indent: string): string => {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []"
    return value
      .map((item) => {
        const text = yamlOf(item, `${indent}  `)
        return `\n${indent}-${isTree(item) ? ` ${text.trimStart()}` : text}`
      })
      .join("")
  }
  if (!isTree(value)) return ` ${JSON.stringify(value)}`
  const keys = Object.keys(value).filter((key) => value[key] !== undefined)
  if (keys.length === 0) return " {}"
  return keys
    .map((key) => {
      const name = /^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key)
      return `\n${indent}${name}:${yamlOf(value[key], `${indent}  `)}`
    })
    .join("")
}

/** In variables, the server reads lists of strings separated by spaces, and other objects as JSON. */
const variables = (prefix: string, tree: Tree): ReadonlyArray<readonly [string, string]> =>
  Object.entries(tree).flatMap(([key, value]): ReadonlyArray<readonly [string, string]> => {
    const name = `${prefix}_${key.toUpperCase()}`
    if (isTree(value) && key !== "static_headers") return variables(name, value)
    if (Array.isArray(value) && value.every((item) => typeof item === "string"))
      return [[name, value.join(" ")]]
    return [[name, typeof value === "string" ? value : JSON.stringify(value)]]
  })
