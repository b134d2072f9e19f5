/** @dhp/fhir-store/access-policies: the access policies of an environment, for who changes them. */
export {
  activateEarlier,
  activateNew,
  type ActivePolicies,
  type PolicyVersion,
  selectActivePolicies,
  selectPolicyText,
  selectPolicyVersions,
} from './statements/access-policies.ts';
