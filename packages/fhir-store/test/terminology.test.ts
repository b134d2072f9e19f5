import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { before, test } from 'node:test';
import type { FhirStore, TerminologyNow } from '../src/index.ts';
import { contentOf } from '../src/terminology/prepare.ts';
import { newVersion, storeUnderTest, unconditional, type Body } from './database.ts';

const database = await storeUnderTest('terminology');
let store: FhirStore;
let other: FhirStore;
before(async () => {
  [store, other] = [await database.open(), await database.open()];
});

const system = 'http://example.org/organs';
const set = 'http://example.org/organs-vs';

function organs(codes: readonly string[], more: object = {}): Body {
  const concept = codes.map((code) => ({ code, display: code.toUpperCase() }));
  return { resourceType: 'CodeSystem', url: system, status: 'active', content: 'complete', concept, ...more };
}

function setOf(codes: readonly string[] | undefined, more: object = {}): Body {
  const concept = codes?.map((code) => ({ code }));
  const include = [{ system, ...(concept && { concept }) }];
  return { resourceType: 'ValueSet', url: set, status: 'active', compose: { include }, ...more };
}

async function put(id: string, body: Body): Promise<void> {
  const outcome = await store.update({ ...newVersion({ ...body, id }), id, ...unconditional });
  assert.ok('version' in outcome, outcome.kind);
}

const codesNow = ({ terminology }: TerminologyNow): string[] | undefined =>
  terminology.members(set)?.map(({ code }) => code);

test('what is stored is known at once where it was written, and soon elsewhere; what is deleted is not', async () => {
  assert.equal(await store.terminology.ask(codesNow), undefined);
  assert.equal(await other.terminology.ask(codesNow), undefined);
  await put('organs', organs(['heart', 'eye']));
  await put('set', setOf(undefined));
  assert.deepEqual(await store.terminology.ask(codesNow), ['heart', 'eye']);
  await soon(other, ['heart', 'eye']);
  await put('organs', organs(['heart', 'eye', 'lung']));
  assert.deepEqual(await store.terminology.ask(codesNow), ['heart', 'eye', 'lung']);
  await soon(other, ['heart', 'eye', 'lung']);
  await other.delete({ type: 'ValueSet', id: 'set' });
  assert.equal(await other.terminology.ask(codesNow), undefined);
  await soon(store, undefined);
});

async function soon(where: FhirStore, expected: string[] | undefined): Promise<void> {
  // Transactions of other tests in the same cluster hold the feed back.
  const until = performance.now() + 30_000;
  let found = await where.terminology.ask(codesNow);
  while (performance.now() < until && JSON.stringify(found) !== JSON.stringify(expected)) {
    await delay(50);
    found = await where.terminology.ask(codesNow);
  }
  assert.deepEqual(found, expected);
}

test('what is built in is known, beside what is stored', async () => {
  await store.terminology.ask(({ terminology }) => {
    assert.equal(terminology.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender', undefined, 'male'), 'in');
    assert.equal(terminology.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender', undefined, 'x'), 'out');
    assert.equal(terminology.memberOf('http://example.org/nothing', undefined, 'x'), 'unknown');
    assert.equal(terminology.concept('http://hl7.org/fhir/administrative-gender', 'male').known, 'yes');
  });
});

test('nobody sees a part of a transaction while others write without a pause', async () => {
  const generation = (n: number): string[] => ['a', 'b', 'c'].map((code) => `${code}${n}`);
  const write = async (n: number): Promise<void> => {
    const codes = generation(n);
    const writes = [
      { ...newVersion({ ...organs(codes), id: 'whole' }), id: 'whole' },
      { ...newVersion({ ...setOf(codes), id: 'whole' }), id: 'whole' },
    ].map((each) => ({ kind: 'update' as const, ...each, ...unconditional }));
    const outcome = await store.transaction(writes);
    assert.equal(outcome.kind, 'committed');
  };
  await store.delete({ type: 'CodeSystem', id: 'organs' });
  await write(0);
  await soon(other, generation(0));
  let last = 0;
  let done = false;
  let asked = 0;
  const readers = [store, other, store, other].map(async (node) => {
    while (!done) {
      const before = node === store ? last : 0;
      const found = await node.terminology.ask(codesNow);
      asked += 1;
      const n = Number(found?.[0]?.slice(1));
      // A set of one generation over a system of another would have no member.
      assert.deepEqual(found, generation(n));
      assert.ok(n >= before, `${n} after ${before} was acknowledged`);
      await delay(1);
    }
  });
  const writing = (async () => {
    for (let n = 1; n <= 60; n += 1) {
      await write(n);
      last = n;
    }
    done = true;
  })();
  await Promise.all([...readers, writing]);
  assert.ok(asked > 20);
  await soon(other, generation(60));
});

test('of two resources with one canonical and version the later counts, and the other again when it goes', async () => {
  const [url, code] = ['http://example.org/twice', 'x'];
  const one = (display: string): Body => organs([], { url, concept: [{ code, display }] });
  const display = (): Promise<readonly string[] | undefined> =>
    store.terminology.ask(({ terminology }) => terminology.concept(url, code).displays);
  await put('first', one('first'));
  await delay(5);
  await put('second', one('second'));
  assert.deepEqual(await display(), ['second']);
  await delay(5);
  await put('first', one('first again'));
  assert.deepEqual(await display(), ['first again']);
  await store.delete({ type: 'CodeSystem', id: 'first' });
  assert.deepEqual(await display(), ['second']);
});

test('a change that waits for another transaction is missed by nobody', async () => {
  const writes = [
    { kind: 'update' as const, ...newVersion({ ...organs(['z']), id: 'whole' }), id: 'whole', ...unconditional },
  ];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  // An older transaction stays open while a younger one commits: the writes of the younger one are seen at once.
  const slow = store.transaction(async () => (await held, writes), { locks: ['terminology test'] });
  await put('late', setOf(['z'], { url: 'http://example.org/late' }));
  const late = ({ terminology }: TerminologyNow): number | undefined =>
    terminology.members('http://example.org/late')?.length;
  assert.equal(await store.terminology.ask(late), 0);
  release();
  assert.equal((await slow).kind, 'committed');
  assert.equal(await store.terminology.ask(late), 1);
});

test('what cannot be read as terminology is left out, and nothing else suffers', async () => {
  await put('bad', { resourceType: 'CodeSystem', url: 'http://example.org/bad', concept: 7 });
  await put('bare', { resourceType: 'ValueSet' });
  assert.equal(
    await store.terminology.ask(({ terminology }) => terminology.concept('http://example.org/bad', 'x').known),
    'unknown',
  );
});

test('a large code system is read in another thread, while others are served', async (context) => {
  const concepts = Array.from({ length: 60_000 }, (_, n) => ({
    code: `K${n}`,
    display: `Tashxis raqami ${n}`,
    designation: [{ language: 'ru', value: `Диагноз номер ${n}` }],
  }));
  const url = 'http://example.org/large';
  await put('large', organs([], { url, language: 'uz', concept: concepts }));
  let longest = 0;
  let at = performance.now();
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - at);
    at = performance.now();
  }, 5);
  const known = await store.terminology.ask(({ terminology }) => terminology.source.codeSystems(url)[0]?.size);
  clearInterval(watch);
  assert.equal(known, 60_000);
  const start = performance.now();
  contentOf(Buffer.from(JSON.stringify(organs([], { url, language: 'uz', concept: concepts }))));
  const here = performance.now() - start;
  context.diagnostic(`${Math.round(longest)} ms without a turn; made here it would be ${Math.round(here)} ms`);
  assert.ok(longest < here);
  assert.equal(
    await store.terminology.ask(({ terminology }) => terminology.concept(url, 'K59999').displays?.[1]),
    'Диагноз номер 59999',
  );
});
