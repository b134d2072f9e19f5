/** Between two transactions that make entries there is a pause as long as the last one: half of the time at most. docs/search.md */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readable } from 'node:stream';
import { createDatabaseMemory } from '@dhp/postgres';
import { setTimeout as delay } from 'node:timers/promises';
import { createFullText } from '../src/search/keep-words.ts';
import { newVersion, storeUnderTest } from './database.ts';

const underTest = await storeUnderTest('search_full_text_pause');
const { sql } = underTest.database;

/** Two full batches, and a partial one. */
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
  /** A clock that advances at each reading: the time since the last reading is the duration of the transaction. */
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
    // Entries are made of versions before which no open transaction of the cluster can appear, and other suites have open ones.
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
