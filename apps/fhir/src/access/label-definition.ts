/** The rules of labels of access policies with the codes of their value sets. */
import type { LabelPolicies } from '@dhp/access-policies';
import type { ResourceStore } from '@dhp/fhir-store';
import { definitionOf, type LabelDefinition } from '@dhp/labels';

/** Most codes of one value set of a rule. */
const mostCodes = 20_000;

/** A value set of a rule that is not known, or has too many codes. */
export class LabelFault extends Error {
  override readonly name = 'LabelFault';
}

/** The rules as the terminology has their codes now. */
export interface ExpandedLabels {
  readonly definition: LabelDefinition;
  /** Of the terminology. */
  readonly revision: number;
}

/** @throws LabelFault for what cannot be listed */
export async function expandLabels(
  { terminology }: Pick<ResourceStore, 'terminology'>,
  { rules, clearances }: LabelPolicies,
): Promise<ExpandedLabels> {
  return terminology.ask((now, round) => {
    const expanded = rules.map(({ labels, codes = [], valueSets = [] }) => ({
      labels,
      codes: [...codes, ...valueSets.flatMap((canonical) => codesOf(canonical))].sort(),
    }));
    function codesOf(canonical: string): string[] {
      const members = now.terminology.membersByPart(canonical, { most: mostCodes, round });
      if (members === undefined) throw new LabelFault(`The value set ${canonical} is not known.`);
      return members.map(({ system, code }) => `${system}|${code}`);
    }
    return { definition: definitionOf(expanded, namedIn(clearances)), revision: now.revision };
  });
}

/** The labels that rules guard, whatever their codes. */
export function guardedBy({ rules, clearances }: LabelPolicies): readonly string[] {
  return definitionOf(
    rules.map(({ labels }) => ({ labels, codes: [] })),
    namedIn(clearances),
  ).guarded;
}

function namedIn(clearances: LabelPolicies['clearances']): string[] {
  return clearances.flatMap(({ labels }) => labels);
}
