/** Between two transactions that make words nothing is made for as long as the last one took: half of the time at most. docs/search.md */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readable } from 'node:stream';
import { createDatabaseMemory } from '@dhp/postgres';
import { setTimeout as delay } from 'node:timers/promises';
import { createFullText } from '../src/search/keep-words.ts';
import { newVersion, storeUnderTest } from './database.ts';

const underTest = await storeUnderTest('search_full_text_pause');
const { sql } = underTest.database;

/** Two batches that are full, and one that is not. */
const many = 1_200;
const store = await underTest.open();
await store.bulkInsert(
  Readable.from(
    Array.from({ length: many }, (_, n) => ({
      ...newVersion({ resourceType: 'Flag', status: 'active', code: { text: `w${n}` } }),
      id: `r${n}`,
    })),
  ),
);

// Its own work in the background would make words, too.
await store.close();

async function made(): Promise<number> {
  const [row] = await sql<{ made: number }[]>`select count(*)::int as made from fhir.text`;
  return row!.made;
}

test('a pause is as long as the transaction before it', async () => {
  /** By a clock that every look at it moves: the time since the last look is what the transaction took. */
  const times = [7, 300, 11, 2, 45];
  const pauses: { readonly milliseconds: number; readonly took: number; readonly made: number }[] = [];
  let [now, looks, took] = [0, 0, 0];
  const words = createFullText(sql, {
    database: createDatabaseMemory(),
    caughtUp: () => undefined,
    clock: {
      now() {
        took = times[looks % times.length]!;
        looks += 1;
        return (now += took);
      },
      async pause(milliseconds) {
        pauses.push({ milliseconds, took, made: await made() });
      },
    },
  });
  try {
    await words.wanted('Flag');
    // Words are made of what no open transaction of the cluster can be before, and other suites have theirs.
    while ((await made()) < many) await delay(20);
  } finally {
    await words.close();
  }
  assert.ok(pauses.length >= 2, `${pauses.length} pauses`);
  let before = 0;
  for (const pause of pauses) {
    assert.equal(pause.milliseconds, pause.took);
    assert.ok(pause.made - before <= 500, `${pause.made - before} resources without a pause`);
    before = pause.made;
  }
});
