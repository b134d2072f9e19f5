/** Slow statements in the log: with their plan, without a value, and few of them however many there are. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '@dhp/postgres';
import { testDatabase } from '@dhp/postgres/testing';
import { logSlowStatements } from '../src/slow-statements.ts';

const database = await testDatabase({ name: 'slow' });
const lines: Record<string, unknown>[] = [];
const write = (line: string): void => {
  lines.push(JSON.parse(line) as Record<string, unknown>);
};
/** Milliseconds that nothing takes by itself, on a busy machine neither. */
const threshold = 250;
let end: () => void;
let sql: Sql;
before(async () => {
  await database.sql`create table person (name text primary key, born date)`;
  const pace = { lines: 60_000, plans: 0, known: 60_000 };
  end = logSlowStatements({ name: 'playground', threshold, databaseUrl: database.url, write, pace });
  sql = connect(database.url, { max: 2 });
});
after(async () => {
  end();
  await sql.end();
  await database.drop();
});

async function lineWith(text: RegExp): Promise<Record<string, unknown>> {
  for (const limit = Date.now() + 30_000; Date.now() < limit;) {
    const found = lines.find((line) => text.test(String(line['text'])));
    if (found !== undefined) return found;
    await delay(10);
  }
  assert.fail(`no line with ${String(text)}: ${JSON.stringify(lines)}`);
}
const slow = (name: string): Promise<unknown> =>
  Promise.resolve(
    sql`select pg_sleep(0.3), count(*) from person where name = ${name} or name = 'Karimova-in-the-text'`,
  );

describe('a slow statement', () => {
  it('has a line with its text and plan, and no value', async () => {
    await slow('Karimova-as-a-value');
    const { time, milliseconds, statement, text, plan, ...rest } = await lineWith(/count/);
    assert.deepEqual(rest, { level: 40, name: 'playground', msg: 'slow statement' });
    assert.ok(typeof time === 'number' && (milliseconds as number) >= 290);
    assert.match(String(statement), /^[\da-f]{12}$/);
    assert.equal(text, "select pg_sleep(0.3), count(*) from person where name = $1 or name = '?'");
    assert.match(String(plan), /Scan .*on person/);
    assert.match(String(plan), /\$1/);
    assert.doesNotMatch(JSON.stringify(lines), /Karimova/);
  });

  it('that comes again is counted, and another one has its own line', async () => {
    await Promise.all([slow('a'), slow('b'), slow('c')]);
    await sql`select pg_sleep(0.3), max(name) from person where name = ${'a'}`;
    const other = await lineWith(/max/);
    assert.notEqual(other['statement'], (await lineWith(/count/))['statement']);
    assert.equal(lines.filter(({ text }) => /count/.test(String(text))).length, 1);
  });

  it('of a text that may be several is not asked about, and nothing of it is carried out again', async () => {
    await sql.unsafe("select pg_sleep(0.3); insert into person values ('once')");
    assert.equal((await lineWith(/pg_sleep\(0\.3\);/))['plan'], undefined);
    assert.equal((await sql`select from person`).length, 1);
  });

  it('that writes has a plan, and writes once', async () => {
    await sql`insert into person select ${'twice'}, now() from pg_sleep(0.3)`;
    assert.match(String((await lineWith(/^insert into/))['plan']), /Insert on person/);
    assert.equal((await sql`select from person`).length, 2);
  });

  it('has its line where no plan can be had, which says why', async () => {
    end();
    lines.length = 0;
    const away = new URL(database.url);
    away.pathname = '/none';
    end = logSlowStatements({ name: 'sso', threshold, databaseUrl: away.href, write });
    await slow('a');
    assert.match(String((await lineWith(/count/))['planNot']), /none/);
  });
});
