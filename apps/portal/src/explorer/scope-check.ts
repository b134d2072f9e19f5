/**
 * Whether scopes permit a call, only by their grammar. The server with the record decides about conditions, roles and whose record it is.
 */
import { formatScope, parseScope, permits, type Permission, type ResourceScope } from '@dhp/smart-scopes';

export interface ScopeCheck {
  /** The permission and the type that the call needs; undefined if it is no call to resources of one type. */
  readonly needed: { readonly permission: Permission; readonly type: string } | undefined;
  /** The scopes that permit it. */
  readonly by: readonly string[];
  /** Words that are not resource scopes, such as `openid`. */
  readonly others: readonly string[];
}

export function checkScopes(scope: string, method: string, path: string): ScopeCheck {
  const words = [...new Set(scope.split(/\s+/))].filter((word) => word !== '').slice(0, 200);
  const scopes = words.flatMap((word) => parseScope(word) ?? []);
  const others = words.filter((word) => parseScope(word) === undefined);
  const needed = neededFor(method, path);
  const isMatch = (one: ResourceScope): boolean =>
    needed !== undefined && permits([one], needed.permission, needed.type);
  return { needed, others, by: scopes.filter(isMatch).map(formatScope) };
}

/** The permission that the FHIR servers ask of a token for an interaction (SMART App Launch 2.2, scopes for requesting FHIR resources). */
function neededFor(method: string, path: string): ScopeCheck['needed'] {
  const [whole = ''] = path.split('?', 1);
  const [type = '', id, rest] = whole.split('/').filter((part) => part !== '');
  if (!/^[A-Z][A-Za-z]{2,60}$/.test(type)) return undefined;
  const permission = permissionFor(method, id, rest);
  return permission && { permission, type };
}

function permissionFor(method: string, id: string | undefined, rest: string | undefined): Permission | undefined {
  if (id?.startsWith('$') === true || rest?.startsWith('$') === true) return undefined;
  if (method === 'POST') return id === undefined ? 'c' : id === '_search' ? 's' : undefined;
  if (method === 'GET')
    return id === undefined || id.startsWith('_') ? 's' : rest === undefined || rest === '_history' ? 'r' : undefined;
  if (method === 'PUT' || method === 'PATCH') return 'u';
  return method === 'DELETE' ? 'd' : undefined;
}
