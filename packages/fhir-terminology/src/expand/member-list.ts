import type { ValueSet, ValueSetComposeInclude } from '@dhp/fhir-model';
import type { Settings } from '../parameters/settings.ts';
import type { ConceptSystem } from '../concepts/concept-system.ts';
import type { Member } from './member.ts';

/** The members of a value set in their order. */
export interface MemberList {
  readonly length: number;
  at(row: number): Member;
  /** Returns the members from a place to before another; to the end without the latter. */
  slice(from: number, to?: number): Member[];
}

export function listOf(members: readonly Member[]): MemberList {
  return { length: members.length, at: (row) => members[row]!, slice: (from, to) => members.slice(from, to) };
}

/** All concepts of a code system: nothing is collected, each is made on request. */
export function wholeSystem(
  system: ConceptSystem,
  places: (row: number) => Member['concept'],
  valueSet: ValueSet,
): MemberList {
  const length = system.size ?? 0;
  const at = (row: number): Member => ({ system, concept: places(row), valueSet });
  return {
    length,
    at,
    slice: (from, to = length) =>
      Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, n) => at(from + n)),
  };
}

/** The one include of a value set that is a whole code system, if the request excludes none of it. */
export function wholeInclude({ compose }: ValueSet, settings: Settings): ValueSetComposeInclude | undefined {
  const [include, ...others] = compose?.include ?? [];
  if (include?.system === undefined || others.length > 0 || (compose?.exclude ?? []).length > 0) return undefined;
  if (include.concept !== undefined || include.filter !== undefined || (include.valueSet ?? []).length > 0)
    return undefined;
  if (settings.is('activeOnly') || compose?.inactive === false || settings.is('excludeNotForUI')) return undefined;
  return settings.excludedSystems.length > 0 ? undefined : include;
}
