/** @dhp/clients/fields: the fields of a client, each declared once, with their grants and scopes. */
export { ClientError, type ClientErrorKind } from './fields/client-error.ts';
export type { ClientField } from './fields/client-field.ts';
export { clientDetails, clientFields, type FieldName } from './fields/client-fields.ts';
export {
  applicationsScope,
  deviceGrant,
  launchScope,
  supportedGrants,
  systemWordScopes,
  wordScopes,
} from './fields/grants-and-scopes.ts';
export { type AdminScope, adminScopes, isAdminScope } from './fields/scopes.ts';
export { assertionAlgorithms } from './fields/validate-keys.ts';
