/** Topics of Bundles: documents, messages and the other types, and resources that contain others. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { at, core, few, turned, type Topic } from './topic.ts';

const base = 'http://provoked.test/fhir';

const uuid = (n: number): string => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${n}`;

const patient = (id: string, more: Json = {}): Json => ({ resourceType: 'Patient', id, ...more });

const div = (content: string, status = 'generated'): Json => ({
  text: { status, div: `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>` },
});

const observation = (id: string, subject: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'a' },
  subject: { reference: subject },
  ...more,
});

type Entries = Json[];

const entriesOf = (bundle: Json): Entries => (bundle['entry'] as Entries | undefined) ?? [];

const withEntry =
  (change: (entries: Entries) => unknown) =>
  (bundle: Json): Json => {
    const entries = [...entriesOf(bundle)];
    change(entries);
    return { ...bundle, entry: entries };
  };

/** How entries are named, and how they refer to each other. */
const named = (
  random: Random,
): { full: (type: string, n: number) => string; ref: (type: string, n: number) => string } =>
  random.pick([
    { full: (_type: string, n: number) => uuid(n), ref: (_type: string, n: number) => uuid(n) },
    { full: (type: string, n: number) => `${base}/${type}/${n}`, ref: (type: string, n: number) => `${type}/${n}` },
    {
      full: (type: string, n: number) => `${base}/${type}/${n}`,
      ref: (type: string, n: number) => `${base}/${type}/${n}`,
    },
  ]);

const anyTurns = [
  withEntry((all) => all.push({ ...all[0]! })),
  withEntry((all) => all.splice(1, 1)),
  withEntry((all) => all.reverse()),
  withEntry((all) => (all[1] = { ...all[1]!, fullUrl: 'Patient/1' })),
  withEntry((all) => (all[1] = { ...all[1]!, fullUrl: `${base}/Patient/other` })),
  withEntry((all) => (all[1] = { ...all[1]!, fullUrl: `${base}/Patient/1/_history/2` })),
  withEntry((all) => (all[1] = { ...all[1]!, fullUrl: 'urn:uuid:1' })),
  withEntry((all) => (all[1] = { ...all[1]!, fullUrl: uuid(1).toUpperCase() })),
  withEntry((all) => (all[1] = { ...all[1]!, fullUrl: undefined })),
  withEntry((all) => (all[1] = { ...all[1]!, resource: undefined })),
  withEntry((all) => (all[1] = { ...all[1]!, search: { mode: 'match', score: 2 } })),
  withEntry((all) => (all[1] = { ...all[1]!, request: { method: 'PUT', url: 'Patient/1' } })),
  withEntry((all) => (all[1] = { ...all[1]!, response: { status: '200' } })),
  withEntry(
    (all) =>
      (all[1] = {
        ...all[1]!,
        link: [
          { relation: 'self', url: 'http://none.test' },
          { relation: 'self', url: 'http://none.test' },
        ],
      }),
  ),
  withEntry((all) => all.push({ fullUrl: uuid(8), resource: { resourceType: 'Organization', name: 'O' } })),
  withEntry((all) => all.push({ fullUrl: uuid(9), resource: observation('9', 'Patient/none') })),
  withEntry((all) =>
    all.push({ fullUrl: `${base}/Observation/9`, resource: observation('9', '#p', { contained: [patient('p')] }) }),
  ),
  withEntry((all) =>
    all.push({ fullUrl: `${base}/Bundle/9`, resource: { resourceType: 'Bundle', id: '9', type: 'collection' } }),
  ),
  withEntry((all) => all.push({})),
  { total: 3 },
  { total: 0 },
  { timestamp: '2026-01-31' },
  { timestamp: undefined },
  { identifier: { system: 'urn:ietf:rfc:3986', value: uuid(7) } },
  { identifier: undefined },
  {
    link: [
      { relation: 'next', url: `${base}?page=2` },
      { relation: 'next', url: 'a' },
    ],
  },
  { link: [{ relation: 'nothing', url: base }] },
  { type: 'subscription-notification' },
  { type: 'collection' },
  { issues: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid' }] } },
  { issues: patient('x') },
  { entry: undefined },
];

const documentBundle: Topic = (random) => {
  const { full, ref } = named(random);
  const composition: Json = {
    resourceType: 'Composition',
    id: '0',
    status: 'final',
    type: { text: 'a' },
    subject: [{ reference: ref('Patient', 1) }],
    date: '2026-01-31',
    author: [{ reference: ref('Practitioner', 2) }],
    title: 'a',
    section: [{ title: 'one', entry: [{ reference: ref('Observation', 3) }] }],
  };
  const bundle: Json = {
    resourceType: 'Bundle',
    identifier: { system: 'urn:ietf:rfc:3986', value: uuid(7) },
    type: 'document',
    timestamp: '2026-01-31T10:00:00Z',
    entry: [
      { fullUrl: full('Composition', 0), resource: composition },
      { fullUrl: full('Patient', 1), resource: patient('1') },
      { fullUrl: full('Practitioner', 2), resource: { resourceType: 'Practitioner', id: '2' } },
      { fullUrl: full('Observation', 3), resource: observation('3', ref('Patient', 1)) },
    ],
  };
  const section = (more: Json) =>
    withEntry((all) => (all[0] = { ...all[0]!, resource: { ...composition, section: [more] } }));
  return {
    resource: turned(random, bundle, [
      ...anyTurns,
      section({ title: 'a' }),
      section({ title: 'a', text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"/>' } }),
      section({ entry: [{ reference: 'Observation/none' }], emptyReason: { text: 'a' } }),
      section({ section: [{ section: [{ entry: [{ reference: ref('Observation', 3) }] }] }] }),
      section({
        title: 'a',
        orderedBy: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-order', code: 'none' }] },
        entry: [{ display: 'a' }],
      }),
      section({ focus: { reference: ref('Patient', 1) }, entry: [{ reference: ref('Observation', 3) }] }),
    ]),
  };
};

const messageBundle: Topic = (random) => {
  const { full, ref } = named(random);
  const header: Json = {
    resourceType: 'MessageHeader',
    id: '0',
    eventCoding: { system: 'http://provoked.test/events', code: 'a' },
    source: { endpointUrl: 'http://provoked.test' },
    focus: [{ reference: ref('Patient', 1) }],
  };
  const head = (more: Json) => withEntry((all) => (all[0] = { ...all[0]!, resource: { ...header, ...more } }));
  const bundle: Json = {
    resourceType: 'Bundle',
    type: 'message',
    timestamp: '2026-01-31T10:00:00Z',
    entry: [
      { fullUrl: full('MessageHeader', 0), resource: header },
      {
        fullUrl: full('Patient', 1),
        resource: patient('1', { managingOrganization: { reference: ref('Organization', 2) } }),
      },
      { fullUrl: full('Organization', 2), resource: { resourceType: 'Organization', id: '2', name: 'O' } },
    ],
  };
  return {
    resource: turned(random, bundle, [
      ...anyTurns,
      head({ focus: undefined }),
      head({ focus: [{ reference: 'Patient/none' }] }),
      head({ eventCoding: undefined, eventCanonical: 'http://none.test/EventDefinition/a' }),
      head({ eventCanonical: 'a' }),
      head({ response: { identifier: { value: '1' }, code: 'ok', details: { reference: ref('Patient', 1) } } }),
      head({ sender: { reference: ref('Organization', 2) } }),
      head({ author: { reference: ref('Patient', 1) } }),
    ]),
  };
};

const otherBundle: Topic = (random) => {
  const { full, ref } = named(random);
  const type = random.pick([
    'transaction',
    'batch',
    'history',
    'searchset',
    'transaction-response',
    'batch-response',
    'collection',
  ]);
  const request = (n: number, one: string): Json =>
    /^(?:transaction|batch|history)$/.test(type)
      ? {
          request: {
            method: random.pick(['PUT', 'POST', 'DELETE', 'GET', 'PATCH']),
            url: random.pick([`${one}/${n}`, one, `${base}/${one}/${n}`, `${one}?_id=${n}`]),
            ...at(random, 4, { ifMatch: random.pick(['W/"1"', '1']) }),
            ...at(random, 5, { ifNoneExist: 'identifier=a' }),
          },
        }
      : {};
  const response = /response|history/.test(type)
    ? {
        response: {
          status: random.pick(['200', '201 Created', 'ok']),
          ...at(random, 3, { lastModified: '2026-01-31T10:00:00Z', etag: 'W/"1"' }),
          ...at(random, 4, {
            outcome: { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] },
          }),
        },
      }
    : {};
  const search = type === 'searchset' ? { search: { mode: random.pick(['match', 'include', 'outcome']) } } : {};
  const entry = (n: number, one: Json): Json => ({
    fullUrl: full(String(one['resourceType']), n),
    resource: one,
    ...request(n, String(one['resourceType'])),
    ...response,
    ...search,
  });
  const bundle: Json = {
    resourceType: 'Bundle',
    type,
    ...(type === 'searchset' && { total: 2, link: [{ relation: 'self', url: `${base}/Patient` }] }),
    entry: [
      entry(0, observation('0', ref('Patient', 1))),
      entry(1, patient('1')),
      ...few(
        random,
        [
          entry(2, patient('2', { active: 'yes' })),
          entry(3, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid' }] }),
          entry(1, patient('1', { meta: { versionId: '2' } })),
        ],
        2,
      ),
    ],
  };
  return { resource: turned(random, bundle, anyTurns) };
};

const containedResources: Topic = (random) => {
  const inner = (id: string, more: Json = {}): Json => ({ resourceType: 'Organization', id, name: 'O', ...more });
  const resource: Json = {
    resourceType: 'Patient',
    id: 'a',
    contained: [inner('o')],
    managingOrganization: { reference: '#o' },
  };
  return {
    resource: turned(random, resource, [
      { managingOrganization: undefined },
      { managingOrganization: { reference: '#none' } },
      { managingOrganization: { reference: '#' } },
      { managingOrganization: { reference: 'o' } },
      { contained: [inner('o', { meta: { versionId: '1' } })] },
      { contained: [inner('o', { meta: { lastUpdated: '2026-01-31T10:00:00Z' } })] },
      { contained: [inner('o', { meta: { security: [{ code: 'a' }] } })] },
      { contained: [inner('o', div('a'))] },
      { contained: [inner('o', { contained: [inner('x')] })] },
      { contained: [inner('#o')] },
      { contained: [inner('o'), inner('o')] },
      { contained: [inner('o', { partOf: { reference: '#p' } }), inner('p')] },
      { contained: [inner('o'), inner('p', { partOf: { reference: '#o' } })] },
      { contained: [inner('o', { partOf: { reference: '#o' } })] },
      { contained: [{ resourceType: 'Organization', name: 'O' }] },
      { contained: [{ id: 'o' }] },
      { contained: [{ resourceType: 'None', id: 'o' }] },
      { contained: [inner('o', { name: 5 })] },
      { contained: [{ resourceType: 'Patient', id: 'o', active: true }] },
      { contained: [{ resourceType: 'Bundle', id: 'o', type: 'collection' }] },
      {
        contained: [
          inner('o'),
          { resourceType: 'Provenance', id: 'p', target: [{ reference: '#' }], agent: [{ who: { display: 'a' } }] },
        ],
      },
      { contained: [inner('o', { extension: [{ url: core('data-absent-reason'), valueCode: 'unknown' }] })] },
      {
        extension: [{ url: core('patient-congregation'), valueReference: { reference: '#o' } }],
        managingOrganization: undefined,
      },
      { generalPractitioner: [{ reference: '#o' }] },
      { contained: inner('o') },
      { contained: [] },
      { contained: [null] },
      { contained: ['a'] },
    ]),
  };
};

export const bundleTopics: Readonly<Record<string, Topic>> = {
  documents: documentBundle,
  messages: messageBundle,
  'Bundles of other types': otherBundle,
  contained: containedResources,
};
