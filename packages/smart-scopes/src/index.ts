/** @dhp/smart-scopes: the scope grammar of SMART App Launch, and what a scope permits. */
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
