import { covers, parseScope } from '@dhp/smart-scopes';

/**
 * The scopes that a client gets by client_credentials: what it asks for and its allow-list covers, one by one; all of
 * the allow-list when it asks for none. Nobody signs in, so `patient/` and `user/` scopes are never among them, whatever
 * the registration says (SMART Backend Services, scopes).
 * @param types the resource types that exist; a scope for another one is not granted
 */
export function grantSystemScopes(
  allowed: readonly string[],
  asked: string | undefined,
  types: ReadonlySet<string> | undefined,
): string[] {
  const registered = allowed.filter(isForSystems);
  if (asked === undefined) return registered;
  return [...new Set(asked.split(' '))].filter((token) => {
    const scope = parseScope(token);
    const exists = scope === undefined || scope.type === '*' || types?.has(scope.type) !== false;
    return exists && isForSystems(token) && covers(registered, token);
  });
}

function isForSystems(token: string): boolean {
  const scope = parseScope(token);
  return scope === undefined || scope.context === 'system';
}
