/** How many cases a property is tried with: PROPERTY_RUNS, which the nightly run sets, or as many as fit into every run. */
export const runs = (every: number): number => Number(process.env["PROPERTY_RUNS"] ?? every)
