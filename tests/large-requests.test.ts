/**
 * Large requests that somebody has a reason to send: each must be answered with the limits as they are by default (docs/configuration.md). What is
 * cheap is sent at its full size. Of the others two small sizes are sent, what each part takes is told from both, and what the full size takes must
 * be within the limits; tests/cost.test.ts holds that it grows in proportion. `DHP_LARGE_REQUESTS=whole` sends all of them at full size.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { defaultCosts, workOfByte } from '../apps/fhir/src/http/cost.ts';
import { startServer, type Reply, type TestServer } from '../apps/fhir/test/environment.ts';
import { onSpending, spendingHeader, type Spending } from './cost/spending.ts';

const told = new Map<string, Spending | undefined>();
onSpending((name, spent) => told.set(name, spent));

let server: TestServer;
before(async () => {
  server = await startServer({ bodyLimit: 64 * 1024 ** 2, requireIfMatch: false });
  await store('Patient', 'p', {});
});
after(() => server.close());

interface Large {
  readonly name: string;
  readonly size: number;
  /** The sizes that are sent in place of it. */
  readonly parts?: readonly [number, number];
  readonly status: number;
  /** Stores what the size needs. @returns how the path of the request ends */
  readonly prepare?: (n: number) => Promise<string>;
  readonly ask: (
    n: number,
    prepared: string,
  ) => { readonly method: string; readonly path: string; readonly body?: object; readonly form?: string };
}

async function store(type: string, id: string, body: object): Promise<void> {
  const reply = await server.write('PUT', `/${type}/${id}`, { resourceType: type, id, ...body });
  assert.ok(reply.status === 200 || reply.status === 201, reply.text.slice(0, 500));
}

const list = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const post = (type: string, body: object): ReturnType<Large['ask']> => ({
  ...{ method: 'POST', path: type === 'Bundle of entries' ? '' : `/${type}` },
  body: { resourceType: type === 'Bundle of entries' ? 'Bundle' : type, ...body },
});
const observation = (subject = 'Patient/p'): object => ({
  ...{ resourceType: 'Observation', status: 'final', subject: { reference: subject } },
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }], text: 'Heart rate' },
  effectiveDateTime: '2026-01-01T10:00:00+05:00',
  valueQuantity: { value: 72, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
});
const writes = (type: 'batch' | 'transaction', n: number): ReturnType<Large['ask']> =>
  post('Bundle of entries', {
    type,
    entry: list(n, () => ({ resource: observation(), request: { method: 'POST', url: 'Observation' } })),
  });
const concepts = (n: number): object[] => list(n, (i) => ({ code: `c${i}`, display: `Concept number ${i}` }));
const definition = (name: string): object => ({ url: `http://example.org/${name}`, name, status: 'active' });
let patients = 0;

/** A patient with n observations. */
async function recordOf(n: number): Promise<string> {
  const id = `record-${(patients += 1)}`;
  await store('Patient', id, {});
  const entry = list(n, () => ({
    resource: observation(`Patient/${id}`),
    request: { method: 'POST', url: 'Observation' },
  }));
  const reply = await server.write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
  assert.equal(reply.status, 200, reply.text.slice(0, 500));
  return id;
}

const requests: readonly Large[] = [
  {
    name: 'a transaction of 5,000 creates',
    size: 5_000,
    parts: [20, 60],
    status: 200,
    ask: (n) => writes('transaction', n),
  },
  { name: 'a batch of 5,000 creates', size: 5_000, parts: [20, 60], status: 200, ask: (n) => writes('batch', n) },
  {
    ...{ name: 'a batch of 5,000 reads', size: 5_000, parts: [20, 60], status: 200 },
    ask: (n) =>
      post('Bundle of entries', {
        type: 'batch',
        entry: list(n, () => ({ request: { method: 'GET', url: 'Patient/p' } })),
      }),
  },
  {
    ...{ name: 'a resource of 46 MB of texts', size: 46, parts: [1, 2], status: 201 },
    ask: (n) =>
      post('Observation', { ...observation(), note: list(n, (i) => ({ text: `note ${i} `.repeat(1e6 / 8).trim() })) }),
  },
  {
    ...{ name: 'a Binary of 46 MB', size: 46, parts: [1, 2], status: 201 },
    ask: (n) => post('Binary', { contentType: 'application/pdf', data: 'QUJD'.repeat(n * 250_000) }),
  },
  {
    ...{ name: 'a code system of 20,000 concepts', size: 20_000, parts: [500, 1_500], status: 201 },
    ask: (n) => post('CodeSystem', { ...definition('Codes'), content: 'complete', concept: concepts(n) }),
  },
  {
    ...{ name: 'a value set of 20,000 codes', size: 20_000, parts: [500, 1_500], status: 201 },
    ask: (n) =>
      post('ValueSet', {
        ...definition('Values'),
        compose: { include: [{ system: 'http://example.org/Codes', concept: concepts(n) }] },
      }),
  },
  {
    ...{ name: 'a concept map of 20,000 elements', size: 20_000, parts: [500, 1_500], status: 201 },
    ask: (n) =>
      post('ConceptMap', {
        ...definition('Map'),
        group: [
          {
            ...{ source: 'http://example.org/Codes', target: 'http://example.org/Others' },
            element: list(n, (i) => ({ code: `c${i}`, target: [{ code: `d${i}`, relationship: 'equivalent' }] })),
          },
        ],
      }),
  },
  {
    ...{ name: 'an expansion of 10,000 codes', size: 10_000, parts: [500, 1_500], status: 200 },
    ask: (n) => {
      const include = [{ system: 'http://example.org/Codes', concept: concepts(n) }];
      const resource = { resourceType: 'ValueSet', ...definition('Values'), compose: { include } };
      const parameter = [{ name: 'valueSet', resource }];
      return { method: 'POST', path: '/ValueSet/$expand', body: { resourceType: 'Parameters', parameter } };
    },
  },
  {
    ...{ name: 'a questionnaire response of 2,000 items', size: 2_000, status: 201 },
    ask: (n) =>
      post('QuestionnaireResponse', {
        ...{
          questionnaire: 'http://example.org/Questionnaire/q',
          status: 'completed',
          subject: { reference: 'Patient/p' },
        },
        item: list(n, (i) => ({ linkId: `${i}`, text: `Question ${i}`, answer: [{ valueString: `Answer ${i}` }] })),
      }),
  },
  {
    ...{ name: 'a questionnaire of 2,000 items', size: 2_000, status: 201 },
    ask: (n) =>
      post('Questionnaire', {
        ...definition('Questions'),
        item: list(n, (i) => ({ linkId: `${i}`, text: `Question ${i}`, type: 'string' })),
      }),
  },
  {
    ...{ name: 'a collection of 1,000 entries', size: 1_000, parts: [50, 150], status: 201 },
    ask: (n) =>
      post('Bundle', {
        type: 'collection',
        entry: list(n, (i) => ({
          fullUrl: `http://example.org/Observation/${i}`,
          resource: { ...observation(), id: `${i}` },
        })),
      }),
  },
  {
    ...{ name: 'a validation of 1,000 entries', size: 1_000, parts: [50, 150], status: 200 },
    ask: (n) => ({
      ...{ method: 'POST', path: '/Bundle/$validate' },
      body: {
        ...{ resourceType: 'Bundle', type: 'collection' },
        entry: list(n, (i) => ({
          fullUrl: `http://example.org/Observation/${i}`,
          resource: { ...observation(), id: `${i}` },
        })),
      },
    }),
  },
  {
    name: 'a list of 10,000 entries',
    size: 10_000,
    parts: [200, 600],
    status: 201,
    ask: (n) => post('List', listOf(n)),
  },
  {
    ...{ name: 'a group of 10,000 members', size: 10_000, parts: [200, 600], status: 201 },
    ask: (n) =>
      post('Group', {
        ...{ type: 'person', membership: 'enumerated' },
        member: list(n, () => ({ entity: { reference: 'Patient/p' } })),
      }),
  },
  {
    ...{ name: '$everything of 5,000 resources', size: 5_000, parts: [20, 60], status: 200 },
    prepare: recordOf,
    ask: (_, id) => ({ method: 'GET', path: `/Patient/${id}/$everything` }),
  },
  {
    ...{ name: 'a page of 1,000 matches', size: 1_000, parts: [20, 60], status: 200 },
    prepare: recordOf,
    ask: (n, id) => ({
      ...{ method: 'POST', path: '/Observation/_search' },
      form: `subject=Patient/${id}&_count=${n}&_include=Observation:subject`,
    }),
  },
];

function listOf(n: number): object {
  const entry = list(n, () => ({ item: { reference: 'Patient/p' } }));
  return { status: 'current', mode: 'working', entry };
}

interface Measured {
  readonly work: number;
  readonly rows: number;
  readonly bytes: number;
}

let sent = 0;
async function measure({ name, status, prepare, ask }: Large, n: number): Promise<Measured> {
  const { method, path, body, form } = ask(n, (await prepare?.(n)) ?? '');
  const text = body === undefined ? form : JSON.stringify(body);
  const type = form === undefined ? 'application/fhir+json' : 'application/x-www-form-urlencoded';
  const as = `${name} ${(sent += 1)}`;
  const headers = { 'content-type': type, prefer: 'return=minimal', [spendingHeader]: as };
  const reply: Reply = await server.request(method, path, { headers, ...(text !== undefined && { body: text }) });
  assert.equal(reply.status, status, reply.text.slice(0, 1_000));
  assert.ok(!/"status":"[45]/.test(reply.text), 'an entry failed');
  const until = performance.now() + 60_000;
  while (!told.has(as)) {
    assert.ok(performance.now() < until, 'the server does not tell what a request has spent');
    await setImmediate();
  }
  const { work, rows } = told.get(as)!;
  return { work, rows, bytes: text?.length ?? 0 };
}

/** The spending of the full size, by that of two others. */
function extrapolated(
  size: number,
  [n, few]: readonly [number, Measured],
  [m, more]: readonly [number, Measured],
): Measured {
  const at = (what: keyof Measured): number => few[what] + ((more[what] - few[what]) / (m - n)) * (size - n);
  return { work: at('work'), rows: at('rows'), bytes: at('bytes') };
}

describe('a large request is answered with the default limits', () => {
  for (const large of requests) {
    const { name, size, parts } = large;
    test(name, async (context) => {
      const isWhole = parts === undefined || process.env['DHP_LARGE_REQUESTS'] === 'whole';
      if (!isWhole) await measure(large, parts[0]); // what is made once is made
      const { work, rows, bytes } = isWhole
        ? await measure(large, size)
        : extrapolated(size, [parts[0], await measure(large, parts[0])], [parts[1], await measure(large, parts[1])]);
      // A resource that is stored has a lower limit of its own.
      const mostWork = (large.status === 201 ? defaultCosts.resourceWork : defaultCosts.work) + workOfByte * bytes;
      context.diagnostic(
        `${Math.round(work)} of ${Math.round(mostWork)} units, ${Math.round(rows)} rows, ${Math.round(bytes)} bytes`,
      );
      assert.ok(work > 0);
      assert.ok(work <= mostWork, `it takes ${Math.round(work)} units of ${Math.round(mostWork)}`);
      assert.ok(rows <= defaultCosts.rows, `it reads ${Math.round(rows)} rows of ${defaultCosts.rows}`);
    });
  }
});
