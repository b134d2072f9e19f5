/** A world in which some codes have labels, and the answers of a server that holds only what these leave to a caller. */
import type { PolicySet } from '@dhp/access-policies';
import { activateLabels } from '../policies.ts';
import { interferenceOfFactors } from './narrowed.ts';
import type { OnAnswer } from './side.ts';
import { interference, oneOf, randomOf, type Resource } from './world.ts';

const [one, two] = ['urn:l|ONE', 'urn:l|TWO'];

/** One label for each code; the caller is cleared for one of them. */
export const labelled: PolicySet = {
  ...{ others: 'as-scoped', rules: [] },
  labels: {
    rules: [
      { name: 'one', labels: [one], codes: ['urn:c|x1'] },
      { name: 'two', labels: [two], codes: ['urn:c|x2'] },
    ],
    clearances: [{ name: 'second', who: { client: ['clinic'] }, labels: [two] }],
  },
};

/** Searches by labels of the server, for one of which the caller is cleared. */
const byLabels = ['Observation', 'DiagnosticReport', 'List'].flatMap((type) => [
  ...['ONE', 'TWO', 'urn:l%7CONE', 'urn:l%7CTWO', 'urn:l%7C'].map(
    (label) => `/${type}?_security=${label}&_total=accurate`,
  ),
  ...['ONE', 'TWO'].map((label) => `/${type}?_security:not=${label}&_total=accurate&_sort=_id`),
  ...['true', 'false'].map((is) => `/${type}?_security:missing=${is}&_summary=count`),
  `/Patient?_has:${type}:${type === 'List' ? 'subject' : 'patient'}:_security=TWO`,
]);

const caller = { scope: 'system/*.rs', client_id: 'clinic' };

/** Resources that put others together: reports of observations, Lists of reports and of Lists, with circles. */
function containers(random: ReturnType<typeof randomOf>): Resource[] {
  const pick = oneOf(random);
  const reports = Array.from({ length: 6 }, (_, n) => `DiagnosticReport/r${String(n)}`);
  const lists = Array.from({ length: 5 }, (_, n) => `List/m${String(n)}`);
  const observed = (): object => ({ reference: `Observation/o${String(random(30))}` });
  return [
    ...reports.map((name) => ({
      ...{ resourceType: 'DiagnosticReport', id: name.split('/')[1]!, status: 'final', code: { text: 'x' } },
      ...{ subject: { reference: 'Patient/a' }, result: Array.from({ length: 1 + random(2) }, observed) },
    })),
    ...lists.map((name) => ({
      ...{ resourceType: 'List', id: name.split('/')[1]!, status: 'current', mode: 'working' },
      ...{ subject: [{ reference: 'Patient/a' }] },
      entry: [
        { item: { reference: pick([...lists, ...reports]) } },
        ...(random(3) === 0 ? [{ item: observed() }] : []),
      ],
    })),
  ];
}

const further = [
  '/DiagnosticReport?_total=accurate',
  '/DiagnosticReport?result.code=x1',
  '/List?item:List.status=current',
  '/List?_include=List:item&_include:iterate=List:item',
  '/Observation?_has:DiagnosticReport:result:status=final',
  ...byLabels,
];

/** As `interferenceOfFactors`, for the world of a seed; first with the resources that only this world has. */
export function interferenceOfLabels(seed: number, count: number, onAnswer?: OnAnswer): Promise<number> {
  const random = randomOf(seed);
  const { everything: world, question } = interference(random);
  const everything = [...world, ...containers(random)];
  const questions = Array.from({ length: count }, (_, n) => further[n] ?? question());
  return interferenceOfFactors({
    ...{ seed, questions, everything, policies: labelled, caller, onAnswer },
    activate: activateLabels,
  });
}
