/** All scenarios, in the order of `scenarioIds`. */
import { scenarioIds, type ScenarioId } from "../model.js"
import { bundle, bundleOfEdition } from "./bundle.js"
import { imports } from "./imports.js"
import { loads } from "./loads.js"
import { proxy } from "./proxy.js"
import { session } from "./runLoads.js"
import type { Scenario, Session } from "./Scenario.js"

const rankOf = ({ id }: Scenario) => scenarioIds.indexOf(id)

const inOrder = (a: Session, b: Session) => rankOf(a.scenarios[0]!) - rankOf(b.scenarios[0]!)

/** The sessions to run for these scenarios. */
export const sessionsOf = (ids: ReadonlyArray<ScenarioId>): ReadonlyArray<Session> => {
  const isAsked = ({ id }: Scenario) => ids.includes(id)
  return [
    ...loads.map((together) => together.filter(isAsked)).map(session),
    ...[imports, bundle, bundleOfEdition, proxy].filter(({ scenarios }) => scenarios.every(isAsked))
  ]
    .filter(({ scenarios }) => scenarios.length > 0)
    .toSorted(inOrder)
}

export const scenarios: ReadonlyArray<Scenario> = sessionsOf(scenarioIds).flatMap(
  ({ scenarios }) => scenarios
)
