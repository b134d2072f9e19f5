/** How a serving process keeps the search index complete. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FhirStore } from '@dhp/fhir-store';
import { until } from '@dhp/postgres/testing';
import { indexInBackground } from '../src/indexing.ts';
import { silent } from '../src/progress.ts';

/** A store whose index has the given `state`, and becomes complete by reindexing. */
function storeWith(reindex: (state: { complete: boolean }) => Promise<number>) {
  const state = { complete: false };
  let looks = 0;
  const store = {
    indexState: (): ReturnType<FhirStore['indexState']> => {
      looks += 1;
      return Promise.resolve({ version: 1, complete: state.complete, done: 0, total: 10 });
    },
    reindex: () => reindex(state),
    follow: () => ({ caughtUp: Promise.resolve(), stop: () => Promise.resolve() }),
  } as unknown as FhirStore;
  return { store, state, looks: () => looks };
}

test('an index that is lost while the process serves is made again', async () => {
  let made = 0;
  const { store, state, looks } = storeWith((index) => {
    made += 1;
    index.complete = true;
    return Promise.resolve(1);
  });
  const end = indexInBackground(store, silent, 1);
  await until('the index is made, and looked at', () => made === 1 && looks() > 5);
  assert.equal(made, 1, 'a complete one is left alone');
  state.complete = false;
  await until('the index is made again', () => made === 2 && state.complete);
  await end();
  const before = looks();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(looks(), before, 'nothing goes on when it has ended');
});

test('what fails is told once, and tried again', async () => {
  const said: string[] = [];
  let attempts = 0;
  const { store, state } = storeWith((index) => {
    attempts += 1;
    if (attempts < 5) return Promise.reject(new Error('The database cannot be reached'));
    index.complete = true;
    return Promise.resolve(1);
  });
  const end = indexInBackground(store, { ...silent, say: (line) => said.push(line) }, 1);
  await until('the index is complete', () => state.complete);
  await end();
  assert.equal(said.filter((line) => /not complete: The database cannot be reached/.test(line)).length, 1);
});
