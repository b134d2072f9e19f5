/** A world in which some codes have labels, and how a server that holds only what they leave to a caller answers. */
import assert from 'node:assert/strict';
import type { PolicySet } from '@dhp/access-policies';
import { startServer, type TestServer } from '../environment.ts';
import { activateLabels } from '../policies.ts';
import { put } from '../searches.ts';
import { answered, answersOf } from './reads.ts';
import { interference, oneOf, randomOf, type Resource } from './world.ts';

const [one, two] = ['urn:l|ONE', 'urn:l|TWO'];

/** The labels of a code each; the caller is cleared for one of them. */
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

/** By labels of the server, of which the caller is cleared for one. */
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

/**
 * Asks a server with all, and one with what a caller can read there one by one.
 * @param onStep after each question
 * @returns how many of the questions found something
 * @throws AssertionError where an answer of the one is not that of the other
 */
export async function interferenceOfLabels(seed: number, questions: number, onStep?: () => void): Promise<number> {
  const random = randomOf(seed);
  const { everything, question } = interference(random);
  const servers: TestServer[] = [];
  try {
    const start = async (stored: readonly Resource[]): Promise<TestServer> => {
      const server = await startServer({ validation: { level: 'off' }, referenceIntegrity: 'allow' });
      servers.push(server);
      await put(server, ...stored);
      await activateLabels(server, labelled);
      return server;
    };
    const all = [...everything, ...containers(random)];
    const full = await start(all);
    const ofFull = await full.sso.token(caller);
    const seen: Resource[] = [];
    for (const resource of all) {
      const { status } = await answered(full, `/${resource.resourceType}/${resource.id}`, ofFull);
      if (status === 200) seen.push(resource);
    }
    assert.ok(seen.length > 0 && all.length > seen.length, `sees ${String(seen.length)}`);
    const narrow = await start(seen);
    const ofNarrow = await narrow.sso.token(caller);
    const own = [
      '/DiagnosticReport?_total=accurate',
      '/DiagnosticReport?result.code=x1',
      '/List?item:List.status=current',
    ];
    const further = [
      ...own,
      '/List?_include=List:item&_include:iterate=List:item',
      '/Observation?_has:DiagnosticReport:result:status=final',
      ...byLabels,
    ];
    let told = 0;
    for (let n = 0; n < questions; n += 1) {
      const path = n < further.length ? further[n]! : question();
      const [ofSeen, ofAll] = [await answersOf(narrow, path, ofNarrow), await answersOf(full, path, ofFull)];
      assert.deepEqual(ofAll, ofSeen, `seed ${String(seed)}: ${path}`);
      told += JSON.stringify(ofAll).includes('"entry"') ? 1 : 0;
      onStep?.();
    }
    return told;
  } finally {
    for (const server of servers) await server.close();
  }
}
