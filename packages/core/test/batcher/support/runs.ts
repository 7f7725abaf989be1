/** The number of cases of a property: PROPERTY_RUNS in the nightly run, otherwise a fast default. */
export const runs = (every: number): number => Number(process.env["PROPERTY_RUNS"] ?? every)
