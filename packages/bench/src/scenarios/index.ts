/** All scenarios, in the order of `scenarioIds`. */
import { scenarioIds } from "../model.js"
import { bundle } from "./bundle.js"
import { imports } from "./imports.js"
import { loads } from "./loads.js"
import { scenario } from "./runLoad.js"
import type { Scenario } from "./Scenario.js"

const all = [...loads.map(scenario), imports, bundle]

export const scenarios: ReadonlyArray<Scenario> = scenarioIds.flatMap((id) =>
  all.filter((scenario) => scenario.id === id)
)
