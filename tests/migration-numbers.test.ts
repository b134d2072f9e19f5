/** The check that refuses two migrations with the same number, and undeclared ones that break earlier servers. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../scripts/check-migrations.mjs', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const place = await mkdtemp(join(tmpdir(), 'dhp-migrations-'));
after(() => rm(place, { recursive: true }));

function check(folder: string): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [script, folder], (_error, stdout) => {
      done({ code: child.exitCode ?? -1, said: stdout });
    });
  });
}

async function write(folder: string, ...names: string[]): Promise<void> {
  const migrations = join(place, folder, 'migrations');
  await mkdir(migrations, { recursive: true });
  for (const name of names) await writeFile(join(migrations, name), '-- additive\nselect 1;\n');
}

test('the migrations of this repository have numbers of their own', async () => {
  assert.deepEqual(await check(root), { code: 0, said: '' });
});

test('the same number in two folders is fine, twice in one is not', async () => {
  await write('a', '0001_first.sql', '0002_second.sql');
  await write('b', '0001_first.sql');
  assert.deepEqual(await check(place), { code: 0, said: '' });
  await write('a', '002_other.sql');
  const { code, said } = await check(place);
  assert.equal(code, 1);
  assert.match(said, /the same number: .*0002_second\.sql, .*002_other\.sql/);
});

test('one without a number is named, and so is a folder without any', async () => {
  await write('c', 'late.sql');
  const { code, said } = await check(join(place, 'c'));
  assert.deepEqual([code, /late\.sql has no number/.test(said)], [1, true]);
  assert.equal((await check(join(place, 'a', 'nothing'))).code, 1);
});

interface Marked {
  readonly text: string;
  readonly said: RegExp | '';
}

const marked: Record<string, Marked> = {
  'a function that no server calls': {
    text: '-- additive\n-- replaces s.f: for the owner\ncreate or replace function s.f() returns int language sql as $$ select 1 $$;',
    said: '',
  },
  'another one beside it': {
    text: '-- additive\n-- replaces s.f: for the owner\ncreate or replace function s.g() returns int language sql as $$ select 1 $$;',
    said: /additive and has: create or replace/,
  },
  'what adds': {
    text: '-- Why.\n-- additive\ncreate table s.t (id int not null unique);\ncreate unique index on s.t (id);\nalter table s.u add column c text;',
    said: '',
  },
  'a trigger that refuses to empty its table': {
    text: '-- additive\ncreate table s.t (id int);\ncreate trigger x before update or delete or truncate on s.t execute function s.f();',
    said: '',
  },
  'an index that is replaced': {
    text: '-- no transaction\n-- additive\ndrop index concurrently if exists s.i;\nalter index s.j rename to i;',
    said: '',
  },
  'what takes away and says so': { text: '-- not additive: nobody uses it\ndrop table s.t;', said: '' },
  'words in texts and bodies': {
    text: "-- additive\ncreate function s.f() returns text language sql as $$ select 'drop table' $$; select 'truncate s.t';",
    said: '',
  },
  'what says nothing': { text: 'create table s.t (id int);', said: /does not say/ },
  'what says both': { text: '-- additive\n-- not additive: why\nselect 1;', said: /does not say/ },
  'what says it too late': { text: 'select 1;\n-- additive\n', said: /does not say/ },
  'what gives no reason': { text: '-- not additive:\nselect 1;', said: /does not say/ },
  'an index that is emptied': {
    text: '-- not additive: anew\ntruncate fhir.text, fhir.search;',
    said: /empties or drops the search index/,
  },
  'a function that empties several tables': {
    text: '-- additive\ncreate function s.f() returns void language plpgsql as $$ begin truncate s.t, s.u; end $$;',
    said: /empties or locks several tables in one statement/,
  },
  'tables that are locked together': {
    text: '-- not additive: anew\nlock table s.t, s.u in share mode;',
    said: /empties or locks several tables in one statement/,
  },
  'two tables that are in use, changed in one transaction': {
    text: '-- additive\nalter table s.t add column c int;\nalter table s.u add column c int;',
    said: /locks several tables that are in use: s\.t, s\.u/,
  },
  'two that are changed without a transaction around': {
    text: '-- no transaction\n-- additive\nalter table s.t add column c int;\nalter table s.u add column c int;',
    said: '',
  },
  'one that is in use beside a new one': {
    text: '-- additive\ncreate table s.u (id int);\ncreate index on s.u (id);\nalter table s.t add column c int;',
    said: '',
  },
  'a function that empties one table after another, each by a call': {
    text: '-- additive\ncreate function s.f() returns void language plpgsql as $$ begin truncate s.t; end $$;',
    said: '',
  },
  ...Object.fromEntries(
    [
      ['drop table s.t;', 'drop'],
      ['alter table s.t drop column c;', 'drop'],
      ['truncate s.t;', 'truncate'],
      ['delete from s.t;', 'delete from'],
      ['alter table s.t rename column a to b;', 'rename'],
      ['create or replace function s.f() returns int language sql as $$ select 1 $$;', 'create or replace'],
      ['alter table s.t alter column c type text;', 'another type of a column'],
      ['alter table s.t alter column c set not null;', 'set not null'],
      ['alter table s.t add column c int not null;', 'a column that is not null, without a default'],
      ['alter table s.t add constraint c check (a > 0);', 'a constraint'],
      ['create unique index on s.t (c);', 'a unique index'],
      ['create trigger x after insert on s.t execute function s.f();', 'a trigger'],
    ].map(([statement, what]): [string, Marked] => [
      statement!,
      { text: `-- additive\n${statement!}\n`, said: new RegExp(`says additive and has: ${what!}`) },
    ]),
  ),
};

for (const [name, { text, said }] of Object.entries(marked)) {
  test(`of a new migration: ${name}`, async () => {
    const folder = join(place, randomUUID(), 'migrations');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '0001_new.sql'), text);
    const outcome = await check(dirname(folder));
    if (said === '') assert.deepEqual(outcome, { code: 0, said: '' });
    else assert.ok(outcome.code === 1 && said.test(outcome.said), outcome.said);
  });
}
