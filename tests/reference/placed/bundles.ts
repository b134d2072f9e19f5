/** Bundles that hold a resource as one type of Bundle after the other asks it, with parts that are wrong by chance. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { without } from '../faults/fault.ts';

const base = 'http://example.org/fhir';
const uuid = (n: number): string => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${n}`;
const typed = ({ resourceType, id }: Json): string => `${String(resourceType)}/${typeof id === 'string' ? id : 'x'}`;

type Make = (resource: Json, other: Json, random: Random) => Json | undefined;

/** The address of an entry: right as often as not. */
const addressOf = (resource: Json, n: number, random: Random): Json => {
  const fullUrl = random.pick([
    ...[`${base}/${typed(resource)}`, `${base}/${typed(resource)}`, `${base}/${typed(resource)}`, uuid(n), uuid(n)],
    ...[typed(resource), `${base}/Basic/none`, 'urn:oid:1.2.3', `${base}/${typed(resource)}/_history/1`, undefined],
  ]);
  return fullUrl === undefined ? {} : { fullUrl };
};

/** The object without a part, now and then. */
const perhapsLess = (object: Json, random: Random, n = 6): Json =>
  random.oneIn(n)
    ? without(object, random.pick(Object.keys(object).filter((name) => name !== 'resourceType')))
    : object;

const document: Make = (resource, other, random) => {
  const composition: Json = {
    ...{ resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'a' }, date: '2026-01-31', title: 'a' },
    author: [{ reference: random.pick(['Practitioner/p', `${base}/Practitioner/p`, uuid(3), '#p', 'Practitioner/q']) }],
    subject: [{ reference: random.pick([typed(other), uuid(2), 'Patient/none']) }],
    section: [
      {
        title: 'a',
        entry: [{ reference: random.pick([typed(resource), typed(resource), uuid(1), 'Observation/none']) }],
      },
    ],
  };
  const practitioner = { resourceType: 'Practitioner', id: 'p', active: true };
  const entry = [
    { fullUrl: random.pick([`${base}/Composition/c`, uuid(0)]), resource: perhapsLess(composition, random) },
    { ...addressOf(resource, 1, random), resource },
    { ...addressOf(other, 2, random), resource: other },
    { fullUrl: random.pick([`${base}/Practitioner/p`, uuid(3)]), resource: practitioner },
  ];
  const made = {
    resourceType: 'Bundle',
    identifier: { system: base, value: 'a' },
    type: 'document',
    timestamp: '2026-01-31T10:00:00Z',
    entry,
  };
  return perhapsLess(random.oneIn(8) ? { ...made, entry: entry.slice(1) } : made, random, 8);
};

const message: Make = (resource, _other, random) => {
  const header: Json = {
    ...{ resourceType: 'MessageHeader', id: 'h', eventCoding: { system: 'http://example.org/events', code: 'a' } },
    source: random.pick([
      { endpointUrl: 'http://example.org' },
      { endpointReference: { reference: 'Endpoint/e' } },
      { name: 'a' },
    ]),
    focus: [{ reference: random.pick([typed(resource), typed(resource), uuid(1), 'Patient/none']) }],
    ...(random.oneIn(3) && {
      response: { identifier: random.pick([{ value: 'a' }, {}]), code: random.pick(['ok', 'none']) },
    }),
  };
  return perhapsLess(
    {
      resourceType: 'Bundle',
      type: 'message',
      timestamp: '2026-01-31T10:00:00Z',
      entry: [
        { fullUrl: random.pick([`${base}/MessageHeader/h`, uuid(0)]), resource: perhapsLess(header, random) },
        { ...addressOf(resource, 1, random), resource },
      ],
    },
    random,
    8,
  );
};

/** A Bundle whose entries have the part that its type asks for, or another one. */
const withPart =
  (type: string, partOf: (resource: Json, random: Random) => Json, more: Json = {}): Make =>
  (resource, other, random) => {
    const entryOf = (one: Json, n: number): Json =>
      perhapsLess({ ...addressOf(one, n, random), resource: one, ...partOf(one, random) }, random);
    return {
      resourceType: 'Bundle',
      type,
      ...perhapsLess(more, random),
      entry: [entryOf(resource, 1), ...(random.oneIn(2) ? [entryOf(other, 2)] : [])],
    };
  };

const request = (resource: Json, random: Random): Json => ({
  request: perhapsLess(
    {
      method: random.pick(['PUT', 'PUT', 'POST', 'GET', 'DELETE', 'PATCH', 'HEAD', 'put']),
      url: random.pick([
        typed(resource),
        typed(resource),
        String(resource['resourceType']),
        `${base}/${typed(resource)}`,
        'None/1',
        '',
      ]),
      ...(random.oneIn(5) && { ifNoneExist: 'identifier=a' }),
      ...(random.oneIn(5) && { ifMatch: random.pick(['W/"1"', '1']) }),
    },
    random,
  ),
});

const response = (_resource: Json, random: Random): Json => ({
  response: perhapsLess(
    {
      status: random.pick(['200', '200 OK', '201 Created', 'OK', '', '9999']),
      ...(random.oneIn(3) && { location: random.pick([`${base}/Patient/1/_history/1`, 'a b', '']) }),
      ...(random.oneIn(3) && { etag: random.pick(['W/"1"', '1']) }),
      ...(random.oneIn(3) && { lastModified: random.pick(['2026-01-31T10:00:00Z', '2026-01-31']) }),
      ...(random.oneIn(3) && {
        outcome: random.pick([
          { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid' }] },
          { resourceType: 'Patient', active: true },
          { resourceType: 'OperationOutcome' },
        ]),
      }),
    },
    random,
    10,
  ),
});

const search = (_resource: Json, random: Random): Json => ({
  search: {
    mode: random.pick(['match', 'match', 'include', 'outcome', 'none']),
    ...(random.oneIn(3) && { score: random.pick([0.5, 1, 2, -1]) }),
  },
});

const found = {
  total: 1,
  link: [{ relation: 'self', url: `${base}/Patient` }],
};

export const bundlesOf: Readonly<Record<string, Make>> = {
  document,
  message,
  transaction: withPart('transaction', request),
  batch: withPart('batch', request),
  'transaction response': withPart('transaction-response', response),
  'batch response': withPart('batch-response', response),
  searchset: withPart('searchset', search, found),
  history: withPart('history', (one, random) => ({ ...request(one, random), ...response(one, random) }), { total: 1 }),
  collection: withPart('collection', (one, random) =>
    random.oneIn(3) ? random.pick([request, response, search])(one, random) : {},
  ),
  notification: withPart('subscription-notification', (one, random) =>
    random.oneIn(2) ? { ...request(one, random), ...response(one, random) } : {},
  ),
};
