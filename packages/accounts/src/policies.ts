/** @dhp/accounts/policies: roles, and their access policies. */
export {
  environmentsOfOfficer,
  openPolicies,
  organizationAdministrator,
  type Policies,
  policiesOf,
  type Policy,
  PolicyError,
} from './policies/policies.ts';
