/** @dhp/fhir-store/access-policies: the access policies of an environment, for code that changes them, and the review of broken glass. */
export { type BrokenGlass, reviewGlass, selectBrokenGlass } from './statements/break-glass.ts';
export {
  activateEarlier,
  activateNew,
  type ActivePolicies,
  PoliciesChanged,
  type PolicyActivation,
  type PolicyVersion,
  selectActivePolicies,
  selectPolicyActivations,
  selectPolicyText,
  selectPolicyVersions,
} from './statements/access-policies.ts';
