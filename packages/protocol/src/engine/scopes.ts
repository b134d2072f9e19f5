import { coverageOf, parseScope } from '@dhp/smart-scopes';
import { systemWordScopes } from '@dhp/clients/fields';

/**
 * The scopes that a client gets by client_credentials: those that it requests and its allow-list covers, checked one by one; the whole
 * allow-list if it requests none. Nobody signs in, so `patient/` and `user/` scopes are never among them, whatever the registration says
 * (SMART Backend Services, scopes).
 * @param types the resource types that exist; a scope for another type is not granted
 */
export function grantSystemScopes(
  allowed: readonly string[],
  asked: string | undefined,
  types: ReadonlySet<string> | undefined,
): string[] {
  const registered = allowed.filter(isForSystems);
  if (asked === undefined) return registered;
  const isCovered = coverageOf(registered);
  return [...new Set(asked.split(' '))].filter((token) => {
    const scope = parseScope(token);
    const exists = scope === undefined || scope.type === '*' || types?.has(scope.type) !== false;
    return exists && isForSystems(token) && isCovered(token);
  });
}

/**
 * The scopes that a client may request from a person: those requested that its allow-list covers; the whole allow-list if it requests none.
 * `system/` scopes are never among them: they are for a client acting for itself. The person's actual scopes are fewer if a record is
 * missing (`personScopes`) or the person declines some.
 */
export function askableScopes(
  allowed: readonly string[],
  asked: string | undefined,
  types: ReadonlySet<string> | undefined,
): string[] {
  const registered = allowed.filter(
    (token) => parseScope(token)?.context !== 'system' && !systemWordScopes.includes(token),
  );
  if (asked === undefined) return registered;
  const isCovered = coverageOf(registered);
  return [...new Set(asked.split(' '))].filter((token) => {
    const scope = parseScope(token);
    const exists = scope === undefined || scope.type === '*' || types?.has(scope.type) !== false;
    return exists && scope?.context !== 'system' && isCovered(token);
  });
}

/**
 * Returns the scopes that apply to this person: `patient/` needs a patient (the person, or the one in the launch context), `user/` a record
 * of the person, `launch` a launch context.
 */
export function personScopes(
  scopes: readonly string[],
  person: { isPatient: boolean; isSomebody: boolean; isLaunched: boolean; hasEncounter: boolean },
): string[] {
  return scopes.filter((token) => {
    if (token === 'launch') return person.isLaunched;
    if (token === 'launch/encounter') return person.hasEncounter;
    const context = parseScope(token)?.context ?? (token === 'launch/patient' ? 'patient' : undefined);
    if (context === 'patient') return person.isPatient;
    return context !== 'user' || person.isSomebody;
  });
}

function isForSystems(token: string): boolean {
  const scope = parseScope(token);
  return scope === undefined || scope.context === 'system';
}
