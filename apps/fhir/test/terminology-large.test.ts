/** Expansions of a code system of hundreds of thousands of codes, and what others wait for meanwhile. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { startServer, type Reply, type TestServer } from './environment.ts';

const size = 300_000;
const system = 'http://example.org/large';
/** Milliseconds; without slices a question waits for as long as all the words are read, which takes seconds. */
const longestWait = 300;

let server: TestServer;
before(async () => {
  server = await startServer();
  const resource = {
    resourceType: 'CodeSystem',
    id: 'large',
    url: system,
    status: 'active',
    content: 'complete',
    caseSensitive: true,
    hierarchyMeaning: 'is-a',
    valueSet: `${system}?fhir_vs`,
    concept: [
      {
        code: 'top',
        display: 'Everything',
        concept: Array.from({ length: size - 1 }, (_, n) => ({ code: `K${n}`, display: `Tashxis raqami ${n}` })),
      },
    ],
  };
  // As `dhp terminology import` does: no request has so long a body.
  await server.store.update({
    ...{ type: 'CodeSystem', id: 'large', source: scanJson(JSON.stringify(resource)), resource },
    ...{ requireMatch: false, createAllowed: true },
  });
  await lookup('K5');
});
after(() => server.close());

const lookup = (code: string): Promise<Reply> =>
  server.request('GET', `/CodeSystem/$lookup?system=${system}&code=${code}`);
const expand = (query: string): Promise<Reply> =>
  server.request('GET', `/ValueSet/$expand?url=${encodeURIComponent(`${system}?fhir_vs`)}${query}`);

/** The longest that small questions wait, one after the other, until something is answered. */
async function waits(running: Promise<Reply>): Promise<{ reply: Reply; longest: number; answered: number }> {
  let [longest, answered] = [0, 0];
  let reply: Reply | undefined;
  void running.then((done) => (reply = done));
  while (reply === undefined) {
    const start = performance.now();
    const other = await lookup(`K${(answered * 977) % (size - 1)}`);
    assert.equal(other.status, 200, other.text);
    longest = Math.max(longest, performance.now() - start);
    answered += 1;
  }
  return { reply, longest, answered };
}

function codesOf({ json }: Reply): { total: number; codes: string[] } {
  const { total, contains = [] } = json['expansion'] as { total: number; contains?: { code: string }[] };
  return { total, codes: contains.map(({ code }) => code) };
}

test('the first page of all codes collects none of them', async () => {
  const start = performance.now();
  const page = await expand('&count=3&offset=200000');
  const took = performance.now() - start;
  assert.deepEqual(codesOf(page), { total: size, codes: ['K199999', 'K200000', 'K200001'] });
  assert.ok(took < longestWait, `${took} ms`);
});

test('others are answered while the words of all codes are read for the first filter', async (context) => {
  const { reply, longest, answered } = await waits(expand('&filter=raqam%2029999&count=5'));
  assert.deepEqual(codesOf(reply).codes, ['K29999', 'K299990', 'K299991', 'K299992', 'K299993']);
  context.diagnostic(`${answered} answers meanwhile, the slowest after ${Math.round(longest)} ms`);
  assert.ok(answered > 20, `${answered} answers`);
  assert.ok(longest < longestWait, `${longest} ms`);
});

test('others are answered while the codes below one are collected', async (context) => {
  const { reply, longest, answered } = await waits(expand('%3Disa%2Ftop&count=2'));
  assert.deepEqual(codesOf(reply), { total: size, codes: ['top', 'K0'] });
  context.diagnostic(`${answered} answers meanwhile, the slowest after ${Math.round(longest)} ms`);
  assert.ok(longest < longestWait, `${longest} ms`);
});

test('questions that come while the words are read wait for the same reading, each with its own answer', async () => {
  const filters = ['raqam 1', 'tashxis 2', 'ever'];
  const one = filters.map((filter) => expand(`%3Disa%2Ftop&count=2&filter=${encodeURIComponent(filter)}`));
  const answers = (await Promise.all(one)).map((reply) => codesOf(reply).codes);
  assert.deepEqual(answers, [['K1', 'K10'], ['K2', 'K20'], ['top']]);
});

test('a change while the words are read: the answer has what is stored then', async () => {
  const concept = Array.from({ length: 60_000 }, (_, n) => ({ code: `N${n}`, display: `Belgi ${n}` }));
  const resource = (last: string): Record<string, unknown> => ({
    ...{ resourceType: 'CodeSystem', id: 'changing', url: 'http://example.org/changing', status: 'active' },
    ...{ content: 'complete', valueSet: 'http://example.org/changing?fhir_vs' },
    concept: [...concept, { code: last, display: `Belgi oxirgi ${last}` }],
  });
  const put = (last: string): Promise<unknown> =>
    server.store.update({
      ...{ type: 'CodeSystem', id: 'changing', source: scanJson(JSON.stringify(resource(last))) },
      ...{ resource: resource(last), requireMatch: false, createAllowed: true },
    });
  const question = `/ValueSet/$expand?url=${encodeURIComponent('http://example.org/changing?fhir_vs')}&filter=oxirgi`;
  await put('before');
  await server.request('GET', '/CodeSystem/$lookup?system=http://example.org/changing&code=N1');
  const [during] = await Promise.all([server.request('GET', question), put('after')]);
  assert.ok(['before', 'after'].includes(codesOf(during).codes.join()), during.text);
  assert.deepEqual(codesOf(await server.request('GET', question)).codes, ['after']);
});
