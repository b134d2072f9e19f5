/** Looks up the value sets and code hierarchies of a search. https://hl7.org/fhir/R5/search.html#modifiers */
import type { Budget, Round } from '@dhp/budget';
import type { ValueSet } from '@dhp/fhir-model';
import type { AskedCode, LookupServices } from '@dhp/fhir-search';
import type { ResourceStore, TerminologyNow } from '@dhp/fhir-store';
import { TerminologyFault, TooManyMembers } from '@dhp/fhir-terminology';
import { fail } from '../http/errors.ts';

const storedName = /^ValueSet\/([A-Za-z0-9\-.]{1,64})$/;

type TerminologyLookups = NonNullable<LookupServices['terminology']>;

/**
 * Undefined for a value set that is not known here and so cannot be listed. The expansion is not returned to the client, so
 * `DHP_EXPANSION_LIMIT` does not apply. Rejects with `value-set-too-large` for more than `most` codes, and with BudgetSpent.
 */
export function terminologyLookups(
  { terminology }: Pick<ResourceStore, 'terminology'>,
  { most, budget }: { readonly most: number; readonly budget: Budget },
): TerminologyLookups {
  // Long work is done in slices between other requests, and may only then find that the name is unknown.
  const codes = (
    name: string,
    ask: (now: TerminologyNow, round: Round) => readonly AskedCode[] | undefined,
  ): Promise<readonly AskedCode[] | undefined> =>
    terminology.ask(ask).catch((error: unknown) => {
      if (error instanceof TooManyMembers) failTooLarge(name, error.count, most);
      if (!(error instanceof TerminologyFault)) throw error;
      return undefined;
    });
  return {
    members: async (name) =>
      (await codes(name, (now, round) => {
        const valueSet = named(now, name);
        return valueSet === undefined ? undefined : now.terminology.members(valueSet, { most, budget, round });
      })) ??
      codes(name, (now, round) => {
        const valueSet = named(now, name);
        return valueSet === undefined ? undefined : now.terminology.membersByPart(valueSet, { most, budget, round });
      }),
    descendants: (system, code) => codes(`${system}|${code}`, related(system, 'is-a', code, { most, budget })),
    ancestors: (system, code) => codes(`${system}|${code}`, related(system, 'generalizes', code, { most, budget })),
  };
}

/** @param name a canonical with or without a version, or `ValueSet/<id>` */
function named(now: TerminologyNow, name: string): string | ValueSet | undefined {
  const [, id] = storedName.exec(name) ?? [];
  return id === undefined ? name : now.valueSet(id);
}

function failTooLarge(name: string, count: number, most: number): never {
  const shown = name.slice(0, 200);
  const diagnostics =
    `${shown} has ${count} codes; a search by the codes of a value set or hierarchy takes up to ${most} (DHP_MEMBERSHIP_LIMIT). ` +
    'Search by a part of it: a smaller value set, or a narrower code with :below.';
  fail('value-set-too-large', { name: shown, limit: most }, { diagnostics });
}

/**
 * A code and the codes below it (`is-a`) or above it (`generalizes`). https://hl7.org/fhir/R5/codesystem-filter-operator.html The value
 * set is made once for all rounds of a lookup: the codes collected before are found by it.
 */
function related(
  system: string,
  op: 'is-a' | 'generalizes',
  value: string,
  { most, budget }: { readonly most: number; readonly budget: Budget },
): (now: TerminologyNow, round: Round) => readonly AskedCode[] | undefined {
  const resource: ValueSet = {
    resourceType: 'ValueSet',
    url: 'urn:uuid:7d5e62a1-3a3f-4a86-9d5c-5f1f4b1a2c11',
    status: 'active',
    compose: { include: [{ system, filter: [{ property: 'concept', op, value }] }] },
  };
  return ({ terminology }, round) => terminology.members(resource, { most, budget, round });
}
