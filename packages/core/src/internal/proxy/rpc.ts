/** Descriptions of RPC methods that clients call. */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Request } from "../../ProxyProtocol.js"
import type { Call, RpcHandlers } from "./model.js"
import type { Denied, Disconnected } from "./refusals.js"
import { typed } from "./typed.js"

/**
 * An RPC method: its name, and the Schemas of its parameters and returned data.
 *
 * @since 0.1.0
 */
export interface Rpc<out Name extends string, in out P, in out A> {
  /** The name. The part before the first colon is the namespace. */
  readonly name: Name
  /** The Schema of the parameters. */
  readonly params: Schema.Schema<P, unknown>
  /** The Schema of the returned data; `undefined` if there is none. */
  readonly answer: Schema.Schema<A, unknown> | undefined
}

/**
 * Any method.
 *
 * @since 0.1.0
 */
export interface AnyRpc {
  /** The name. */
  readonly name: string
  /** The Schema of the parameters. */
  readonly params: Schema.Schema.AnyNoContext
  /** The Schema of the returned data; `undefined` if there is none. */
  readonly answer: Schema.Schema.AnyNoContext | undefined
}

/** The function that handles a method. */
type Implementation<T extends AnyRpc> =
  T extends Rpc<string, infer P, infer A>
    ? (
        params: P,
        call: Call<Request<"rpc">>
      ) => Effect.Effect<[A] extends [void] ? void : A, Denied | Disconnected, unknown>
    : never

/**
 * One function per method.
 *
 * @since 0.1.0
 */
export type Implementations<T extends AnyRpc> = {
  readonly [Name in T["name"]]: Implementation<Extract<T, { readonly name: Name }>>
}

type RequirementsOf<H> = {
  readonly [K in keyof H]: H[K] extends (...args: never) => Effect.Effect<unknown, unknown, infer R>
    ? R
    : never
}[keyof H]

/**
 * A group of RPC methods. Client code can derive the types of parameters and results from it.
 *
 * @since 0.1.0
 */
export interface RpcGroup<in out T extends AnyRpc> {
  /** The methods. */
  readonly methods: ReadonlyArray<T>
  /** Makes the handlers from one function per method. A missing function does not compile. */
  readonly handlers: <H extends Implementations<T>>(
    implementations: H & { readonly [K in Exclude<keyof H, T["name"]>]: "there is no such method" }
  ) => RpcHandlers<RequirementsOf<H>>
}

const refuse = (detail: string) => new TypeError(`ProxyApp.rpc: ${detail}`)

export const make = (
  name: string,
  params: Schema.Schema.AnyNoContext,
  answer: Schema.Schema.AnyNoContext | undefined
): AnyRpc => {
  if (typeof name !== "string" || name === "") throw refuse("expected a non-empty name")
  return { name, params, answer }
}

export const group = <T extends AnyRpc>(methods: ReadonlyArray<T>): RpcGroup<T> => {
  const names = methods.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw refuse(`two methods have the name ${twice}`)
  return {
    methods,
    handlers: (implementations) => {
      const given = implementations as Readonly<Record<string, unknown>>
      const missing = names.find((name) => typeof given[name] !== "function")
      if (missing !== undefined) throw refuse(`there is no handler for ${missing}`)
      const unknown = Object.keys(given).find((name) => !names.includes(name))
      if (unknown !== undefined) throw refuse(`there is no method ${unknown}`)
      const table = new Map(methods.map((method) => [method.name, answering(method, given[method.name])]))
      return {
        methods: names,
        handle: (request, call) => table.get(request.method)?.(request, call)
        // The table does not keep the functions' types, which contain their requirements.
      } as RpcHandlers<never>
    }
  }
}

type Function = (
  params: unknown,
  call: Call<Request<"rpc">>
) => Effect.Effect<{} | null | undefined, Denied | Disconnected>

const answering = ({ answer, params }: AnyRpc, implementation: unknown) =>
  typed("rpc", { data: params, ...(answer === undefined ? {} : { reply: answer }) }, ({ data }, call) =>
    Effect.map((implementation as Function)(data, call), (result) =>
      answer === undefined || result === undefined ? undefined : { data: result }
    )
  )
