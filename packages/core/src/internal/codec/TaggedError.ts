import * as Schema from "effect/Schema"
import { isError } from "./brand.js"

/** Marks the errors of this library. A string, so that another copy of the package has the same mark. */
export const TypeId = "~@effect-centrifugo/core/CentrifugoError"

type Constructor = new (props: object, options?: Schema.MakeOptions) => Error

/**
 * `Schema.TaggedError` with the `TypeId`, and with the message as an own property: `structuredClone` and
 * `postMessage` do not copy the getters of classes.
 */
export const TaggedError: typeof Schema.TaggedError = (identifier) => (tag, fields, annotations) => {
  const Base = Schema.TaggedError<Error>(identifier)(
    tag,
    fields,
    annotations as never
  ) as unknown as Constructor
  return class extends Base {
    constructor(props: object, options?: Schema.MakeOptions) {
      super(props, options)
      const { message } = this
      Object.defineProperty(this, "message", { value: message, configurable: true, writable: true })
    }
    get [TypeId](): typeof TypeId {
      return TypeId
    }
  } as never
}

/** Whether a value is an error of this library, including one from another copy of the package. */
export const isTagged = (u: unknown): u is Error & { readonly _tag: unknown } =>
  isError(u) && TypeId in u && "_tag" in u
