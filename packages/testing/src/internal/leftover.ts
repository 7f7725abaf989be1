/** Reports unused faults: a fault that never happened proves nothing. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { UsageError } from "./errors.js"
import { type Leftover } from "./faults.js"

/** Makes the scope end with a defect if faults are unused, unless the test has already failed. */
export const report = (
  left: Effect.Effect<ReadonlyArray<Leftover>>
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.addFinalizer((exit) =>
    Exit.isFailure(exit)
      ? Effect.void
      : Effect.flatMap(left, (faults) =>
          faults.length === 0
            ? Effect.void
            : Effect.die(new UsageError({ operation: "failNext", detail: detailOf(faults) }))
        )
  )

const detailOf = (faults: ReadonlyArray<Leftover>): string => {
  const list = faults.map(
    ({ fault, method, times }) => `${JSON.stringify(fault)} for ${JSON.stringify(method)}, ${times} times`
  )
  return `the test is over, and these injected faults did not happen: ${list.join("; ")}`
}
