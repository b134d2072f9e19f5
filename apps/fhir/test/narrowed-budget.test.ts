/** Decisions about resources on behalf of a narrowed token count for the request, which ends where it may do no more. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { storedSet } from '../src/administration/stored-set.ts';
import { codeOf, entriesOf, get, post, send } from './bundles.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

const whole = 'system/Observation.rs';
const narrowed = 'system/Observation.rs?category=urn:c|c0';
/** By a list of keys and more: the index tells the read about the list, and the rest is decided by the resource. */
const narrowedTwice = `${narrowed}&status=final`;

/** Every category takes some work for the index values; few bytes allow for it. */
const observation = (categories: number, first = 0): Record<string, unknown> => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
  category: Array.from({ length: categories }, (_, n) => ({ coding: [{ system: 'urn:c', code: `c${first + n}` }] })),
});

describe('a request of a narrowed token', () => {
  let server: TestServer;
  const ids = Array.from({ length: 40 }, (_, n) => `large-${n}`);
  before(async () => {
    // 300 for each entry of the batch; what is read takes some thousands.
    const costs = { work: 13_000, resourceWork: 1_000_000 };
    server = await startServer({ healthWorkers: 'as-scoped', requireIfMatch: false, costs });
    for (const id of ids) await put(id, 0);
    for (let n = 1; n < 40; n += 1) await put('large-0', n);
  });
  after(() => server.close());

  async function put(id: string, n: number): Promise<void> {
    const resource = { ...observation(1_000), id, language: n % 2 === 0 ? 'uz' : 'ru' };
    const { status, text } = await server.write('PUT', `/Observation/${id}`, resource);
    assert.ok(status < 300, text.slice(0, 500));
  }

  /** With a token of its own, about which nothing is remembered. */
  async function read(scope: string, path: string): Promise<Reply> {
    return server.request('GET', path, { token: await server.sso.token({ scope }) });
  }

  test('reads a large resource and its versions, which are allowed for by their length', async () => {
    for (const path of ['/Observation/large-1', '/Observation/large-0/_history/3']) {
      assert.equal((await read(narrowed, path)).status, 200, path);
    }
  });

  for (const path of ['/Observation/_history?_count=30', '/Observation/large-0/_history?_count=2']) {
    test(`is refused ${path}, where all of it must be looked at`, async () => {
      const reply = await read(narrowed, path);
      assert.deepEqual([reply.status, reply.code], [422, 'work-limit-exceeded']);
      assert.match(reply.sentence, /DHP_REQUEST_WORK/);
      assert.equal((await read(whole, path)).status, 200);
    });
  }

  test('shares the limit among the reads of a batch', async () => {
    const body = JSON.stringify({
      resourceType: 'Bundle',
      type: 'batch',
      entry: ids.map((id) => get(`Observation/${id}`)),
    });
    const batch = async (scope: string): Promise<ReadonlySet<string | undefined>> => {
      const headers = { 'content-type': 'application/fhir+json' };
      const reply = await server.request('POST', '', { token: await server.sso.token({ scope }), headers, body });
      return new Set(entriesOf(reply).map((entry) => codeOf(entry) ?? entry.response.status));
    };
    assert.deepEqual([...(await batch(narrowedTwice))].toSorted(), ['200 OK', 'work-limit-exceeded']);
    assert.deepEqual([...(await batch(narrowed))], ['200 OK']);
    assert.deepEqual([...(await batch(whole))], ['200 OK']);
  });

  test('shares it among the questions why something is hidden from such a token', async () => {
    const asked = `client=other&scope=${encodeURIComponent(narrowed)}`;
    const body = JSON.stringify({
      resourceType: 'Bundle',
      type: 'batch',
      entry: ids.map((id) => get(`Observation/${id}/$explain-access?${asked}`)),
    });
    const headers = { 'content-type': 'application/fhir+json' };
    const token = await server.sso.token({ scope: 'system/*.rs dhp.audit', client_id: 'officer' });
    const reply = await server.request('POST', '', { token, headers, body });
    const told = new Set(entriesOf(reply).map((entry) => codeOf(entry) ?? entry.response.status));
    assert.deepEqual([...told].toSorted(), ['200 OK', 'work-limit-exceeded']);
  });
});

test('a document of policies that is stored is paid for by who has it read', () => {
  const text = JSON.stringify({ others: 'nothing', rules: [] });
  assert.deepEqual(storedSet(text, new Budget({ work: 100 })), { others: 'nothing', rules: [] });
  assert.throws(() => storedSet(text, new Budget({ work: 1 })), BudgetSpent);
});

// Two looks at 250 versions are more than a request may do, and one is more than half of that; or one at 100 is too much. A version takes some 60 units.
for (const work of [20_000, 5_000])
  describe(`a page of a narrowed history for ${work} units`, () => {
    let server: TestServer;
    before(async () => {
      const costs = { work, resourceWork: 1_000_000 };
      server = await startServer({ healthWorkers: 'as-scoped', requireIfMatch: false, costs });
      const first = await server.write('PUT', '/Observation/shown', { ...observation(1), id: 'shown' });
      assert.equal(first.status, 201);
      for (let n = 0; n < 6; n += 1) {
        const others = Array.from({ length: 100 }, () => post(observation(1, 1)));
        const reply = await send(server, 'transaction', others);
        assert.equal(reply.status, 200, reply.text.slice(0, 500));
      }
    });
    after(() => server.close());

    test('ends before the work of the request does, with a link to go on', async () => {
      const token = await server.sso.token({ scope: narrowed });
      const shown: string[] = [];
      let pages = 0;
      let path: string | undefined = '/Observation/_history?_count=10';
      while (path !== undefined) {
        const reply: Reply = await server.request('GET', path, { token });
        assert.equal(reply.status, 200, reply.text.slice(0, 500));
        shown.push(...entriesOf(reply).map(({ resource }) => String(resource?.['id'])));
        const links = reply.json['link'] as { relation: string; url: string }[];
        const next = links.find(({ relation }) => relation === 'next')?.url;
        path = next?.replace(/^.*\/fhir(?=\/)/, '');
        pages += 1;
      }
      assert.deepEqual(shown, ['shown']);
      assert.ok(pages > 1, String(pages));
    });
  });
