/** `_contained` with `_sort` and with an environment's own parameters. https://hl7.org/fhir/R5/search.html#contained */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { entriesOf, found, idsOf, linkTo, put, search } from './searches.ts';

const loinc = 'http://loinc.org';
let server: TestServer;

interface Measured {
  id: string;
  code: string;
  date: string;
  mg: number;
}

function observation({ id, code, date, mg }: Measured): Record<string, unknown> {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { coding: [{ system: loinc, code }] },
    effectiveDateTime: date,
    subject: { reference: `Patient/p-${10_000 - mg}` },
    valueQuantity: { value: mg, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
    extension: [{ url: 'urn:batch', valueString: `batch ${code}` }],
  };
}

function panel(id: string, ...contained: Measured[]): Record<string, unknown> {
  return {
    resourceType: 'DiagnosticReport',
    id,
    status: 'final',
    code: { text: 'panel' },
    contained: contained.map(observation),
    result: contained.map((each) => ({ reference: `#${each.id}` })),
  };
}

before(async () => {
  server = await startServer({ healthWorkers: 'as-scoped' });
  const patients = [30, 5, 900, 700, 31].map((mg) => ({ resourceType: 'Patient', id: `p-${10_000 - mg}` }));
  await put(
    server,
    ...patients,
    panel('one', { id: 'x', code: 'c-3', date: '2026-03-01', mg: 30 }),
    panel(
      'two',
      { id: 'x', code: 'c-1', date: '2026-01-05', mg: 5 },
      { id: 'y', code: 'c-9', date: '2026-09-01', mg: 900 },
    ),
    panel('three', { id: 'x', code: 'c-2', date: '2026-02-01', mg: 700 }),
    observation({ id: 'stored', code: 'c-25', date: '2026-02-15', mg: 31 }),
  );
});
after(() => server.close());

const inOrder = async (query: string): Promise<string[]> =>
  idsOf(await search(server, `/Observation?${query}`)).map((name) => name.split('/')[1]!);

describe('_sort', () => {
  const rows: [sort: string, ascending: string[], descending: string[]][] = [
    ['code', ['two', 'three', 'one'], ['two', 'one', 'three']],
    ['date', ['two', 'three', 'one'], ['two', 'one', 'three']],
    ['value-quantity', ['two', 'one', 'three'], ['two', 'three', 'one']],
    ['subject', ['two', 'three', 'one'], ['two', 'one', 'three']],
    ['code:text,_id', ['one', 'three', 'two'], ['one', 'three', 'two']],
    ['code,date', ['two', 'three', 'one'], ['two', 'one', 'three']],
  ];
  for (const [sort, ascending, descending] of rows) {
    test(`by ${sort} takes the value of the contained resource that comes first`, async () => {
      assert.deepEqual(await inOrder(`_contained=true&_sort=${sort}`), ascending);
      assert.deepEqual(await inOrder(`_contained=true&_sort=-${sort}`), descending);
    });
  }

  test('counts only what matches', async () => {
    const few = 'code=c-1,c-2,c-3&_contained=true';
    assert.deepEqual(await inOrder(`${few}&_sort=-code`), ['one', 'three', 'two']);
    assert.deepEqual(await inOrder(`${few}&_sort=-value-quantity`), ['three', 'one', 'two']);
  });

  test('puts what is stored by itself among them', async () => {
    assert.deepEqual(await inOrder('_contained=both&_sort=code'), ['two', 'three', 'stored', 'one']);
    assert.deepEqual(await inOrder('_contained=both&_sort=-date'), ['two', 'one', 'stored', 'three']);
    const reply = await search(server, '/Observation?_contained=both&_containedType=contained&_sort=value-quantity');
    assert.deepEqual(
      entriesOf(reply).map(({ fullUrl }) => fullUrl.slice(baseUrl.length + 1)),
      [
        'DiagnosticReport/two#x',
        'DiagnosticReport/two#y',
        'DiagnosticReport/one#x',
        'Observation/stored',
        'DiagnosticReport/three#x',
      ],
    );
  });

  test('goes from page to page, forth and back', async () => {
    const seen: string[] = [];
    let reply = await search(server, '/Observation?_contained=both&_sort=code&_count=1');
    for (;;) {
      seen.push(...idsOf(reply));
      const next = linkTo(reply, 'next');
      if (next === undefined) break;
      reply = await search(server, next);
    }
    assert.deepEqual(
      seen.map((name) => name.split('/')[1]),
      ['two', 'three', 'stored', 'one'],
    );
    assert.deepEqual(idsOf(await search(server, linkTo(reply, 'previous')!)), ['Observation/stored']);
  });

  test('by what no row has is refused', async () => {
    for (const sort of ['identifier', '_score']) {
      const reply = await server.request('GET', `/Observation?_contained=true&_sort=${sort}`);
      assert.equal(reply.status, 400, sort);
    }
  });
});

describe('an own parameter', () => {
  const batch = {
    resourceType: 'SearchParameter',
    id: 'batch',
    url: 'https://dhp.example.uz/SearchParameter/batch',
    name: 'Batch',
    status: 'active',
    description: 'The batch',
    code: 'batch',
    base: ['Observation'],
    type: 'string',
    processingMode: 'normal',
    expression: "Observation.extension('urn:batch').value.ofType(string)",
  };

  test('finds what was contained before and after it was defined, and orders it', async () => {
    await put(server, batch);
    const early = await server.request('GET', '/Observation?batch=batch c-1&_contained=true');
    assert.deepEqual([early.status, early.code], [400, 'search-parameter-not-ready'], early.text);
    await put(server, panel('four', { id: 'x', code: 'c-4', date: '2026-04-01', mg: 1 }));
    await server.store.reindex();
    assert.deepEqual(await found(server, '/Observation?batch=batch c-1&_contained=true'), ['DiagnosticReport/two']);
    assert.deepEqual(await found(server, '/Observation?batch=batch c-4&_contained=true'), ['DiagnosticReport/four']);
    assert.deepEqual(await found(server, '/Observation?batch=batch c-7&_contained=true'), []);
    assert.deepEqual(await found(server, '/Observation?batch:contains=c-2&_contained=both'), [
      'DiagnosticReport/three',
      'Observation/stored',
    ]);
    assert.deepEqual(await inOrder('_contained=true&_sort=-batch'), ['two', 'four', 'one', 'three']);
  });

  test('leads chains into what is contained', async () => {
    assert.deepEqual(await found(server, '/DiagnosticReport?result:Observation.batch=batch c-9'), [
      'DiagnosticReport/two',
    ]);
  });

  test('follows another definition', async () => {
    const etag = (await server.request('GET', '/SearchParameter/batch')).headers.get('etag')!;
    const other = { ...batch, type: 'token', expression: 'Observation.code.coding.code' };
    const reply = await server.write('PUT', '/SearchParameter/batch', other, { 'if-match': etag });
    assert.equal(reply.status, 200, reply.text);
    await server.store.reindex();
    assert.deepEqual(await found(server, '/Observation?batch=c-9&_contained=true'), ['DiagnosticReport/two']);
    assert.deepEqual(await found(server, '/Observation?batch=batch c-9&_contained=true'), []);
  });
});
