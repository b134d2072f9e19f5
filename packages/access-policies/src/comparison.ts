/** @dhp/access-policies/comparison: what one set of policies changes of another, and who would lose what by it. */
export { changesBetween, type KnownCaller, lossesBetween } from './compare.ts';
export { limitsBetween } from './compare-limits.ts';
