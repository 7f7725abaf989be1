// Replaces the file of this name; reviewed at 0a0f4978201b6404.
import { NodeInspectSymbol } from "effect/Inspectable"
import * as Schema from "effect/Schema"
import { isError } from "./brand.js"

/** Marks the errors of this library. A string, so that another copy of the package has the same mark. */
export const TypeId = "~@effect-centrifugo/core/CentrifugoError"

type Constructor = new (props: object, options?: Schema.MakeOptions) => Error

/**
 * `Schema.TaggedError` with the `TypeId`, and with the message as an own property: `structuredClone` and
 * `postMessage` do not copy the getters of classes. `console.log` prints the errors like any other.
 */
export const TaggedError = ((identifier?: string) =>
  (tag: string, fields: Schema.Struct.Fields, annotations?: never) => {
    const Base = Schema.TaggedError<Error>(identifier)(tag, fields, annotations) as unknown as Constructor
    return class extends Base {
      constructor(props: object, options?: Schema.MakeOptions) {
        super(props, options)
        const { message } = this
        Object.defineProperty(this, "message", { value: message, configurable: true, writable: true })
        Object.defineProperty(this, NodeInspectSymbol, { value: undefined })
      }
      get [TypeId](): typeof TypeId {
        return TypeId
      }
    }
  }) as unknown as typeof Schema.TaggedError

/** Whether a value is an error of this library, including one from another copy of the package. */
export const isTagged = (u: unknown): u is Error & { readonly _tag: unknown } =>
  isError(u) && TypeId in u && "_tag" in u
