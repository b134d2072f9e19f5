/** Provocations in Bundles, their entries, links, searches and signatures. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { observation, patient, told, type Provocations } from './definition.ts';

const uuid = (n: number): string => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${n}`;
const here = 'http://provoked.test/fhir';
const bundle = (type: string, entry: readonly Json[], more: Json = {}): Json => ({
  resourceType: 'Bundle',
  type,
  ...more,
  entry,
});
const at = (fullUrl: string, resource: Json, more: Json = {}): Json => ({ fullUrl, resource, ...more });
const identified = { identifier: { system: 'urn:ietf:rfc:3986', value: uuid(9) }, timestamp: '2026-01-31T10:00:00Z' };

const composition = (more: Json = {}): Json => ({
  ...{ resourceType: 'Composition', status: 'final', type: { text: 'A' }, date: '2026-01-31', title: 'A' },
  author: [{ reference: uuid(1) }],
  ...told(),
  ...more,
});
const header = (more: Json = {}): Json => ({
  ...{ resourceType: 'MessageHeader', eventCoding: { system: 'http://example.org/events', code: 'a' } },
  source: { endpointUrl: 'http://example.org' },
  ...more,
});
const author = at(uuid(1), { resourceType: 'Practitioner', id: 'p', ...told() });
const about = (reference: string): Json => observation({ subject: { reference } });

const entries: Provocations = {
  'entries of a collection': [
    bundle('collection', [{ resource: patient() }]),
    bundle('collection', [at('Patient/1', patient({ id: '1' }))]),
    bundle('collection', [at('urn:uuid:1', patient())]),
    bundle('collection', [at('urn:oid:1', patient())]),
    bundle('collection', [at(`${here}/Patient/2`, patient({ id: '1' }))]),
    bundle('collection', [at(`${here}/Patient/1`, patient())]),
    bundle('collection', [at(`${here}/Observation/1`, patient({ id: '1' }))]),
    bundle('collection', [at(`${here}/Patient/1/_history/1`, patient({ id: '1' }))]),
    bundle('collection', [at(`${here}/`, patient({ id: '1' }))]),
    bundle('collection', [at('nonsense', patient({ id: '1' }))]),
    bundle('collection', [at(uuid(0), patient()), at(uuid(0), patient())]),
    bundle('collection', [
      at(`${here}/Patient/1`, patient({ id: '1' })),
      at(`${here}/Patient/1`, patient({ id: '1' })),
    ]),
    bundle('collection', [{ fullUrl: uuid(0) }]),
    bundle('collection', [at(uuid(0), patient(), { request: { method: 'GET', url: 'Patient' } })]),
    bundle('collection', [at(uuid(0), patient(), { response: { status: '200' } })]),
    bundle('collection', [at(uuid(0), patient(), { search: { mode: 'match' } })]),
    bundle('collection', [], { total: 1 }),
    bundle('collection', [
      at(uuid(0), { resourceType: 'ValueSet', status: 'active', url: `${here}/ValueSet/a`, id: 'a' }),
    ]),
    bundle('collection', [
      at(`${here}/ValueSet/b`, { resourceType: 'ValueSet', status: 'active', url: `${here}/ValueSet/a`, id: 'b' }),
    ]),
    bundle('collection', [
      at(`${here}/ValueSet/a`, { resourceType: 'ValueSet', status: 'active', url: `${here}/ValueSet/a`, id: 'c' }),
    ]),
  ],
  'references in a Bundle': [
    bundle('collection', [at(uuid(0), about('Patient/1')), at(uuid(1), patient({ id: '1' }))]),
    bundle('collection', [
      at(`${here}/Observation/1`, { ...about('Patient/1'), id: '1' }),
      at('http://other.test/fhir/Patient/1', patient({ id: '1' })),
    ]),
    bundle('collection', [
      at(`${here}/Observation/1`, { ...about('Patient/1'), id: '1' }),
      { resource: patient({ id: '1' }) },
    ]),
    bundle('collection', [
      { resource: { ...about('Patient/1'), id: '1' } },
      at(`${here}/Patient/1`, patient({ id: '1' })),
    ]),
    bundle('collection', [at(uuid(0), about(uuid(5)))]),
    bundle('collection', [at(uuid(0), about('urn:oid:1.2.3.4.5.6'))]),
    bundle('collection', [at(uuid(0), about(uuid(1))), at(uuid(1), { resourceType: 'Organization', name: 'A' })]),
    bundle('collection', [
      at(uuid(0), about(`${here}/Patient/1/_history/2`)),
      at(`${here}/Patient/1`, patient({ id: '1' })),
    ]),
    bundle('collection', [
      at(uuid(0), about(`${here}/Patient/1/_history/2`)),
      at(`${here}/Patient/1`, patient({ id: '1', meta: { versionId: '1' } })),
    ]),
    bundle('collection', [
      at(uuid(0), about(`${here}/Patient/1/_history/2`)),
      at(`${here}/Patient/1`, patient({ id: '1', meta: { versionId: '1' } })),
      at(`${here}/Patient/1`, patient({ id: '1', meta: { versionId: '2' } })),
    ]),
    bundle('collection', [at(uuid(0), about('#a')), at(uuid(1), patient({ id: 'a' }))]),
    bundle('collection', [
      at(uuid(0), about(`${uuid(1)}#a`)),
      at(uuid(1), patient({ contained: [patient({ id: 'a' })] })),
    ]),
    bundle('transaction', [at(uuid(0), about('Patient?name=a'), { request: { method: 'POST', url: 'Observation' } })]),
    bundle('batch', [at(uuid(0), about('Patient?name=a'), { request: { method: 'POST', url: 'Observation' } })]),
  ],
  'requests of a Bundle': [
    bundle('transaction', [at(uuid(0), patient())]),
    bundle('transaction', [at(uuid(0), patient(), { request: { method: 'POST' } })]),
    bundle('transaction', [at(uuid(0), patient(), { request: { method: 'DELETE', url: 'Patient/1' } })]),
    bundle('transaction', [{ request: { method: 'POST', url: 'Patient' } }]),
    bundle('transaction', [{ request: { method: 'FETCH', url: 'Patient' } }]),
    bundle('transaction', [at(uuid(0), patient(), { request: { method: 'PUT', url: 'Observation/1' } })]),
    bundle('transaction-response', [{ response: { status: '201' } }]),
    bundle('transaction-response', [{ resource: patient() }]),
    bundle('batch', [{ resource: patient() }]),
    bundle('history', [at(`${here}/Patient/1`, patient({ id: '1' }))]),
    bundle('history', [
      at(`${here}/Patient/1`, patient({ id: '1' }), { request: { method: 'PUT', url: 'Patient/1' } }),
    ]),
  ],
};

const documents: Provocations = {
  'document at fault': [
    bundle('document', []),
    { resourceType: 'Bundle', type: 'document' },
    bundle('document', [at(uuid(0), composition()), author]),
    bundle('document', [author, at(uuid(0), composition())], identified),
    bundle('document', [{ fullUrl: uuid(0) }], identified),
    bundle('document', [at(uuid(0), composition()), author, at(uuid(2), patient(told()))], identified),
    bundle(
      'document',
      [
        at(uuid(0), composition()),
        author,
        at(uuid(2), { ...about(uuid(1)), performer: [{ reference: uuid(0) }], ...told() }),
      ],
      identified,
    ),
    bundle(
      'document',
      [
        at(uuid(0), composition()),
        author,
        at(uuid(2), {
          resourceType: 'Provenance',
          target: [{ reference: uuid(0) }],
          agent: [{ who: { reference: uuid(1) } }],
          ...told(),
        }),
      ],
      identified,
    ),
    bundle('document', [at(uuid(0), composition({ author: [{ reference: 'Practitioner/none' }] }))], identified),
    bundle('document', [at(uuid(0), composition({ subject: [{ reference: uuid(5) }] })), author], identified),
    bundle(
      'document',
      [at(uuid(0), composition({ section: [{ title: 'A', entry: [{ reference: uuid(5) }] }] })), author],
      identified,
    ),
    bundle(
      'document',
      [
        at(`${here}/Composition/c`, composition({ id: 'c', author: [{ reference: 'Practitioner/p' }] })),
        at(`${here}/Practitioner/p`, { resourceType: 'Practitioner', id: 'p' }),
      ],
      identified,
    ),
    bundle(
      'document',
      [at(`${here}/Composition/c`, composition({ id: 'c', author: [{ reference: 'Practitioner/p' }] })), author],
      identified,
    ),
    ...[
      'http://a.org/b.css',
      'https://a.org/b.css',
      'https://hl7.org/fhir/fhir.css',
      'b.css',
      '#b',
      'Binary/b',
      uuid(7),
    ].map((url) =>
      bundle('document', [at(uuid(0), composition()), author], {
        ...identified,
        link: [{ relation: 'stylesheet', url }],
      }),
    ),
  ],
  'message at fault': [
    bundle('message', [], { timestamp: '2026-01-31T10:00:00Z' }),
    bundle('message', [at(uuid(0), patient())], identified),
    bundle('message', [{ fullUrl: uuid(0) }], identified),
    bundle('message', [at(uuid(0), header()), at(uuid(1), patient())], identified),
    bundle('message', [at(uuid(0), header({ focus: [{ reference: uuid(5) }] }))], identified),
    bundle(
      'message',
      [
        at(uuid(0), header({ focus: [{ reference: uuid(2) }] })),
        at(uuid(2), about(uuid(1))),
        at(uuid(1), patient()),
        at(uuid(3), { ...about(uuid(1)), focus: [{ reference: uuid(2) }] }),
      ],
      identified,
    ),
  ],
  'Bundle within a Bundle': [
    bundle('collection', [at(uuid(0), bundle('document', [{ fullUrl: uuid(2) }]))]),
    bundle('subscription-notification', [at(uuid(0), patient())]),
    bundle('subscription-notification', [
      at(uuid(0), {
        resourceType: 'SubscriptionStatus',
        type: 'handshake',
        subscription: { reference: 'Subscription/1' },
      }),
    ]),
    bundle('none', []),
    { resourceType: 'Bundle' },
  ],
};

const self = (url: string): Json => ({ link: [{ relation: 'self', url }] });
const match = { search: { mode: 'match' } };
const found = (resource: Json, more: Json = match): Json =>
  at(`${here}/${String(resource['resourceType'])}/1`, { ...resource, id: '1' }, more);
const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] };

const searches: Provocations = {
  'search at fault': [
    bundle('searchset', [found(patient())]),
    bundle('searchset', [found(patient(), {})], self(`${here}/Patient?name=a`)),
    bundle('searchset', [found(observation({}))], self(`${here}/Patient?name=a`)),
    bundle('searchset', [found(observation({}), {})], self(`${here}/Patient?name=a`)),
    bundle('searchset', [found(patient(), { search: { mode: 'outcome' } })], self(`${here}/Patient`)),
    bundle('searchset', [found(outcome, { search: { mode: 'match' } })], self(`${here}/Patient`)),
    bundle('searchset', [found(outcome, {})], self(`${here}/Patient`)),
    bundle('searchset', [at(`${here}/Patient/1`, patient(), match)], self(`${here}/Patient`)),
    bundle('searchset', [{ ...match }], self(`${here}/Patient`)),
    bundle('searchset', [found(patient())], self('nonsense')),
    bundle('searchset', [found(patient())], self(`${here}?_type=Observation`)),
    bundle('searchset', [found(patient(), { search: { mode: 'match', score: 2 } })], self(`${here}/Patient`)),
    bundle('searchset', [found(patient(), { search: { mode: 'none' } })], self(`${here}/Patient`)),
    bundle('searchset', [found(patient())], {
      link: [
        { relation: 'self', url: 'a' },
        { relation: 'self', url: 'b' },
      ],
    }),
    bundle('searchset', [found(patient())], {
      link: [
        { relation: 'next', url: 'a' },
        { relation: 'next', url: 'b' },
      ],
    }),
    bundle('searchset', [found(patient())], { total: -1 }),
    bundle('collection', [], { link: [{ relation: 'next', url: 'a' }] }),
    bundle('document', [at(uuid(0), composition()), author], { ...identified, link: [{ relation: 'next', url: 'a' }] }),
    bundle('searchset', [found(patient())], { link: [{ relation: 'none', url: 'a' }] }),
  ],
};

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const jose = (head: Json, payload = '', signature = 'AAAA'): string =>
  Buffer.from(`${encode(JSON.stringify(head))}.${encode(payload)}.${signature}`).toString('base64');
const signed = (signature: Json): Json =>
  bundle('document', [at(uuid(0), composition()), author], { ...identified, signature });
const said = {
  type: [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.1' }],
  when: '2026-01-31T10:00:00Z',
  who: { reference: uuid(1) },
};

const signatures: Provocations = {
  'signature at fault': [
    signed(said),
    signed({ ...said, data: '*' }),
    signed({ ...said, sigFormat: 'application/jose' }),
    signed({ ...said, sigFormat: 'application/none', data: 'AAAA' }),
    signed({ ...said, data: 'AAAA' }),
    signed({ ...said, sigFormat: 'application/jose', data: 'AAAA' }),
    signed({ ...said, sigFormat: 'application/jose', data: 'a.b.c' }),
    signed({ ...said, sigFormat: 'application/jose', data: jose({ alg: 'ES256' }) }),
    signed({ ...said, sigFormat: 'application/jose', data: jose({ alg: 'ES256', kid: 'a' }) }),
    signed({ ...said, sigFormat: 'application/jose', data: jose({ alg: 'ES256', x5c: ['AAAA'] }) }),
    signed({ ...said, sigFormat: 'application/jose', data: jose({ alg: 'ES256', sigT: 'none' }, '{}') }),
    signed({
      ...said,
      sigFormat: 'application/jose',
      data: jose({ alg: 'ES256', sigT: '2026-02-01T10:00:00Z' }, '{}'),
    }),
    signed({ ...said, when: undefined, sigFormat: 'application/jose', data: jose({ alg: 'ES256' }) }),
    signed({
      ...said,
      when: 'none',
      sigFormat: 'application/jose',
      data: jose({ alg: 'ES256', sigT: '2026-02-01T10:00:00Z' }),
    }),
    signed({ ...said, targetFormat: 'none', sigFormat: 'application/jose', data: jose({ alg: 'ES256' }) }),
    signed({
      ...said,
      targetFormat: 'application/fhir+json;canonicalization=http://none.org',
      sigFormat: 'application/jose',
      data: jose({ alg: 'ES256', srCms: 'a' }),
    }),
    signed({ ...said, sigFormat: 'application/pkcs7-signature', data: Buffer.from('<a/>').toString('base64') }),
    signed({
      ...said,
      sigFormat: 'application/signature+xml',
      data: Buffer.from('<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>').toString(
        'base64',
      ),
    }),
    signed({ sigFormat: 'application/jose' }),
  ],
};

export const bundleProvocations: Provocations = { ...entries, ...documents, ...searches, ...signatures };

/** Headers of signatures, which say when, by whom and of what they were made. */
export const signedProvocations: Provocations = {
  'header of a signature at fault': [
    ...[
      { alg: 'ES256', sigT: '1769853600', x5c: ['AAAA'] },
      { alg: 'ES256', iat: 1_769_853_600, kid: 'a' },
      { alg: 'ES256', iat: 'none', kid: 'a' },
      { alg: 'ES256', iat: 1_769_853_601, canon: 'http://other.org' },
    ].map((head) =>
      signed({
        ...said,
        targetFormat: 'application/fhir+json;canonicalization=http://none.org',
        sigFormat: 'application/jose',
        data: jose(head),
      }),
    ),
    signed({ ...said, sigFormat: 'application/jose', data: `${encode('{}')}.e30.AAAA` }),
  ],
};
