/** @dhp/smart-scopes: the scope grammar of SMART App Launch, and the permissions of a scope. */
export {
  formatScope,
  parseScope,
  permissionOrder,
  type ParseOptions,
  type Permission,
  type ResourceScope,
  type ScopeContext,
  identifierTypeOf,
  trailRight,
} from './grammar.ts';
export { coverageOf, covers, intersection, namedOnly, permits } from './permits.ts';
