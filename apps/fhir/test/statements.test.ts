/**
 * The statements of each interaction that writes or reads by id: each is a way to PostgreSQL and back, but for those of a history, which go
 * out together. Searches have theirs in packages/fhir-store/test/search-statements.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTap, type StatementTap } from '../../../tests/record/statement-tap.ts';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

/** The pools that requests wait for; the others work in the background. */
const serving = /^dhp fhir (reads|pages|writes|holding|trail|searches|walks|counts)$/;
/** How often an interaction is repeated: now and then something in the background asks, too. */
const repetitions = 6;

let tap: StatementTap;
let server: TestServer;
before(async () => {
  server = await startServer({}, async (url) => {
    tap = await startTap(url, serving);
    const through = new URL(url);
    through.host = `127.0.0.1:${tap.port}`;
    through.searchParams.delete('host'); // the directory of a Unix socket, which would lead around the tap
    return through.href;
  });
});
after(async () => {
  await server.close();
  await tap.close();
});

/** The pools of the statements that an interaction takes, in their order: the fewest of some times, once they are prepared. */
async function statementsOf(interact: (n: number) => Promise<() => Promise<Reply>>, status: number): Promise<string[]> {
  const all: string[][] = [];
  for (let n = 0; n < repetitions; n += 1) {
    const send = await interact(n);
    tap.take();
    const reply = await send();
    assert.equal(reply.status, status, reply.text);
    all.push(tap.take().map(({ session }) => session.replace('dhp fhir ', '')));
  }
  return all.toSorted((a, b) => a.length - b.length)[0]!;
}

let serial = 0;
const next = (): string => String((serial += 1));

/** A Patient that is there. */
async function stored(members: object = {}): Promise<{ id: string; path: string }> {
  const id = `s${next()}`;
  assert.equal((await server.write('PUT', `/Patient/${id}`, patient({ id, ...members }))).status, 201);
  return { id, path: `/Patient/${id}` };
}

const identified = (value: string): object => ({ identifier: [{ system: 'urn:ids', value }] });
const entry = (method: string, url: string, resource?: object, more: object = {}): object => ({
  ...(resource !== undefined && { resource }),
  request: { method, url, ...more },
});
const bundle =
  (type: string, ...entries: object[]) =>
  (): Promise<Reply> =>
    server.write('POST', '/', { resourceType: 'Bundle', type, entry: entries });
const jsonPatch = [{ op: 'replace', path: '/active', value: false }];

/** Of a transaction that holds locks while criteria are searched: its begin, the names, the search, more, its commit. */
const held = (...more: string[]): string[] => ['holding', 'holding', 'searches', ...more, 'holding'];

test('a read takes one, a history two', async () => {
  const { path } = await stored();
  assert.deepEqual(await statementsOf(async () => () => server.request('GET', path), 200), ['reads']);
  assert.deepEqual(await statementsOf(async () => () => server.request('GET', `${path}/_history/1`), 200), ['pages']);
  assert.deepEqual(await statementsOf(async () => () => server.request('GET', `${path}/_history`), 200), [
    'pages',
    'pages',
  ]);
});

test('a create takes one, an update with If-Match one, others two', async () => {
  assert.deepEqual(await statementsOf(async () => () => server.write('POST', '/Patient', patient()), 201), ['writes']);
  const update = async (members: object): Promise<string[]> =>
    statementsOf(async () => {
      const { id, path } = await stored();
      return () => server.write('PUT', path, patient({ id, ...members }), { 'if-match': 'W/"1"' });
    }, 200);
  assert.deepEqual(await update({ gender: 'male' }), ['writes']);
  assert.deepEqual(await update({}), ['writes'], 'one that changes nothing');
  assert.deepEqual(
    await statementsOf(async () => {
      const id = `n${next()}`;
      return () => server.write('PUT', `/Patient/${id}`, patient({ id }));
    }, 201),
    ['writes', 'writes'],
  );
  assert.deepEqual(
    await statementsOf(async () => {
      const { path } = await stored();
      return () => server.request('DELETE', path);
    }, 200),
    ['writes', 'writes'],
  );
});

test('a patch takes one to read and one to store', async () => {
  const headers = { 'content-type': 'application/json-patch+json' };
  assert.deepEqual(
    await statementsOf(async () => {
      const { path } = await stored();
      return () => server.request('PATCH', path, { headers, body: JSON.stringify(jsonPatch) });
    }, 200),
    ['reads', 'writes'],
  );
});

test('a conditional interaction holds its criteria, and takes one more to store and one to look', async () => {
  const create = async (): Promise<string[]> =>
    statementsOf(async () => {
      const value = next();
      return () =>
        server.write('POST', '/Patient', patient(identified(value)), {
          'if-none-exist': `identifier=urn:ids|${value}`,
        });
    }, 201);
  assert.deepEqual(await create(), held('holding'));
  const update = async (members: object): Promise<string[]> =>
    statementsOf(async () => {
      const value = next();
      await stored(identified(value));
      return () =>
        server.write('PUT', `/Patient?identifier=urn:ids|${value}`, patient({ ...identified(value), ...members }));
    }, 200);
  assert.deepEqual(await update({ gender: 'male' }), held('holding', 'holding'));
  assert.deepEqual(
    await update({ name: [{ family: 'Karimov', given: ['Azim'] }] }),
    held('holding', 'holding'),
    'of equal length',
  );
  assert.deepEqual(
    await statementsOf(async () => {
      const value = next();
      await stored(identified(value));
      return () => server.request('DELETE', `/Patient?identifier=urn:ids|${value}`);
    }, 200),
    held('holding', 'holding'),
  );
});

test('a batch shares what its entries ask for', async () => {
  const { path } = await stored();
  const read = entry('GET', path.slice(1));
  assert.deepEqual(await statementsOf(async () => bundle('batch', read, read), 200), ['reads']);
  const create = entry('POST', 'Patient', patient());
  assert.deepEqual(await statementsOf(async () => bundle('batch', create, create, create), 200), ['writes']);
});

test('a transaction takes one to create, and one more to look at what it changes', async () => {
  const create = entry('POST', 'Patient', patient());
  assert.deepEqual(await statementsOf(async () => bundle('transaction', create, create), 200), ['writes']);
  const change = async (members: object): Promise<string[]> =>
    statementsOf(async () => {
      const [a, b, c] = [await stored({ birthDate: '1970-01-01' }), await stored(), await stored()];
      const resource = patient({ id: a.id, birthDate: '1970-01-01', ...members });
      return bundle(
        'transaction',
        create,
        entry('PUT', a.path.slice(1), resource, { ifMatch: 'W/"1"' }),
        entry('PUT', b.path.slice(1), patient({ id: b.id, gender: 'male' }), { ifMatch: 'W/"1"' }),
        entry('DELETE', c.path.slice(1)),
      );
    }, 200);
  assert.deepEqual(await change({ gender: 'female' }), ['writes', 'writes']);
  assert.deepEqual(await change({ birthDate: '1970-01-02' }), ['writes', 'writes'], 'of equal length');
  assert.deepEqual(await change({}), ['writes', 'writes'], 'that changes nothing');
});

test('a transaction with criteria or patches holds them', async () => {
  assert.deepEqual(
    await statementsOf(async () => {
      const value = next();
      const criteria = { ifNoneExist: `identifier=urn:ids|${value}` };
      return bundle('transaction', entry('POST', 'Patient', patient(identified(value)), criteria));
    }, 200),
    held('holding'),
  );
  const data = Buffer.from(JSON.stringify(jsonPatch)).toString('base64');
  const patch = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
  assert.deepEqual(
    await statementsOf(async () => {
      const { path } = await stored();
      return bundle('transaction', entry('PATCH', path.slice(1), patch));
    }, 200),
    ['holding', 'holding', 'reads', 'holding', 'holding', 'holding'],
  );
});

test('lists are looked up together, however many a search names', async () => {
  const { path } = await stored();
  const list = (id: string): object => ({
    ...{ resourceType: 'List', id, status: 'current', mode: 'working' },
    entry: [{ item: { reference: path.slice(1) } }],
  });
  const ids = Array.from({ length: 20 }, () => `l${next()}`);
  for (const id of ids) assert.equal((await server.write('PUT', `/List/${id}`, list(id))).status, 201);
  const search = (many: number): Promise<string[]> =>
    statementsOf(async () => () => server.request('GET', `/Patient?_list=${ids.slice(0, many).join(',')}`), 200);
  assert.deepEqual(await search(20), await search(2));
});
