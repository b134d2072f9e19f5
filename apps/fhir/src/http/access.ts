import { formatScope, parseScope, permits, type ResourceScope } from '@dhp/smart-scopes';
import { failure, type Failure } from './errors.ts';

export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** What the bearer of a token may do. */
export interface Access {
  readonly clientId: string;
  /** The scopes that grant something here. */
  readonly scopes: readonly ResourceScope[];
  /** Scopes for resources that cannot be enforced yet and therefore grant nothing. */
  readonly unenforced: readonly ResourceScope[];
  /** Milliseconds since 1970 at which the token ends. */
  readonly expiresAt: number;
}

/**
 * Only `system/` scopes without a search condition grant access for now: the compartment of a patient, the rights of a user
 * and conditions such as `?category=…` need search to be enforced. What cannot be enforced is denied, never widened.
 */
export function accessOf(claims: { clientId: string; scope: string; expiresAt: number }): Access {
  const scopes: ResourceScope[] = [];
  const unenforced: ResourceScope[] = [];
  for (const token of claims.scope.split(' ')) {
    const scope = token === '' ? undefined : parseScope(token);
    if (scope === undefined) continue;
    if (scope.context === 'system' && scope.query === undefined) scopes.push(scope);
    else unenforced.push(scope);
  }
  return { clientId: claims.clientId, scopes, unenforced, expiresAt: claims.expiresAt };
}

/** Undefined when the access covers the permission on the type; else the failure that names the missing scope. */
export function missingPermission(
  access: Access,
  permission: Permission,
  type: string,
  interaction: string,
): Failure | undefined {
  if (permits(access.scopes, permission, type)) return undefined;
  const scope = `system/${type}.${permission}`;
  const needs = `${interaction} of ${type} needs ${scope}`;
  const unenforced = access.unenforced.filter((each) => permits([each], permission, type));
  if (unenforced.length > 0) {
    const given = unenforced.map(formatScope).join(' ');
    const diagnostics = `${needs}; ${given} cannot be enforced yet and grants nothing.`;
    return failure('scope-context-unsupported', { scope }, { diagnostics, scope });
  }
  const given = access.scopes.map(formatScope).join(' ') || 'none for resources';
  return failure('scope-insufficient', { scope }, { diagnostics: `${needs}; the token has: ${given}.`, scope });
}
