/** @dhp/access-policies: access policies as data. Pure functions: others store versions and make statements from criteria. */
export {
  type Authority,
  type BreakGlassPolicy,
  careTypes,
  type InteractionName,
  interactions,
  type LabelPolicies,
  type PolicyCaller,
  type PolicyRule,
  type PolicySet,
  type Position,
  type Who,
} from './policy-set.ts';
export { type CheckMeans, type ElementProblem, faultText, PolicyFaults, readPolicySet } from './read-policy-set.ts';
export { lineOf } from './line-of.ts';
export { clearedLabels, type Decision, explain, type Explained } from './decide.ts';
export { type ElementLimits, limitsOf } from './limits.ts';
