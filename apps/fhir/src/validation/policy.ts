/** Rules of validation in an environment. */
import type { DefinitionsNow } from '@dhp/fhir-store';
import type { Issue } from '@dhp/fhir-validation';

export interface ValidationPolicy {
  /**
   * Rules that a resource must meet besides R5. `claimed`: the profiles in `meta.profile`; `guide`: also those that are mandatory for its
   * type; `off`: nothing is checked, not even R5, for bulk loading of resources validated before.
   */
  readonly level: 'off' | 'claimed' | 'guide';
  /** Mandatory profiles by type, in addition to those that stored guides declare global. */
  readonly mandatoryProfiles?: ReadonlyMap<string, string>;
  /** Whether a resource must claim a profile if stored guides have profiles for its type (default: optional). */
  readonly metaProfile?: 'required' | 'optional';
  /** Severity for a claimed profile whose definition is not stored (default: a warning). */
  readonly unknownProfiles?: 'warning' | 'error';
  /** Severity for a code that is not in its known system (default: an error). */
  readonly unknownCodes?: 'error' | 'warning' | 'ignore';
  /** Severity of a display that the code has in no language (default: a warning). */
  readonly displays?: 'error' | 'warning' | 'ignore';
  /** Severity for an identifier whose form or digits are unusual but break no published rule (default: a warning). */
  readonly nationalIdentifiers?: 'error' | 'warning' | 'ignore';
  /**
   * Severity for a stored target that meets none of the profiles that a profile of the resource requires of it (default: an error with
   * `guide`, else a warning). Writes check for errors only; `$validate` reports both.
   */
  readonly referenceTargets?: 'error' | 'warning' | 'ignore';
  /** Whether Observations with the LOINC code of a vital sign must meet the R5 profile for it (default: with `guide`). */
  readonly vitalSigns?: 'required' | 'optional';
}

type Json = Readonly<Record<string, unknown>>;

/** Requirements of the policy and of the stored guides for the resources of each type. */
export interface Demands {
  /** Canonicals of the profiles that every resource of the type must meet. */
  mandatory(type: string): readonly string[];
  /** Returns findings about the profiles that a resource claims, or fails to claim. */
  claims(resource: Json, type: string): readonly Issue[];
}

export function demandsOf(policy: ValidationPolicy, definitions: DefinitionsNow): Demands {
  const mandatory = policy.level === 'guide' ? mandatoryProfiles(policy, definitions) : new Map<string, string[]>();
  const offered = policy.metaProfile === 'required' ? offeredProfiles(definitions) : new Map<string, string[]>();
  const none: readonly never[] = [];
  return {
    mandatory: (type) => mandatory.get(type) ?? none,
    claims(resource, type) {
      const profiles = offered.get(type);
      if (profiles === undefined || claimed(resource).some((url) => profiles.includes(url))) return none;
      const values = { type, profiles: profiles.slice(0, 10).join(', ') };
      return [{ severity: 'error', code: 'required', id: 'profile-required', expression: type, values }];
    },
  };
}

/** https://hl7.org/fhir/R5/implementationguide-definitions.html#ImplementationGuide.global, and what the operator adds. */
function mandatoryProfiles(
  { mandatoryProfiles: own }: ValidationPolicy,
  definitions: DefinitionsNow,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (type: string, profile: string): void => {
    const profiles = found.get(type) ?? [];
    if (!profiles.includes(profile)) found.set(type, [...profiles, profile]);
  };
  for (const [type, profile] of own ?? []) add(type, profile);
  for (const guide of definitions.all('ImplementationGuide')) {
    for (const { type, profile } of listOf(guide.resource()['global'])) {
      if (typeof type === 'string' && typeof profile === 'string') add(type, profile);
    }
  }
  return found;
}

/** The stored profiles for whole resources, by type. */
function offeredProfiles(definitions: DefinitionsNow): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const definition of definitions.all('StructureDefinition')) {
    const { type, kind, derivation, status } = definition.resource();
    if (typeof type !== 'string' || kind !== 'resource' || derivation !== 'constraint' || status === 'retired')
      continue;
    found.set(type, [...(found.get(type) ?? []), definition.url]);
  }
  return found;
}

/** The profiles in `meta.profile`, without their versions. */
function claimed({ meta }: Json): string[] {
  const profiles = typeof meta === 'object' && meta !== null && 'profile' in meta ? meta.profile : undefined;
  return Array.isArray(profiles) ? profiles.map((url) => String(url).split('|')[0]!) : [];
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((one): one is Json => typeof one === 'object' && one !== null) : [];
}
