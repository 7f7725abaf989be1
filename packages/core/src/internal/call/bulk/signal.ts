/** Lets one fiber wait until something is so, which others say when it may have become so. */
import * as Effect from "effect/Effect"

export class Signal {
  readonly #isSo: () => boolean
  #resume: (() => void) | undefined = undefined

  constructor(isSo: () => boolean) {
    this.#isSo = isSo
  }

  readonly wait: Effect.Effect<void> = Effect.async((resume) => {
    if (this.#isSo()) return resume(Effect.void)
    this.#resume = () => resume(Effect.void)
    return Effect.sync(() => (this.#resume = undefined))
  })

  changed(): void {
    if (this.#resume === undefined || !this.#isSo()) return
    const resume = this.#resume
    this.#resume = undefined
    resume()
  }
}
