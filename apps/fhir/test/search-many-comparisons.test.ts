/** A search with many values that are compared one by one finds what the searches with each of them find, in every order. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  const entry = Array.from({ length: rows }, (_, i) => [patientOf(i), observationOf(i)]).flat();
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
  const { status, text } = await server.write('POST', '/', bundle);
  assert.equal(status, 200, text.slice(0, 500));
});
after(() => server.close());

const rows = 80;
const day = (i: number): string => new Date(Date.UTC(1980, 0, 1 + i)).toISOString().slice(0, 10);
const named = (i: number): string => `Oilasi${String(i).padStart(3, '0')}`;

function put(resource: { resourceType: string; id: string }): object {
  return { resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } };
}

function patientOf(i: number): object {
  return put({
    ...{ resourceType: 'Patient', id: `p${i}` },
    ...{ name: [{ family: named(i), given: [`Ism${i % 7}`] }], gender: i % 2 === 0 ? 'male' : 'female' },
    ...(i % 3 !== 0 && { birthDate: day(i) }),
  });
}

function observationOf(i: number): object {
  const coding = [{ system: 'http://loinc.org', code: `c${i % 10}`, display: `Kodi${i}` }];
  return put({
    ...{ resourceType: 'Observation', id: `o${i}`, status: i % 2 === 0 ? 'final' : 'amended' },
    ...{ code: { coding, text: `Matni${i}` }, subject: { reference: `Patient/p${i % 20}` } },
    ...{ effectiveDateTime: `${day(i)}T10:00:00+05:00` },
    ...{ valueQuantity: { value: i, system: 'http://unitsofmeasure.org', code: 'mg', unit: 'mg' } },
  });
}

/** Every id that a search gives, page after page, in its order. */
async function idsOf(type: string, query: string): Promise<string[]> {
  let answer = await server.request('POST', `/${type}/_search`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: query,
  });
  const ids: string[] = [];
  for (;;) {
    assert.equal(answer.status, 200, answer.text.slice(0, 500));
    const { entry = [], link } = answer.json as {
      entry?: { resource: { id: string } }[];
      link: { relation: string; url: string }[];
    };
    ids.push(...entry.map(({ resource }) => resource.id));
    const next = link.find(({ relation }) => relation === 'next');
    if (next === undefined) return ids;
    answer = await server.request('GET', next.url.slice(next.url.indexOf(`/${type}?`)));
  }
}

interface Case {
  readonly type: string;
  /** A parameter with a value of its own for each number. */
  readonly many: readonly (readonly [name: string, value: (i: number) => string])[];
  /** Parameters that must hold beside them. */
  readonly beside?: string;
}

const dates: Case['many'][number] = ['birthdate', day];
const names: Case['many'][number] = ['name', named];
const cases: readonly Case[] = [
  { type: 'Patient', many: [names] },
  { type: 'Patient', many: [dates] },
  { type: 'Patient', many: [names, dates] },
  { type: 'Patient', many: [names, dates], beside: 'gender=male' },
  { type: 'Patient', many: [['name:contains', (i) => named(i).slice(3)]], beside: 'gender=female' },
  { type: 'Patient', many: [['family:exact', named], dates] },
  { type: 'Observation', many: [['date', day]], beside: 'status=final' },
  {
    type: 'Observation',
    many: [
      ['value-quantity', (i) => `${i}|http://unitsofmeasure.org|mg`],
      ['date', day],
    ],
  },
  {
    type: 'Observation',
    many: [['code:text', (i) => `Matni${i}`]],
    beside: 'subject=Patient/p1,Patient/p2,Patient/p3',
  },
  { type: 'Observation', many: [['code-value-quantity', (i) => `c${i % 10}$${i}`]] },
  {
    type: 'Observation',
    many: [
      ['subject:Patient.name', (i) => named(i % 20)],
      ['date', day],
    ],
  },
];

const ordersOf: Readonly<Record<string, readonly string[]>> = {
  Patient: ['', '_sort=_id', '_sort=family', '_sort=-birthdate', '_sort=birthdate,-family'],
  Observation: ['', '_sort=_id', '_sort=date', '_sort=-value-quantity', '_sort=subject', '_sort=status,_id'],
};

/** Those of every second row. */
const asked = Array.from({ length: rows / 2 }, (_, i) => 2 * i + (i % 2));

describe('a search with many values that are compared one by one', () => {
  for (const { type, many, beside } of cases) {
    test(`finds what each of them finds: ${type}?${many.map(([name]) => name).join('&')}&${beside ?? ''}`, async () => {
      const besides = beside === undefined ? [] : [beside];
      const sets = await Promise.all(
        many.map(async ([name, value]) => {
          const found = new Set<string>();
          for (const i of asked) for (const id of await idsOf(type, `${name}=${value(i)}`)) found.add(id);
          return found;
        }),
      );
      const all = new Set(
        besides.length === 0 ? await idsOf(type, '_count=200') : await idsOf(type, `${beside}&_count=200`),
      );
      const expected = [...all].filter((id) => sets.every((set) => set.has(id)));
      assert.ok(expected.length > 5, 'it says something');
      const query = [...many.map(([name, value]) => `${name}=${asked.map(value).join(',')}`), ...besides];
      for (const order of ordersOf[type]!) {
        const sorted = (await idsOf(type, [order, '_count=200'].filter((part) => part !== '').join('&'))).filter((id) =>
          expected.includes(id),
        );
        const found = await idsOf(type, [...query, order, '_count=25'].filter((part) => part !== '').join('&'));
        assert.deepEqual(found, sorted, order);
      }
    });
  }
});
