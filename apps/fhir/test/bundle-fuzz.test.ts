import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTurn } from '../../../tests/sample.ts';
import { get, observation, post, put, remove, send, urn } from './bundles.ts';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

/** Returns a seeded source of numbers in [0, 1) (mulberry32), so that a failing run can be repeated. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const [one, other] = [urn(), urn()];
const strange: unknown[] = [
  ...[null, true, 0, -1.5, '', 'x', [], {}, [[]], [null], '\uFFFD', 'Patient/1', '#', '?', '/', '%', '*', 'W/"1"'],
  ...[one, other, 'urn:uuid:', 'urn:oid:1', 'Patient?a=b', 'http://', 'GET', 'POST', 'Patient', 'Bundle', '$validate'],
  ...[
    { reference: one },
    { resourceType: 'Patient' },
    '<div><a href="',
    `<a href="${one}"/>`,
    'transaction',
    'document',
  ],
];

function bundle(type: string): object {
  const narrative = { status: 'generated', div: `<div><a href="${one}">x</a></div>` };
  return {
    resourceType: 'Bundle',
    type,
    entry: [
      post(patient({ text: narrative, contained: [observation('#')], meta: { tag: [] } }), one),
      post(observation(one, { performer: [{ reference: 'Practitioner/1' }], valueAttachment: { url: other } }), other),
      put('z1', { photo: [{ url: other }] }, { ifNoneMatch: '*' }),
      get('Patient/z1/_history?_count=2', { ifModifiedSince: '2026-01-01T00:00:00Z' }),
      remove('Patient/z2', { ifMatch: 'W/"1"' }),
      { resource: { resourceType: 'Parameters', parameter: [] }, request: { method: 'PATCH', url: 'Patient/z3' } },
    ],
  };
}

/** Changes, removes, moves or repeats some values somewhere in a document. */
function mutated(document: object, random: () => number): object {
  const copy = structuredClone(document);
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]);
      visit(child);
    }
  };
  visit(copy);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  for (let n = 1 + Math.floor(random() * 3); n > 0; n -= 1) {
    const [holder, key] = pick(places);
    const kind = random();
    if (kind < 0.15) Reflect.deleteProperty(holder, key);
    else if (kind < 0.3) holder[key] = structuredClone(pick(places)[0]);
    else holder[key] = structuredClone(pick(strange));
  }
  return copy;
}

test('whatever a Bundle holds, the answer is no 5xx, and an entry has none either', async () => {
  const random = randomSource(20261125);
  const headers = { 'content-type': 'application/fhir+json' };
  let refused = 0;
  const numbers = [...Array(600).keys()];
  const ofTurn = new Set(inTurn(numbers, 3));
  for (const n of numbers) {
    const body = JSON.stringify(mutated(bundle(n % 2 === 0 ? 'batch' : 'transaction'), random));
    if (!ofTurn.has(n)) continue;
    const reply = await server.request('POST', '', { headers, body });
    assert.ok(reply.status < 500, `${reply.status} ${reply.text} for ${body}`);
    assert.doesNotMatch(reply.text, /"status":"5/, body);
    if (reply.status >= 400) refused += 1;
  }
  assert.ok(refused > ofTurn.size / 6 && refused < ofTurn.size - 3, `${refused} were refused`);
  assert.equal((await send(server, 'transaction', [post(patient())])).status, 200);
});
