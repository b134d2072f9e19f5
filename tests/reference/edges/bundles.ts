/** Bundles of each type with what only some of them may have, and requests of each method. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { observation, patient, uuid, type Cases } from './cases.ts';

const types = (
  'document message transaction transaction-response batch batch-response history searchset collection ' +
  'subscription-notification'
).split(' ');

const bundle = (type: string, entry: readonly Json[] | undefined, more: Json = {}): Json => ({
  ...{ resourceType: 'Bundle', type, ...more },
  ...(entry && { entry }),
});

const entry = (n: number, more: Json = {}, resource: Json = patient()): Json => ({
  fullUrl: uuid(n),
  resource,
  ...more,
});
const stored = (base: string, resource: Json): Json => ({
  fullUrl: `${base}/${String(resource['resourceType'])}/${String(resource['id'])}`,
  resource,
});

const request = { method: 'PUT', url: 'Patient/1' };
const response = { status: '200 OK', etag: 'W/"1"', lastModified: '2024-01-01T00:00:00Z' };
const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] };
const self = { relation: 'self', url: 'http://a.b' };

/** Entries, and what else the Bundle has. */
const shapes: Readonly<Record<string, readonly [readonly Json[] | undefined, Json?]>> = {
  ...{ 'no entries': [undefined], 'an empty list': [[]], 'an empty entry': [[{}]], plain: [[entry(1)]] },
  ...{
    request: [[entry(1, { request })]],
    response: [[entry(1, { response })]],
    both: [[entry(1, { request, response })]],
  },
  ...{ search: [[entry(1, { search: { mode: 'match', score: 0.5 } })]], total: [[entry(1)], { total: 1 }] },
  links: [[entry(1)], { link: [self, { relation: 'next', url: 'http://a.b' }] }],
  'a link twice': [[entry(1)], { link: [self, { ...self, url: 'http://a.c' }] }],
  ...{ 'no address': [[{ resource: patient() }]], 'an id and no address': [[{ resource: patient({ id: 'a' }) }]] },
  'another id': [[{ fullUrl: 'http://a.b/Patient/b', resource: patient({ id: 'a' }) }]],
  'another type': [[{ fullUrl: 'http://a.b/Device/a', resource: patient({ id: 'a' }) }]],
  ...{ twice: [[entry(1), entry(1)]], failed: [[{ response: { status: '404', outcome } }]] },
  ...{
    deleted: [[{ request: { method: 'DELETE', url: 'Patient/1' } }]],
    outcome: [[entry(2, { search: { mode: 'outcome' } }, outcome)]],
  },
  'a reference within': [[entry(1), entry(2, {}, observation({ subject: { reference: uuid(1) } }))]],
  'a reference to nothing': [[entry(2, {}, observation({ subject: { reference: uuid(9) } }))]],
  'a relative reference': [
    [
      stored('http://a.b', patient({ id: '1' })),
      stored('http://a.b', observation({ id: '2', subject: { reference: 'Patient/1' } })),
    ],
  ],
  'a relative reference from another server': [
    [
      stored('http://a.b', patient({ id: '1' })),
      stored('http://c.d', observation({ id: '2', subject: { reference: 'Patient/1' } })),
    ],
  ],
  identifier: [[entry(1)], { identifier: { system: 'http://a.b', value: '1' }, timestamp: '2024-01-01T00:00:00Z' }],
  'two versions': [['1', '2'].map((versionId) => stored('http://a.b', patient({ id: '1', meta: { versionId } })))],
};

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const addresses = ['Patient', 'Patient/1', '/Patient/1', 'http://a.b/Patient/1', ''];

export const bundles: Cases = {
  ...Object.fromEntries(
    types.flatMap((type) =>
      Object.entries(shapes).map(([kind, [all, more]]) => [`${type}: ${kind}`, bundle(type, all, more)]),
    ),
  ),
  ...Object.fromEntries(
    methods.flatMap((method) =>
      addresses.map((url) => {
        const sends = ['POST', 'PUT', 'PATCH'].includes(method);
        const one = { ...(sends && { fullUrl: uuid(1), resource: patient() }), request: { method, url } };
        return [`request ${method} ${url}`, bundle('transaction', [one])];
      }),
    ),
  ),
};
