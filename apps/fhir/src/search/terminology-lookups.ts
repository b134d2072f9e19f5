/** What value sets and hierarchies of codes say to a search. https://hl7.org/fhir/R5/search.html#modifiers */
import type { ParametersParameter, ValueSet, ValueSetExpansionContains } from '@dhp/fhir-model';
import type { AskedCode, LookupServices } from '@dhp/fhir-search';
import type { FhirStore, TerminologyNow } from '@dhp/fhir-store';
import { TerminologyFault } from '@dhp/fhir-terminology';

const storedName = /^ValueSet\/([A-Za-z0-9\-.]{1,64})$/;

/** As many as an expansion has by default; a search by more is none. */
const mostCodes = 10_000;

type TerminologyLookups = NonNullable<LookupServices['terminology']>;

/** Undefined is what cannot be listed: not known here, or with more codes than an expansion may have. */
export function terminologyLookups({ terminology }: FhirStore): TerminologyLookups {
  // What takes long is worked out between the questions, and may turn out there not to be known.
  const codes = (ask: (now: TerminologyNow) => AskedCode[] | undefined): Promise<AskedCode[] | undefined> =>
    terminology.ask(ask).catch(undefinedIfUnknown);
  return {
    members: async (valueSet) =>
      (await codes((now) => listed(expansionOf(now, valueSet)))) ?? codes((now) => byPart(now, valueSet)),
    descendants: (system, code) => codes(related(system, 'is-a', code)),
    ancestors: (system, code) => codes(related(system, 'generalizes', code)),
  };
}

function undefinedIfUnknown(error: unknown): undefined {
  if (!(error instanceof TerminologyFault)) throw error;
}

/** @param name a canonical with or without a version, or `ValueSet/<id>` */
function expansionOf(now: TerminologyNow, name: string): ValueSet | undefined {
  const [, id] = storedName.exec(name) ?? [];
  if (id === undefined) {
    const [url = '', version] = name.split('|', 2);
    const parameter: ParametersParameter[] = [{ name: 'url', valueUri: url }];
    if (version !== undefined) parameter.push({ name: 'valueSetVersion', valueString: version });
    return now.terminology.expand({ resourceType: 'Parameters', parameter });
  }
  const instance = now.valueSet(id);
  return instance && now.terminology.expand({ resourceType: 'Parameters' }, {}, instance);
}

/** Of a value set that cannot be expanded: its codes as far as it lists them itself, of a system that is not known here. */
function byPart(now: TerminologyNow, name: string): AskedCode[] | undefined {
  const [, id] = storedName.exec(name) ?? [];
  const valueSet = id === undefined ? name : now.valueSet(id);
  const codes = valueSet && now.terminology.membersByPart(valueSet);
  return codes && codes.length <= mostCodes ? [...codes] : undefined;
}

/**
 * A code and what is below it (`is-a`) or above it (`generalizes`). https://hl7.org/fhir/R5/codesystem-filter-operator.html
 * One value set for all times that it is asked: what was collected of it before is known by it.
 */
function related(
  system: string,
  op: 'is-a' | 'generalizes',
  value: string,
): (now: TerminologyNow) => AskedCode[] | undefined {
  const resource: ValueSet = {
    resourceType: 'ValueSet',
    url: 'urn:uuid:7d5e62a1-3a3f-4a86-9d5c-5f1f4b1a2c11',
    status: 'active',
    compose: { include: [{ system, filter: [{ property: 'concept', op, value }] }] },
  };
  return (now) => listed(now.terminology.expand({ resourceType: 'Parameters' }, {}, resource));
}

function listed(valueSet: ValueSet | undefined): AskedCode[] | undefined {
  return valueSet && flat(valueSet.expansion?.contains ?? []);
}

function flat(contains: readonly ValueSetExpansionContains[]): AskedCode[] {
  return contains.flatMap(({ system, code, contains: within = [] }) => [
    ...(system !== undefined && code !== undefined ? [{ system, code }] : []),
    ...flat(within),
  ]);
}
