import { coverageOf, parseScope } from '@dhp/smart-scopes';
import { systemWordScopes } from '@dhp/clients/fields';

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
  const isCovered = coverageOf(registered);
  return [...new Set(asked.split(' '))].filter((token) => {
    const scope = parseScope(token);
    const exists = scope === undefined || scope.type === '*' || types?.has(scope.type) !== false;
    return exists && isForSystems(token) && isCovered(token);
  });
}

/**
 * The scopes that a client may ask of a person: those asked for that its allow-list covers; all of the allow-list when it
 * asks for none. `system/` scopes are never among them: they are for a client that acts for itself. What the person then
 * really has is less where there is no such record (`personScopes`), and where the person says no.
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
