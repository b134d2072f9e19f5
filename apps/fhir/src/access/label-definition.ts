/** The rules of labels of access policies with the codes of their value sets. */
import type { LabelPolicies } from '@dhp/access-policies';
import type { ResourceStore } from '@dhp/fhir-store';
import { TerminologyFault, TooManyMembers } from '@dhp/fhir-terminology';
import { definitionOf, type LabelDefinition, type LabelRuleCodes } from '@dhp/labels';

/** Most codes of one value set of a rule. */
const mostCodes = 20_000;

/** The rules as the terminology has their codes now. */
export interface ExpandedLabels {
  readonly definition: LabelDefinition;
  /** Of the terminology. */
  readonly revision: number;
  /** Value sets that cannot be listed now, each with the reason and the list used instead, in a sentence. */
  readonly faults: readonly string[];
}

/**
 * Lists the codes of value sets. If one cannot be listed any more, its previous codes apply: labelled resources keep their labels, and new
 * ones get them.
 * @param before the previous definition; undefined if there was none
 */
export async function expandLabels(
  { terminology }: Pick<ResourceStore, 'terminology'>,
  { rules, clearances }: LabelPolicies,
  before?: LabelDefinition,
): Promise<ExpandedLabels> {
  return terminology.ask((now, round) => {
    const faults = new Set<string>();
    const listed = (canonical: string): readonly string[] | string => {
      try {
        const members = now.terminology.membersByPart(canonical, { most: mostCodes, round });
        return members?.map(({ system, code }) => `${system}|${code}`) ?? 'is not known';
      } catch (error) {
        const isKnown = error instanceof TerminologyFault || error instanceof TooManyMembers;
        if (!isKnown) throw error;
        return `cannot be listed (${error.message})`;
      }
    };
    const ofValueSet = (labels: readonly string[], canonical: string): LabelRuleCodes => {
      const found = listed(canonical);
      if (typeof found !== 'string') return { labels, codes: [...found].sort(), valueSet: canonical };
      const kept = before?.rules.find(({ valueSet }) => valueSet === canonical);
      const instead = kept === undefined ? 'no code has its labels' : 'the codes that it had before keep their labels';
      faults.add(`The value set ${canonical} ${found}: ${instead}.`);
      return { labels, codes: kept?.codes ?? [], valueSet: canonical };
    };
    const expanded = rules.flatMap(({ labels, codes = [], valueSets = [] }): LabelRuleCodes[] => [
      ...(codes.length === 0 ? [] : [{ labels, codes: [...codes].sort() }]),
      ...valueSets.map((canonical) => ofValueSet(labels, canonical)),
    ]);
    return { definition: definitionOf(expanded, namedIn(clearances)), revision: now.revision, faults: [...faults] };
  });
}

/** The labels that rules protect, for all codes. */
export function guardedBy({ rules, clearances }: LabelPolicies): readonly string[] {
  return definitionOf(
    rules.map(({ labels }) => ({ labels, codes: [] })),
    namedIn(clearances),
  ).guarded;
}

function namedIn(clearances: LabelPolicies['clearances']): string[] {
  return clearances.flatMap(({ labels }) => labels);
}
