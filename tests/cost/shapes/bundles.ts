import { bundle, entry, list, observation, patient, unique, type Shapes } from '../shape.ts';

const system = 'http://example.org/cost';

/** Bundles that are worked on as such. */
export const bundles: Shapes = [
  {
    name: 'creates of a transaction',
    n: 20,
    most: 2_000,
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
    make(n) {
      const salt = unique();
      return bundle(
        'transaction',
        list(n, (i) =>
          entry('POST', 'Patient', patient({ identifier: [{ system, value: `${salt}-${i}` }] }), {
            request: { ifNoneExist: `identifier=${system}|${salt}-${i}` },
          }),
        ),
      );
    },
  },
  {
    name: 'conditional updates of a transaction',
    n: 20,
    most: 1_000,
    make(n) {
      const salt = unique();
      return bundle(
        'transaction',
        list(n, (i) =>
          entry(
            'PUT',
            `Patient?identifier=${system}|${salt}-${i}`,
            patient({ identifier: [{ system, value: `${salt}-${i}` }] }),
          ),
        ),
      );
    },
  },
  {
    name: 'conditional references of a transaction',
    n: 20,
    most: 1_000,
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
    make(n) {
      const salt = unique();
      return bundle(
        'transaction',
        list(n, (i) => entry('DELETE', `Patient?identifier=${system}|${salt}-${i}`)),
      );
    },
  },
  {
    name: 'reads of a batch',
    n: 20,
    most: 1_000,
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
    make: (n) =>
      bundle(
        'batch',
        list(n, () => entry('GET', 'CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male')),
      ),
  },
  {
    name: 'entries that are wrong',
    n: 50,
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
