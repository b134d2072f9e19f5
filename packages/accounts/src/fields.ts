/** @dhp/accounts/fields: the fields of a person and of a policy, each declared once. */
export {
  type ChangedPersonValues,
  type GivenPersonValues,
  type PersonField,
  personFields,
} from './fields/person-fields.ts';
export { type GivenPolicyValues, type PolicyField, policyFields } from './fields/policy-fields.ts';
