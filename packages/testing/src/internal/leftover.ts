/** A fault that never came proves nothing: the test that ordered it is told at its end. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { UsageError } from "./errors.js"
import { type Leftover } from "./faults.js"

/** Ends the scope with a defect if faults are left over. A test that failed has its own reason. */
export const tell = (left: Effect.Effect<ReadonlyArray<Leftover>>): Effect.Effect<void, never, Scope.Scope> =>
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
  return `the test is over, and these faults have not come: ${list.join("; ")}`
}
