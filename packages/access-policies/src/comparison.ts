/** @dhp/access-policies/comparison: the changes between two sets of policies, and the losses of callers. */
export { changesBetween, type KnownCaller, lossesBetween } from './compare.ts';
export { limitsBetween } from './compare-limits.ts';
