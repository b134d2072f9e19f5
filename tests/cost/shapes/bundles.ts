import { bundle, entry, list, observation, patient, unique } from '../requests.ts';
import type { Sent, Shapes } from '../shape.ts';

/** Each entry is told as stored. */
const stored = { status: 200, says: '"status":"201' };
const system = 'http://example.org/cost';

/** A transaction with an entry for each of n new identifiers. */
function identified(n: number, make: (identifier: { system: string; value: string }) => object): Sent {
  const salt = unique();
  return bundle(
    'transaction',
    list(n, (i) => make({ system, value: `${salt}-${i}` })),
  );
}

/** Bundles that are worked on as such. */
export const bundles: Shapes = [
  {
    name: 'creates of a transaction',
    n: 20,
    most: 2_000,
    answer: stored,
    make: (n) =>
      bundle(
        'transaction',
        list(n, () => entry('POST', 'Patient', patient())),
      ),
  },
  {
    name: 'creates of a batch',
    n: 20,
    most: 500,
    answer: stored,
    make: (n) =>
      bundle(
        'batch',
        list(n, () => entry('POST', 'Patient', patient())),
      ),
  },
  {
    name: 'conditional creates of a transaction',
    n: 20,
    most: 1_000,
    answer: stored,
    make: (n) =>
      identified(n, (identifier) =>
        entry('POST', 'Patient', patient({ identifier: [identifier] }), {
          request: { ifNoneExist: `identifier=${system}|${identifier.value}` },
        }),
      ),
  },
  {
    name: 'conditional updates of a transaction',
    n: 20,
    most: 1_000,
    answer: stored,
    make: (n) =>
      identified(n, (identifier) =>
        entry('PUT', `Patient?identifier=${system}|${identifier.value}`, patient({ identifier: [identifier] })),
      ),
  },
  {
    name: 'conditional references of a transaction',
    n: 20,
    most: 1_000,
    answer: stored,
    make(n) {
      const salt = unique();
      return bundle('transaction', [
        ...list(n, (i) => entry('POST', 'Patient', patient({ identifier: [{ system, value: `${salt}-${i}` }] }))),
        ...list(n, (i) =>
          entry(
            'POST',
            'Observation',
            observation({ subject: { reference: `Patient?identifier=${system}|${salt}-${i}` } }),
          ),
        ),
      ]);
    },
  },
  {
    name: 'links between the entries of a transaction',
    n: 20,
    most: 1_000,
    answer: stored,
    make: (n) =>
      bundle('transaction', [
        ...list(n, (i) =>
          entry('POST', 'Patient', patient(), {
            fullUrl: `urn:uuid:00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
          }),
        ),
        ...list(n, (i) =>
          entry(
            'POST',
            'Observation',
            observation({
              subject: { reference: `urn:uuid:00000000-0000-4000-8000-${String(n - 1 - i).padStart(12, '0')}` },
            }),
          ),
        ),
      ]),
  },
  {
    name: 'entries with one fullUrl',
    n: 50,
    answer: { status: 400, says: 'full-url-duplicate' },
    make: (n) =>
      bundle(
        'transaction',
        list(n, () =>
          entry('POST', 'Patient', patient(), { fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000000' }),
        ),
      ),
  },
  {
    name: 'deletes by a condition in a transaction',
    n: 20,
    most: 500,
    answer: { says: '"status":"204' },
    make: (n) => identified(n, ({ value }) => entry('DELETE', `Patient?identifier=${system}|${value}`)),
  },
  {
    name: 'deletes of what as many others refer to',
    n: 20, // as many are named of each
    most: 300,
    answer: { status: 409, says: 'resource-referenced' },
    async prepare(n, world) {
      const salt = unique();
      const names = list(n, (i) => `Patient/${salt}-${i}`);
      const of = { resourceType: 'List', status: 'current', mode: 'working' };
      const { status, text } = await world.ask(
        bundle('transaction', [
          ...names.map((name) => entry('PUT', name, { ...patient(), id: name.slice('Patient/'.length) })),
          ...list(n, () =>
            entry('POST', 'List', { ...of, entry: names.map((reference) => ({ item: { reference } })) }),
          ),
        ]),
      );
      if (status !== 200) throw new Error(`${status} ${text.slice(0, 500)}`);
      return JSON.stringify(names);
    },
    make: (_, __, names) =>
      bundle(
        'transaction',
        (JSON.parse(names) as string[]).map((name) => entry('DELETE', name)),
      ),
  },
  {
    name: 'reads of a batch',
    n: 20,
    most: 1_000,
    answer: { says: 'resource-not-found' },
    make: (n) =>
      bundle(
        'batch',
        list(n, (i) => entry('GET', `Patient/none-${i}`)),
      ),
  },
  {
    name: 'searches of a batch',
    n: 10,
    most: 200,
    answer: { says: '"total":0' },
    make: (n) =>
      bundle(
        'batch',
        list(n, (i) => entry('GET', `Patient?identifier=none-${i}`)),
      ),
  },
  {
    name: 'operations of a batch',
    n: 10,
    most: 500,
    answer: { says: 'Male' },
    make: (n) =>
      bundle(
        'batch',
        list(n, () => entry('GET', 'CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male')),
      ),
  },
  {
    name: 'entries that are wrong',
    n: 50,
    answer: { says: 'type-unknown' },
    make: (n) =>
      bundle(
        'batch',
        list(n, (i) => entry('POST', `Nothing${i}`, patient())),
      ),
  },
  {
    name: 'a Bundle that is stored',
    n: 50,
    make: (n) => ({
      ...bundle('batch', []),
      path: 'Bundle',
      body: JSON.stringify({
        ...{ resourceType: 'Bundle', type: 'collection' },
        entry: list(n, (i) => ({ fullUrl: `http://example.org/Patient/${i}`, resource: { ...patient(), id: `${i}` } })),
      }),
    }),
  },
];
