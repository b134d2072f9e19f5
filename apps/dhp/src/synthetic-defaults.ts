/** Defaults of the synthetic population. */

/** The seed of the playground's first population, so that every laptop has the same. */
export const defaultSeed = 1;
/** The day of the playground's first population: fixed, so that it is the same whenever it is generated. */
export const defaultToday = '2026-06-30';
