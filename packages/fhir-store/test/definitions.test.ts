import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { before, test } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { newVersion, storeUnderTest, unconditional, type Body } from './database.ts';

const database = await storeUnderTest('definitions');
let store: FhirStore;
let other: FhirStore;
before(async () => {
  [store, other] = [await database.open(), await database.open()];
});

const url = 'http://example.org/StructureDefinition/named';

function profile(version: string | undefined, title: string): Body {
  return { resourceType: 'StructureDefinition', url, ...(version && { version }), title, type: 'Patient' };
}

async function put(where: FhirStore, id: string, body: Body): Promise<void> {
  const outcome = await where.update({ ...newVersion({ ...body, id }), id, ...unconditional });
  assert.ok('version' in outcome, outcome.kind);
}

async function title(where: FhirStore, version?: string): Promise<unknown> {
  return (await where.definitions.current()).find('StructureDefinition', url, version)?.resource()['title'];
}

async function soon(where: FhirStore, expected: unknown): Promise<void> {
  // Transactions of other tests in the same cluster hold the feed back.
  const until = performance.now() + 30_000;
  let found = await title(where);
  for (; performance.now() < until && found !== expected; found = await title(where)) await delay(50);
  assert.equal(found, expected);
}

test('a stored definition is known at once where it was written, and soon elsewhere; a deleted one is not', async () => {
  assert.equal(await title(store), undefined);
  assert.equal(await title(other), undefined);
  await put(store, 'p', profile('1.0.0', 'one'));
  assert.equal(await title(store), 'one');
  await soon(other, 'one');
  await put(other, 'p', profile('1.0.0', 'one, corrected'));
  assert.equal(await title(other), 'one, corrected');
  await soon(store, 'one, corrected');
  await store.delete({ type: 'StructureDefinition', id: 'p' });
  assert.equal(await title(store), undefined);
  await soon(other, undefined);
});

test('versions stand side by side: the one that is named, else the one that was stored last', async () => {
  await put(store, 'v1', profile('1.0.2', 'old'));
  await put(store, 'v2', profile('2.0.0', 'new'));
  assert.deepEqual(
    [await title(store), await title(store, '1.0.2'), await title(store, '1.0'), await title(store, '3')],
    ['new', 'old', 'old', undefined],
  );
});

test('it is the same object for as long as nothing changes, whatever else is written', async () => {
  const now = await store.definitions.current();
  await put(store, 'x', { resourceType: 'Patient', id: 'x' });
  await delay(600);
  assert.equal(await store.definitions.current(), now);
  await put(store, 'g', { resourceType: 'ImplementationGuide', url: 'http://example.org/ig' });
  assert.deepEqual(
    (await store.definitions.current()).all('ImplementationGuide').map((one) => one.url),
    ['http://example.org/ig'],
  );
});
