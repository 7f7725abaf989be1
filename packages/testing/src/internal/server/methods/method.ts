import { type Decoder } from "../../json/decoders.js"
import { type Answer } from "../Answer.js"
import { type State } from "../State.js"

/** A method and its request decoder, with the type that they share hidden. */
export interface Method {
  readonly request: Decoder<unknown>
  readonly run: (state: State, request: unknown) => Answer
}

export const method = <A>(request: Decoder<A>, run: (state: State, request: A) => Answer): Method => ({
  request,
  run: (state, decoded) => run(state, decoded as A)
})
