/** Texts of many megabytes arrive whole, and others get their turn while they are made and encoded. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { binary, Deferred, EncodedText } from '../src/driver/values.ts';
import { testDatabase, type TestDatabase } from '../src/testing.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ name: 'large' });
});
after(() => database.drop());

test('a text of megabytes, with pairs of surrogates where its parts end', async () => {
  const { sql } = database;
  for (const shift of [0, 1, 2]) {
    const text = `${'x'.repeat(shift)}${'😀'.repeat(600_000)}ў`;
    const [row] = await sql<{ same: string; length: number }[]>`
      select octet_length(${text}::text) as length, md5(${text}::text) = md5(repeat('x', ${shift}::int) || repeat('😀', 600000) || 'ў') as same`;
    assert.deepEqual({ ...row }, { length: Buffer.byteLength(text), same: true });
  }
});

test('others get their turn while texts are encoded', async () => {
  const text = 'ў'.repeat(8 * 1024 ** 2);
  let before = 0;
  const pending = database.sql<{ length: number }[]>`select length(${text}::text) as length`.execute();
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      before += 1;
      if (before === 20) resolve();
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
  const [row] = await pending;
  assert.equal(row!.length, text.length);
  assert.equal(before, 20);
});

test('a text that is encoded already, in pieces, beside values of all kinds', async () => {
  const pieces = ['{"name":"', 'Ў', '"}'].map((piece) => Buffer.from(piece));
  const [row] = await database.sql<Record<string, unknown>[]>`
    select ${new EncodedText(pieces)}::json ->> 'name' as name, ${null}::text as nothing, ${7}::int as number,
           ${Buffer.from('ab')} as bytes, ${new EncodedText([])}::text as empty, ${[1, 2]}::int[] as list, ${true} as yes`;
  const expected = {
    name: 'Ў',
    nothing: null,
    number: 7,
    bytes: Buffer.from('ab'),
    empty: '',
    list: [1, 2],
    yes: true,
  };
  assert.deepEqual({ ...row }, expected);
});

test('bytes that are a value in the binary form of the type of their place', async () => {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(-5n);
  const [row] = await database.sql<{ number: string; uuid: string }[]>`
    select ${binary(number)}::bigint as number, ${binary(Buffer.alloc(16, 0xab))}::uuid as uuid`;
  assert.deepEqual({ ...row }, { number: '-5', uuid: 'abababab-abab-abab-abab-abababababab' });
});

test('deferred texts are made one by one, when the statement is sent', async () => {
  const made: number[] = [];
  let turn = 0;
  const turnsOfMaking = new Set<number>();
  const counting = (): void => {
    turn += 1;
    if (made.length < 30) setImmediate(counting);
  };
  setImmediate(counting);
  const texts = Array.from({ length: 30 }, (_, n) => {
    const make = (): string => {
      turnsOfMaking.add(turn);
      return String(made.push(n));
    };
    return new Deferred(make);
  });
  const { sql } = database;
  const parts = texts.map((text, n) => (n === 0 ? sql`${text}::text` : sql`|| ',' || ${text}::text`));
  const statement = sql<{ all: string }[]>`select ${parts} as all`;
  assert.equal(made.length, 0);
  const [row] = await statement;
  assert.equal(row!.all, made.map((n) => n + 1).join(','));
  assert.equal(turnsOfMaking.size, 30, 'each has a turn of its own');
});

test('what cannot be made refuses its statement and no other', async () => {
  const { sql } = database;
  const wrong = new Deferred(() => {
    throw new TypeError('no such text');
  });
  await assert.rejects(sql`select ${wrong}::text`, /no such text/);
  const nul = `${'x'.repeat(1024 ** 2)}\0`;
  await assert.rejects(sql`select ${nul}::text`, /invalid byte sequence/);
  assert.equal((await sql`select 1 as one`)[0]!['one'], 1);
});
