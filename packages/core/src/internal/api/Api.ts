/** The methods of the server API by their client names. */
import { type ApiMethod, isApiMethod } from "../../ApiMethod.js"
import * as open from "./open.js"
import * as pro from "./pro.js"

type Names<Module> = {
  [K in keyof Module]: Module[K] extends ApiMethod<infer _M, infer _P, infer _A, infer _E> ? K : never
}[keyof Module]

// `Pick` keeps each method's docstring, and so do the client types, which map over these two types.

/**
 * The methods of the open-source server, by name. `batch` is not included, because it carries other methods.
 *
 * @since 0.1.0
 */
export type Methods = Pick<typeof open, Names<typeof open>>

/**
 * The methods that only Centrifugo PRO has, by name.
 *
 * @since 0.1.0
 */
export type ProMethods = Pick<typeof pro, Names<typeof pro>>

const methodsOf = (module: object): unknown =>
  Object.fromEntries(Object.entries(module).filter(([, value]) => isApiMethod(value)))

/**
 * Every method of the open-source server, by name.
 *
 * @since 0.1.0
 */
export const methods = /* @__PURE__ */ methodsOf(open) as Methods

/**
 * Every method that only Centrifugo PRO has, by name.
 *
 * @since 0.1.0
 */
export const proMethods = /* @__PURE__ */ methodsOf(pro) as ProMethods
