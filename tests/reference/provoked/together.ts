/** Provocations of resources that stand together: Bundles of each type with references between entries, contained resources, and parameters. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { observation, patient, told, type Provocations } from './definition.ts';

const uuid = (n: number): string => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${n}`;
const base = 'http://example.org/fhir';

const person: Json = patient({ id: 'p', ...told(), active: true });
const measured = (reference: string, more: Json = {}): Json =>
  observation({ id: 'o', ...told(), subject: { reference }, ...more });

/** The parts that each type of Bundle asks of an entry. */
const needs: Readonly<Record<string, (type: string, id: string) => Json>> = {
  transaction: (type, id) => ({ request: { method: 'PUT', url: `${type}/${id}` } }),
  batch: (type, id) => ({ request: { method: 'PUT', url: `${type}/${id}` } }),
  searchset: () => ({ search: { mode: 'match' } }),
  history: (type, id) => ({
    request: { method: 'PUT', url: `${type}/${id}` },
    response: { status: '200', lastModified: '2026-01-31T10:00:00Z' },
  }),
  'transaction-response': () => ({ response: { status: '200' } }),
  'batch-response': () => ({ response: { status: '200' } }),
};

const entryOf = (type: string, fullUrl: string | undefined, resource: Json, more: Json = {}): Json => ({
  ...(fullUrl !== undefined && { fullUrl }),
  resource,
  ...needs[type]?.(String(resource['resourceType']), String(resource['id'])),
  ...more,
});

const bundle = (type: string, entry: readonly Json[], more: Json = {}): Json => ({
  resourceType: 'Bundle',
  type,
  ...(type === 'searchset' && { link: [{ relation: 'self', url: `${base}/Patient` }] }),
  entry,
  ...more,
});

const types = [
  'collection',
  'batch',
  'transaction',
  'searchset',
  'history',
  'transaction-response',
  'batch-response',
  'subscription-notification',
];

const across: Provocations = {
  'reference between entries': types.flatMap((type) =>
    [
      [`${base}/Observation/o`, `${base}/Patient/p`, 'Patient/p'],
      [`${base}/Observation/o`, 'http://example.com/fhir/Patient/p', 'Patient/p'],
      [`${base}/Observation/o`, `${base}/Patient/p`, `${base}/Patient/p`],
      [`${base}/Observation/o`, uuid(1), uuid(1)],
      [uuid(0), uuid(1), uuid(1)],
      [uuid(0), uuid(1), 'Patient/p'],
      [uuid(0), `${base}/Patient/p`, 'Patient/p'],
      [uuid(0), uuid(1), uuid(2)],
      [`${base}/Observation/o`, `${base}/Patient/q`, 'Patient/p'],
      [`${base}/Observation/x`, `${base}/Patient/p`, 'Patient/p'],
      [undefined, undefined, 'Patient/p'],
      [`${base}/Observation/o`, undefined, 'Patient/p'],
      ['Observation/o', 'Patient/p', 'Patient/p'],
      [`${base}/Observation/o/_history/1`, `${base}/Patient/p`, 'Patient/p'],
      [`${base}/Observation/o`, `${base}/Patient/p`, 'Patient/p/_history/2'],
    ].map(([own, other, reference]) =>
      bundle(type, [entryOf(type, own, measured(reference!)), entryOf(type, other, person)]),
    ),
  ),
  'entry twice': types.flatMap((type) => [
    bundle(type, [entryOf(type, `${base}/Patient/p`, person), entryOf(type, `${base}/Patient/p`, person)]),
    bundle(type, [
      entryOf(type, `${base}/Patient/p`, { ...person, meta: { versionId: '1' } }),
      entryOf(type, `${base}/Patient/p`, { ...person, meta: { versionId: '2' } }),
    ]),
    bundle(type, [entryOf(type, undefined, person), entryOf(type, undefined, person)]),
  ]),
  'entry of another type of Bundle': types.flatMap((type) =>
    [
      { request: { method: 'GET', url: 'Patient' } },
      { response: { status: '200 OK' } },
      { search: { mode: 'outcome' } },
      { search: { score: 2 } },
      {},
    ].map((more) => bundle(type, [{ fullUrl: `${base}/Patient/p`, resource: person, ...more }])),
  ),
  'Bundle without a part': [
    ...types.map((type) => bundle(type, [], {})),
    ...types.map((type) => ({ resourceType: 'Bundle', type })),
    ...types.map((type) => bundle(type, [{}])),
    ...types.map((type) => bundle(type, [{ fullUrl: `${base}/Patient/p` }])),
    ...types.map((type) => bundle(type, [entryOf(type, `${base}/Patient/p`, person)], { total: 1 })),
    { resourceType: 'Bundle' },
    { resourceType: 'Bundle', type: 'none' },
  ],
  'request of an entry': [
    { method: 'GET', url: 'Patient/p' },
    { method: 'HEAD', url: 'Patient/p' },
    { method: 'POST', url: 'Patient' },
    { method: 'POST', url: 'Patient/p' },
    { method: 'POST', url: 'Observation' },
    { method: 'POST', url: 'Patient/_search' },
    { method: 'POST', url: '$process' },
    { method: 'PUT', url: 'Patient' },
    { method: 'PUT', url: 'Patient/q' },
    { method: 'PUT', url: 'Patient?identifier=a' },
    { method: 'PUT', url: '/Patient/p' },
    { method: 'PUT', url: `${base}/Patient/p` },
    { method: 'PATCH', url: 'Patient/p' },
    { method: 'DELETE', url: 'Patient/p' },
    { method: 'put', url: 'Patient/p' },
    { method: 'PUT' },
    { url: 'Patient/p' },
    { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=a' },
    { method: 'POST', url: 'Patient', ifNoneExist: '?identifier=a' },
    { method: 'PUT', url: 'Patient/p', ifMatch: '1' },
    { method: 'PUT', url: 'Patient/p', ifMatch: 'W/"1"' },
    { method: 'PUT', url: 'Patient/p', ifModifiedSince: '2026' },
  ].flatMap((request) =>
    ['transaction', 'batch'].flatMap((type) => [
      bundle(type, [{ fullUrl: `${base}/Patient/p`, resource: person, request }]),
      bundle(type, [{ request }]),
    ]),
  ),
};

const within = (contained: readonly Json[], more: Json = {}): Json => observation({ ...told(), contained, ...more });
const to = (reference: string): Json => ({ subject: { reference } });

const contained: Provocations = {
  'contained resource': [
    within([patient({ id: 'p' })], to('#p')),
    within([patient({ id: 'p', active: true })]),
    within([patient({ active: true })], to('#p')),
    within([patient({ id: 'p', active: true }), patient({ id: 'p', active: false })], to('#p')),
    within([patient({ id: '#p', active: true })], to('#p')),
    within([patient({ id: 'p', active: true, meta: { versionId: '1' } })], to('#p')),
    within([patient({ id: 'p', active: true, meta: { security: [{ code: 'a' }] } })], to('#p')),
    within([patient({ id: 'p', active: true, meta: { tag: [{ code: 'a' }] } })], to('#p')),
    within([patient({ id: 'p', active: true, ...told() })], to('#p')),
    within(
      [patient({ id: 'p', active: true, contained: [{ resourceType: 'Basic', id: 'b', code: { text: 'a' } }] })],
      to('#p'),
    ),
    within([patient({ id: 'p', active: true, link: [{ other: { reference: '#' }, type: 'seealso' }] })]),
    within([{ resourceType: 'Device', id: 'd', displayName: 'a' }], to('#d')),
    within([{ resourceType: 'Encounter', id: 'd', status: 'planned' }], to('#d')),
    within([{ resourceType: 'None', id: 'd' }], to('#d')),
    within([{ id: 'd' }], to('#d')),
    within([{ resourceType: 'Bundle', id: 'd', type: 'collection' }], to('#d')),
    within([{ resourceType: 'Parameters', id: 'd' }], to('#d')),
    within([{ resourceType: 'Binary', id: 'd', contentType: 'text/plain' }], to('#d')),
    within([patient({ id: 'p', active: true, generalPractitioner: [{ reference: '#q' }] })], to('#p')),
    within(
      [
        patient({ id: 'p', active: true, generalPractitioner: [{ reference: '#q' }] }),
        { resourceType: 'Practitioner', id: 'q', active: true },
      ],
      to('#p'),
    ),
    within(
      [
        patient({ id: 'p', active: true }),
        {
          resourceType: 'Practitioner',
          id: 'q',
          extension: [{ url: 'http://example.org/p', valueReference: { reference: '#p' } }],
        },
      ],
      { performer: [{ reference: '#q' }] },
    ),
    within([{ resourceType: 'Provenance', id: 'q', target: [{ reference: '#' }], agent: [{ who: { display: 'a' } }] }]),
    within([
      { resourceType: 'List', id: 'q', status: 'current', mode: 'working', entry: [{ item: { reference: '#' } }] },
    ]),
    within([patient({ id: 'p', active: true })], {
      extension: [{ url: 'http://example.org/p', valueReference: { reference: '#p' } }],
    }),
    within([patient({ id: 'p', active: true })], { extension: [{ url: 'http://example.org/p', valueUri: '#p' }] }),
    within([patient({ id: 'p', active: true })], {
      extension: [{ url: 'http://example.org/p', valueCanonical: '#p' }],
    }),
    within([patient({ id: 'p', active: true })], { extension: [{ url: 'http://example.org/p', valueUrl: '#p' }] }),
    within([patient({ id: 'p', active: true })], { valueString: '#p' }),
    within([patient({ id: 'p', active: true })], {
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><a href="#p">a</a></div>' },
    }),
    within([patient({ id: 'p', active: true, implicitRules: 'http://example.org' })], to('#p')),
    within([patient({ id: 'p', active: true, language: 'uz' })], to('#p')),
    within(
      [patient({ id: 'p', active: true, meta: { profile: ['http://hl7.org/fhir/StructureDefinition/Group'] } })],
      to('#p'),
    ),
    within([patient({ id: 'p', active: true })], to('#P')),
    within([patient({ id: 'p', active: true })], { subject: { reference: '#p', type: 'Group' } }),
    within([patient({ id: 'p', active: true })], { subject: { reference: 'Patient/p' } }),
    within([]),
  ],
  'parameter as sent': [
    { name: 'a', valueString: 'a' },
    { name: 'a' },
    { valueString: 'a' },
    { name: 'a', valueString: 'a', part: [{ name: 'b', valueString: 'c' }] },
    { name: 'a', valueString: 'a', resource: patient({ active: true }) },
    { name: 'a', resource: patient({ active: 'yes' }) },
    { name: 'a', resource: { resourceType: 'None' } },
    { name: 'a', part: [] },
    { name: 'a', part: [{ name: 'b' }] },
    { name: 'a', valueString: '' },
    { name: '', valueString: 'a' },
    { name: 'a', valueNone: 'a' },
    { name: 'a', valueString: 'a', valueCode: 'b' },
    { name: 'a', valueReference: { reference: 'None/1' } },
    {
      name: 'a',
      resource: patient({ id: 'p', active: true }),
      part: [{ name: 'b', valueReference: { reference: '#p' } }],
    },
  ].map((parameter) => ({ resourceType: 'Parameters', parameter: [parameter] })),
};

export const togetherProvocations: Provocations = { ...across, ...contained };
