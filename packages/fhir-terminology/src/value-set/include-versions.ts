import type { ValueSet, ValueSetComposeInclude } from '@dhp/fhir-model';
import type { Settings } from '../parameters/settings.ts';
import { canonical } from '../concepts/concept-system.ts';

/** Whether a reference (`url` or `url|version`) names the code system of an include. */
export const names = (reference: string, { system = '', version }: ValueSetComposeInclude): boolean =>
  reference === system || reference === canonical(system, version);

/** Whether a value set has several versions of one code system: their codes must be distinguished. */
export function hasSeveralVersions({ compose }: ValueSet): boolean {
  const versions = new Map<string, string | undefined>();
  for (const { system, version } of [...(compose?.include ?? []), ...(compose?.exclude ?? [])]) {
    if (system === undefined) continue;
    if (versions.has(system) && versions.get(system) !== version) return true;
    versions.set(system, version);
  }
  return false;
}

/**
 * Whether versions are compared: not if codes of one version are excluded from another, since the codes decide then; otherwise nothing
 * would ever be removed.
 */
export function comparesVersions({ compose }: ValueSet, settings: Settings): boolean {
  if (settings.flags.versionsMatch !== undefined || compose?.exclude === undefined) return false;
  const { include, exclude } = compose;
  const [first] = include;
  if (![...include, ...exclude].every(({ system, version }) => system === first?.system && version !== undefined))
    return false;
  return !include.some(({ version }) => exclude.some((other) => other.version === version));
}
