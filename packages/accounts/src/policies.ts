/** @dhp/accounts/policies: roles, and the access policies that they stand for. */
export {
  environmentsOfOfficer,
  openPolicies,
  organizationAdministrator,
  type Policies,
  policiesOf,
  type Policy,
  PolicyError,
} from './policies/policies.ts';
