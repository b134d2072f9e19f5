/** What the entries of a Bundle may cost together. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { issuesOf, post, send, statusesOf, type EntryToSend } from './bundles.ts';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ costs: { work: 3_000_000 }, validation: { level: 'off' } });
});
after(() => server.close());

const system = 'https://id.example.uz';

/** Conditional creates of patients, each of which has an identifier of its own. */
function creates(name: string, count: number, criteria: (n: number) => string): EntryToSend[] {
  return Array.from({ length: count }, (_, n) => {
    const entry = post(patient({ identifier: [{ system, value: `${name}-${n}` }] }));
    return { ...entry, request: { ...entry.request, ifNoneExist: criteria(n) } };
  });
}

async function count(query: string): Promise<unknown> {
  return (await server.request('GET', `/Patient?${query}&_summary=count`)).json['total'];
}

test('many conditional creates by identifier stay within the budget', async () => {
  const entries = creates('narrow', 600, (n) => `identifier=${system}|narrow-${n}`);
  const reply = await send(server, 'transaction', entries);
  assert.equal(reply.status, 200, reply.text.slice(0, 500));
  assert.deepEqual(new Set(statusesOf(reply)), new Set(['201 Created']));
});

test('as many by criteria that every entry has to be compared with are refused, and nothing is stored', async () => {
  const entries = creates('broad', 600, (n) => `name:contains=nobody${n}`);
  const reply = await send(server, 'transaction', entries);
  assert.equal(reply.status, 422, reply.text.slice(0, 500));
  assert.equal(reply.code, 'work-limit-exceeded');
  assert.equal(await count(`identifier=${system}|broad-0`), 0);
});

test('entries that would each make what the others make are named, as many as an answer tells', async () => {
  const entries = creates('twins', 300, (n) => `identifier=${system}|twins-${n},${system}|twins-${(n + 1) % 300}`);
  const reply = await send(server, 'transaction', entries);
  assert.equal(reply.code, 'entries-overlap', reply.text.slice(0, 500));
  assert.equal(issuesOf(reply).length, 50);
});
