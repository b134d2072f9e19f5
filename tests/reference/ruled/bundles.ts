/** Bundles of published examples by what the specification states of entries, links and references between them. https://hl7.org/fhir/R5/bundle.html */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { without } from '../faults/fault.ts';

type Make = (one: Json, other: Json, random: Random) => Json | undefined;

const base = 'http://example.org/fhir';
const uuids = [0, 1, 2, 3].map((n) => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${n}`);
const typed = ({ resourceType, id }: Json): string => `${String(resourceType)}/${String(id)}`;
const collection = (...entry: Json[]): Json => ({ resourceType: 'Bundle', type: 'collection', entry });
const patient: Json = { resourceType: 'Patient', id: 'p', active: true };
const observation = (reference: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: { text: 'a' },
  subject: { reference },
  ...more,
});

/** References from one entry to another, in each form, to entries with addresses of each form. */
const references: Make = (_one, _other, random) => {
  const to = random.pick([
    `${base}/Patient/p`,
    'Patient/p',
    uuids[0]!,
    `${base}/Patient/p/_history/2`,
    'Patient/p/_history/2',
    'http://other.org/fhir/Patient/p',
    '#p',
    'urn:oid:1.2.3',
    uuids[0]!.toUpperCase(),
    'Practitioner/p',
    'Patient?identifier=a',
  ]);
  const address = (last: string): string | undefined =>
    random.pick([
      `${base}/${last}`,
      `${base}/${last}`,
      uuids[0],
      'urn:oid:1.2.3',
      last,
      undefined,
      `${base}/${last}/_history/2`,
      `http://other.org/fhir/${last}`,
    ]);
  const versioned = random.oneIn(2) ? { ...patient, meta: { versionId: random.pick(['1', '2']) } } : patient;
  const [first, second, third] = [
    address('Patient/p'),
    random.pick([`${base}/Observation/o`, uuids[1]]),
    address('Patient/p'),
  ];
  return collection(
    { fullUrl: first, resource: versioned },
    { fullUrl: second, resource: observation(to) },
    ...(random.oneIn(3) ? [{ fullUrl: third, resource: { ...patient, active: false } }] : []),
  );
};

const links: Make = (one, _other, random) => ({
  resourceType: 'Bundle',
  type: random.pick(['searchset', 'searchset', 'collection', 'history', 'batch']),
  ...(random.oneIn(2) && { total: random.pick([0, 1, 5, -1]) }),
  link: random.pick<readonly Json[]>([
    [{ relation: 'self', url: `${base}/Patient?a=b` }],
    [
      { relation: 'self', url: `${base}/Patient` },
      { relation: 'self', url: `${base}/Patient` },
    ],
    [{ relation: 'next', url: 'a b' }],
    [{ relation: 'none', url: base }],
    [{ relation: 'previous' }],
    [{ url: base }],
    [],
  ]),
  entry: [
    {
      fullUrl: `${base}/${typed(one)}`,
      resource: one,
      ...(random.oneIn(2) && {
        search: random.pick<Json>([
          { mode: 'match' },
          { mode: 'outcome' },
          { score: 0.5 },
          {},
          { mode: 'include', score: 1.5 },
        ]),
      }),
    },
  ],
});

const nested: Make = (one, other, random) => {
  const inner = collection(
    { fullUrl: uuids[1], resource: random.oneIn(2) ? one : observation('Patient/p') },
    { fullUrl: `${base}/Patient/p`, resource: patient },
  );
  return collection({ fullUrl: uuids[0], resource: inner }, { fullUrl: `${base}/${typed(other)}`, resource: other });
};

const requests: Make = (one, _other, random) => {
  const url = random.pick([
    typed(one),
    String(one['resourceType']),
    'Patient?a=b',
    `${base}/${typed(one)}`,
    '/Patient/1',
    '',
    'Patient/1/$everything',
    '$a',
    'metadata',
    'a b',
  ]);
  const method = random.pick(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'get', 'OPTIONS']);
  const entry: Json = {
    fullUrl: random.pick([uuids[0], `${base}/${typed(one)}`, undefined]),
    resource: random.oneIn(5) ? undefined : one,
    request: {
      method,
      url,
      ...(random.oneIn(4) &&
        random.pick<Json>([
          { ifNoneMatch: '*' },
          { ifMatch: 'a' },
          { ifNoneExist: '?a=b' },
          { ifModifiedSince: '2026-01-01' },
        ])),
    },
    ...(random.oneIn(5) && { response: { status: random.pick(['200', 'abc', '']) } }),
    ...(random.oneIn(8) && { search: { mode: 'match' } }),
  };
  return {
    resourceType: 'Bundle',
    type: random.pick(['transaction', 'batch', 'history', 'collection', 'searchset', 'transaction-response']),
    entry: random.oneIn(6) ? [entry, entry] : [entry],
  };
};

const responses: Make = (one, other, random) => ({
  resourceType: 'Bundle',
  type: random.pick(['transaction-response', 'batch-response', 'history', 'collection', 'batch']),
  entry: [one, other].map((resource) => ({
    ...(random.oneIn(2) && { fullUrl: `${base}/${typed(resource)}`, resource }),
    response: random.pick<Json>([
      { status: '200' },
      {
        status: '404 Not Found',
        outcome: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'none' }] },
      },
      { status: '2000' },
      { location: 'a b', status: '201' },
      { status: '200', etag: '1', lastModified: '2026' },
      {},
    ]),
    ...(random.oneIn(4) && { request: { method: 'GET', url: 'a' } }),
  })),
});

const documents: Make = (one, other, random) => {
  const composition: Json = {
    ...{ resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'a' }, date: '2026-01-01', title: 'a' },
    subject: [{ reference: random.pick([`${base}/Patient/p`, 'Patient/p', 'Patient/none', '#p', uuids[2]!]) }],
    author: [
      {
        reference: random.pick(['Patient/p', 'Practitioner/none', 'Organization/o']),
        ...(random.oneIn(4) && { display: 'a' }),
      },
    ],
    ...(random.oneIn(4) && { encounter: { reference: 'Encounter/none' } }),
    ...(random.oneIn(4) && { custodian: { reference: 'Organization/none' } }),
    section: [
      random.pick<Json>([
        { title: 'a', entry: [{ reference: typed(one) }] },
        { title: 'a', entry: [{ reference: typed(one) }], emptyReason: { text: 'a' } },
        { title: 'a' },
        { text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' } },
        { title: 'a', section: [{ title: 'b', entry: [{ reference: typed(other) }] }] },
        { title: 'a', focus: { reference: 'Patient/none' }, author: [{ reference: 'Patient/p' }] },
        {},
      ]),
    ],
  };
  const entry = [
    { fullUrl: random.pick([`${base}/Composition/c`, uuids[0]]), resource: composition },
    { fullUrl: random.pick([`${base}/Patient/p`, uuids[2]]), resource: patient },
    { fullUrl: random.pick([`${base}/${typed(one)}`, uuids[1]]), resource: one },
    ...(random.oneIn(2) ? [{ fullUrl: `${base}/${typed(other)}`, resource: other }] : []),
  ];
  const whole: Json = {
    resourceType: 'Bundle',
    type: 'document',
    identifier: { system: base, value: 'a' },
    timestamp: '2026-01-01T10:00:00Z',
    entry,
  };
  return random.pick<Json>([
    whole,
    whole,
    without(whole, 'identifier'),
    without(whole, 'timestamp'),
    { ...whole, identifier: { value: 'a' } },
    { ...whole, entry: entry.slice(1) },
    { ...whole, entry: [entry[1], entry[0], ...entry.slice(2)] },
    { ...whole, total: 1 },
    { ...whole, entry: [...entry, { fullUrl: `${base}/Composition/d`, resource: { ...composition, id: 'd' } }] },
    {
      ...whole,
      signature: {
        type: [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.1' }],
        when: '2026-01-01T10:00:00Z',
        who: { reference: 'Patient/p' },
        sigFormat: 'application/jose',
        data: 'TWFu',
      },
    },
  ]);
};

const parameters: Make = (one, other, random) => ({
  resourceType: 'Parameters',
  parameter: random.pick<readonly Json[]>([
    [{ name: 'a', resource: one }],
    [{ name: 'a', resource: one, valueString: 'a' }],
    [{ name: 'a', resource: one, part: [{ name: 'b', valueString: 'a' }] }],
    [{ name: 'a', part: [{ name: 'b', resource: other }] }],
    [{ name: 'a', part: [{ valueString: 'a' }] }],
    [{ name: 'a' }],
    [{ name: 'a', valueReference: { reference: '#none' } }],
    [
      { name: 'a', valueReference: { reference: typed(one) } },
      { name: 'b', resource: one },
    ],
    [{ resource: one }],
    [{ name: 'a b', valueMeta: { tag: [{ code: 'a' }] } }],
  ]),
});

/** Things that hold published examples, by their names. */
export const holders: Readonly<Record<string, Make>> = {
  'references between entries': references,
  'links and totals': links,
  'a Bundle in a Bundle': nested,
  'requests of entries': requests,
  'responses of entries': responses,
  'a document': documents,
  'parameters of an operation': parameters,
};
