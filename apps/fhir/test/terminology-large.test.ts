/** Expansions of a code system of hundreds of thousands of codes, and what others wait for meanwhile. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { watchThread } from '../../../tests/proof/stretches/watch.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

const size = 300_000;
const system = 'http://example.org/large';
/**
 * Longest stretch of CPU between two turns of the thread, as a share of what the expansion takes of it; without slices it would be all of it. Some
 * 0.1 of 2 s.
 */
const longestShare = 0.3;

let server: TestServer;
before(async () => {
  server = await startServer({ bodyLimit: 16 * 1024 * 1024, requireIfMatch: false });
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

/** Asks small questions, one after the other, until something is answered, and watches the thread, which is the server's, meanwhile. */
async function waits(
  running: Promise<Reply>,
): Promise<{ reply: Reply; share: number; answered: number; told: string }> {
  const end = await watchThread();
  let answered = 0;
  let reply: Reply | undefined;
  void running.then((done) => (reply = done));
  while (reply === undefined) {
    const other = await lookup(`K${(answered * 977) % (size - 1)}`);
    assert.equal(other.status, 200, other.text);
    answered += 1;
  }
  const { longest, total } = await end();
  const told = `${answered} answers meanwhile, the longest stretch is ${Math.round(longest)} of ${Math.round(total)} ms`;
  return { reply, share: longest / total, answered, told };
}

function codesOf({ json }: Reply): { total: number; codes: string[] } {
  const { total, contains = [] } = json['expansion'] as { total: number; contains?: { code: string }[] };
  return { total, codes: contains.map(({ code }) => code) };
}

test('a page of all codes collects none of them', async () => {
  const took: number[] = [];
  for (const offset of [200_000, 10, 299_000]) {
    const start = performance.now();
    const page = await expand(`&count=3&offset=${offset}`);
    took.push(performance.now() - start);
    const codes = [offset - 1, offset, offset + 1].map((n) => `K${n}`);
    assert.deepEqual(codesOf(page), { total: size, codes });
  }
  assert.ok(Math.min(...took) < 200, `${took.join()} ms`); // to collect them takes a second
});

test('others are answered while the words of all codes are read for the first filter', async (context) => {
  const { reply, share, answered, told } = await waits(expand('&filter=raqam%2029999&count=5'));
  assert.deepEqual(codesOf(reply).codes, ['K29999', 'K299990', 'K299991', 'K299992', 'K299993']);
  context.diagnostic(told);
  assert.ok(answered > 10, `${answered} answers`);
  assert.ok(share < longestShare, told);
});

test('others are answered while the codes below one are collected', async (context) => {
  const { reply, share, told } = await waits(expand('%3Disa%2Ftop&count=2'));
  assert.deepEqual(codesOf(reply), { total: size, codes: ['top', 'K0'] });
  context.diagnostic(told);
  assert.ok(share < longestShare, told);
});

test('questions that come while the words are read wait for the same reading, each with its own answer', async () => {
  const filters = ['raqam 1', 'tashxis 2', 'ever'];
  const one = filters.map((filter) => expand(`%3Disa%2Ftop&count=2&filter=${encodeURIComponent(filter)}`));
  const answers = (await Promise.all(one)).map((reply) => codesOf(reply).codes);
  assert.deepEqual(answers, [['K1', 'K10'], ['K2', 'K20'], ['top']]);
});

test('what is asked about with value sets and code systems of its own ends as well', async () => {
  const below = await server.request('GET', `/Observation?code:below=${system}|K5&_total=accurate`);
  assert.deepEqual([below.status, below.json['total']], [200, 0], below.text);
  const url = 'http://example.org/brought';
  const concept = Array.from({ length: 40_000 }, (_, n) => ({ code: `B${n}`, display: `Olib kelingan ${n}` }));
  const codeSystem = { resourceType: 'CodeSystem', url, status: 'active', content: 'complete', concept };
  const filter = [{ property: 'display', op: 'regex', value: '.*[79]' }];
  const valueSet = {
    resourceType: 'ValueSet',
    url: `${url}/vs`,
    status: 'active',
    compose: { include: [{ system: url, filter }] },
  };
  const reply = await server.write('POST', '/ValueSet/$expand', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'tx-resource', resource: codeSystem },
      { name: 'valueSet', resource: valueSet },
      { name: 'filter', valueString: 'olib 3999' },
      { name: 'count', valueInteger: 5 },
    ],
  });
  assert.deepEqual(codesOf(reply), { total: 3, codes: ['B3999', 'B39997', 'B39999'] }, reply.text.slice(0, 300));
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

test('parallel edits while expanding: every answer is of one moment, and none is older than the last edit before it', async () => {
  const names = ['one', 'two'] as const;
  const resource = (name: (typeof names)[number], edit: number): Record<string, unknown> => ({
    ...{ resourceType: 'CodeSystem', id: `edited-${name}`, url: `http://example.org/edited/${name}` },
    ...{ status: 'active', content: 'complete' },
    concept: Array.from({ length: 3_000 }, (_, n) => ({ code: `E${n}`, display: `Edit ${edit} of ${name} ${n}` })),
  });
  const put = (edit: number): Promise<Reply> =>
    server.write('POST', '', {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: names.map((name) => ({
        resource: resource(name, edit),
        request: { method: 'PUT', url: `CodeSystem/edited-${name}` },
      })),
    });
  const valueSet = {
    ...{ resourceType: 'ValueSet', id: 'edited', url: 'http://example.org/edited/vs', status: 'active' },
    compose: {
      include: names.map((name) => ({
        system: `http://example.org/edited/${name}`,
        filter: [{ property: 'display', op: 'regex', value: 'Edit [0-9]+ of .*7' }],
      })),
    },
  };
  assert.equal((await put(0)).status, 200);
  assert.equal((await server.write('PUT', '/ValueSet/edited', valueSet)).status, 201);
  let [written, isWriting] = [0, true];
  let answers = 0;
  const reading = async (): Promise<void> => {
    while (isWriting) {
      const before = written;
      const reply = await server.request('GET', '/ValueSet/edited/$expand?filter=edit');
      const { contains } = reply.json['expansion'] as { contains: { display: string }[] };
      const edits = new Set(contains.map(({ display }) => Number(/^Edit (\d+) /.exec(display)?.[1])));
      assert.equal(contains.length, 600);
      assert.equal(edits.size, 1, `one moment, not ${[...edits].join()}`);
      assert.ok([...edits][0]! >= before, `edit ${[...edits].join()} after ${before}`);
      answers += 1;
    }
  };
  const writing = async (): Promise<void> => {
    for (let edit = 1; edit <= 8; edit += 1) {
      assert.equal((await put(edit)).status, 200);
      written = edit;
    }
    isWriting = false;
  };
  await Promise.all([writing(), reading(), reading(), reading()]);
  assert.ok(answers >= 5, `${answers} answers`);
});
