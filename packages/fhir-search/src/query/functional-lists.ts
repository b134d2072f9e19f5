import type { Criterion } from '../ast/criterion.ts';
import { refuse } from './ask.ts';
import { followed, type Reading, type GivenCriterion } from './given-criterion.ts';
import { nearNames } from './near-names.ts';

/** One search of a type; a resource meets all its parameters. */
type Search = readonly (readonly [name: string, value: string])[];

const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const allergyClinical = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical';

const problems: Search = [
  ['clinical-status', ['active', 'recurrence', 'relapse'].map((code) => `${clinical}|${code}`).join()],
  ['verification-status:not', 'refuted,entered-in-error'],
];
/** Codes of adherence for a medication that is not taken. */
const notTaken = ['not-taking', 'on-hold', 'stopped']
  .flatMap((code) => (code === 'not-taking' ? [code] : [code, `${code}-as-directed`, `${code}-not-as-directed`]))
  .join();
const recorded: Search = [
  ['status', 'recorded'],
  ['adherence:not', notTaken],
];
const allergies: Search = [
  ['clinical-status', `${allergyClinical}|active`],
  ['verification-status:not', 'refuted,entered-in-error'],
];

/**
 * The lists that have a name and no List resource: the current resources, found by searches of each type. A resource is in a list if it
 * meets one of the searches. A problem is a Condition of the problem list or of no category: the diagnosis of an encounter is not one.
 * https://hl7.org/fhir/R5/lifecycle.html#lists
 */
const lists: Readonly<Record<string, Readonly<Record<string, readonly Search[]>>>> = {
  '$current-problems': {
    Condition: [
      [...problems, ['category', 'problem-list-item']],
      [...problems, ['category:missing', 'true']],
    ],
  },
  '$current-medications': {
    MedicationStatement: [
      [...recorded, ['effective', 'ge{now}']],
      [...recorded, ['effective:missing', 'true']],
    ],
    MedicationRequest: [
      [
        ['status', 'active'],
        ['intent:not', 'proposal,plan,option'],
      ],
    ],
  },
  '$current-allergies': { AllergyIntolerance: [allergies] },
  '$current-drug-allergies': { AllergyIntolerance: [[...allergies, ['category', 'medication']]] },
};

/**
 * Returns the criterion of `_list=$current-…` on a type; one that matches nothing for a type outside the list.
 * @throws SearchFault for another name
 */
export function functionalList(
  type: string,
  name: string,
  criterion: GivenCriterion,
  now: Date,
  next: Reading,
): Criterion {
  if (!Object.hasOwn(lists, name)) {
    const known = Object.keys(lists);
    const expected = `the id of a List, or ${known.join(', ')}`;
    return refuse({
      kind: 'bad-value',
      parameter: criterion.given,
      value: name,
      near: nearNames(name, known),
      expected,
    });
  }
  const searches = lists[name]![type];
  if (searches === undefined) return { kind: 'any', of: [] };
  const asked = ([parameter, value]: Search[number]): Criterion =>
    next(type, { ...followed(criterion, parameter), value: value.replace('{now}', now.toISOString()) });
  return { kind: 'any', of: searches.map((search) => ({ kind: 'all', of: search.map(asked) })) };
}
