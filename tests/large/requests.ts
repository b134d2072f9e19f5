/** Large requests that somebody has a reason to send, at any size. */
import type { TestServer } from '../../apps/fhir/test/environment.ts';

export interface Large {
  readonly name: string;
  readonly size: number;
  /** The sizes that are sent in place of it. */
  readonly parts?: readonly [number, number];
  readonly status: number;
  /** Stores what the size needs. @returns how the path of the request ends */
  readonly prepare?: (n: number, server: TestServer) => Promise<string>;
  readonly ask: (
    n: number,
    prepared: string,
  ) => { readonly method: string; readonly path: string; readonly body?: object; readonly form?: string };
}

/** Stores a resource under an id. @throws Error with the answer when it is not stored */
export async function store(server: TestServer, type: string, id: string, body: object): Promise<void> {
  const { status, text } = await server.write('PUT', `/${type}/${id}`, { resourceType: type, id, ...body });
  if (status !== 200 && status !== 201) throw new Error(`${status} ${text.slice(0, 500)}`);
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
async function recordOf(n: number, server: TestServer): Promise<string> {
  const id = `record-${(patients += 1)}`;
  await store(server, 'Patient', id, {});
  const entry = list(n, () => ({
    resource: observation(`Patient/${id}`),
    request: { method: 'POST', url: 'Observation' },
  }));
  const { status, text } = await server.write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
  if (status !== 200) throw new Error(`${status} ${text.slice(0, 500)}`);
  return id;
}

export const largeRequests: readonly Large[] = [
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
