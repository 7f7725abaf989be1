import * as Schema from "effect/Schema"

type Constructor = new (props: object, options?: Schema.MakeOptions) => Error

/**
 * `Schema.TaggedError` whose errors have their message as a property of their own. The message is a getter of each
 * class, which `structuredClone` and `postMessage` do not copy.
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
  } as never
}
