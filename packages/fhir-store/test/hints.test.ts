/** Hints of other processes: they wake waiters for changes, who query the database little while there are no changes. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { typeNumber } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { createHints, type Hints } from '../src/hints.ts';
import { createAwaitedChanges } from '../src/reads/awaited-changes.ts';
import { readHorizon } from '../src/statements/read-horizon.ts';
import { newVersion, patient, storeUnderTest } from './database.ts';

const underTest = await storeUnderTest('hints');
const basic = newVersion({ resourceType: 'Basic', code: { text: 'x' } });

/** Counts the queries. */
function counting(sql: Sql): { readonly sql: Sql; readonly count: () => number } {
  let count = 0;
  const counted = new Proxy(sql, {
    apply(target, self, given: never) {
      // Parts of a statement are made by it, too.
      if (
        String((given as readonly string[][])[0]?.[0])
          .trimStart()
          .startsWith('select s.server')
      )
        count += 1;
      return Reflect.apply(target, self, given) as unknown;
    },
  });
  return { sql: counted, count: () => count };
}

test('a write of another process wakes who waits, who does not look without one', async (t) => {
  const { url } = underTest.database;
  const other = await underTest.open();
  const plain = connect(url, { max: 2 });
  const { sql, count } = counting(plain);
  const hints = createHints(url, sql);
  t.after(async () => {
    hints.close();
    await plain.end({ timeout: 5 });
  });
  const hour = 3_600_000;
  const grows = createAwaitedChanges(sql, hints, { soon: 200, late: hour });
  const listener = hints.listen('dhp lanes', () => undefined);
  await until('it listens', () => listener.isListening);
  let isOver = false;
  const { ended } = await readHorizon(sql);
  const waiting = grows({ types: [typeNumber('Patient')!], ended, milliseconds: hour }).then(() => (isOver = true));
  await delay(3_000);
  assert.ok(count() > 0 && count() < 10, `${count()} looks in three seconds`);
  assert.ok(!isOver);
  // A write of another type wakes nobody.
  await other.create(patient());
  await waiting;
  listener.close();
});

/** Waits for changes with queries after hints alone, which the test sends, and counts the queries. */
async function hinted(t: TestContext) {
  const plain = connect(underTest.database.url, { max: 2 });
  t.after(() => plain.end({ timeout: 5 }));
  const { sql, count } = counting(plain);
  let heard: (types: ReadonlySet<number>) => void;
  const hints: Pick<Hints, 'overhear'> = {
    overhear(_, hearer) {
      heard = hearer;
      return { isListening: true };
    },
  };
  const hour = 3_600_000;
  const grows = createAwaitedChanges(sql, hints, { soon: hour, late: hour, lasting: hour });
  const { ended } = await readHorizon(sql);
  const waitFor = (type: string): Promise<void> => grows({ types: [typeNumber(type)!], ended, milliseconds: hour });
  const tell = (type: string): void => {
    heard(new Set([typeNumber(type)!]));
  };
  return { plain, count, waitFor, tell, other: await underTest.open() };
}

test('writes of types that nobody waits for are not looked for', async (t) => {
  const { count, waitFor, tell, other } = await hinted(t);
  const waiting = waitFor('Basic');
  await until('it has looked at once', () => count() === 1);
  for (let n = 0; n < 5; n += 1) {
    tell('Patient');
    await delay(50);
  }
  assert.equal(count(), 1);
  await other.create(basic);
  tell('Basic');
  await waiting;
});

test('what an older transaction hides is found by the hint of its end, of whatever type', async (t) => {
  const { plain, count, waitFor, tell, other } = await hinted(t);
  // Of a type that no test before has written: its version could be behind the horizon still, and the first look would find it.
  const waiting = waitFor('Flag');
  // Otherwise its first query could be the one that the hint causes.
  await until('it has looked at once', () => count() === 1);
  const older = await plain.reserve();
  await older.unsafe('begin');
  await older.unsafe('select pg_current_xact_id()');
  await other.create(newVersion({ resourceType: 'Flag', code: { text: 'x' } }));
  tell('Flag');
  await until('it has looked in vain', () => count() > 1);
  await older.unsafe('commit');
  older.release();
  tell('Patient');
  await waiting;
});

test('who comes later need not wait for a hint that came before', async (t) => {
  const { count, waitFor, tell, other } = await hinted(t);
  void waitFor('Basic');
  await until('it has looked at once', () => count() === 1);
  await other.create(patient());
  tell('Patient');
  await waitFor('Patient');
});

test('without the connection on which hints come it looks by itself', async (t) => {
  const { url } = underTest.database;
  const other = await underTest.open();
  const sql = connect(url, { max: 2 });
  const hints = createHints(url, sql);
  t.after(async () => {
    hints.close();
    await sql.end({ timeout: 5 });
  });
  const grows = createAwaitedChanges(sql, hints, { soon: 3_600_000, late: 3_600_000 });
  const { ended } = await readHorizon(sql);
  const waiting = grows({ types: [typeNumber('Patient')!], ended, milliseconds: 3_600_000 });
  await delay(200);
  await other.create(patient());
  await waiting;
});

test('hints of many writes are few, and the last one is told', async (t) => {
  const { url } = underTest.database;
  const sql = connect(url, { max: 2 });
  const [teller, hearer] = [createHints(url, sql), createHints(url, sql)];
  t.after(async () => {
    teller.close();
    hearer.close();
    await sql.end({ timeout: 5 });
  });
  let heard = 0;
  const listener = hearer.listen('dhp writes', () => (heard += 1));
  await until('it listens', () => listener.isListening);
  const before = heard;
  for (let n = 0; n < 1_000; n += 1) teller.written();
  await until('the first and the last are told', () => heard >= before + 2);
  await delay(200);
  // Other tests write in other databases, which are heard there alone.
  assert.equal(heard, before + 2);
});
