import assert from 'node:assert/strict';
import { it } from 'node:test';
import { splitStatements } from '../src/statements.ts';

const cases: [string, string, string[]][] = [
  ['two statements', 'select 1; select 2;', ['select 1', 'select 2']],
  ['the last one without a semicolon', 'select 1;\nselect 2\n', ['select 1', 'select 2']],
  ['nothing but comments and semicolons', '-- no transaction\n;;/* x */\n', []],
  ['a string with a semicolon and a doubled quote', `select 'a;''b;'; select 2`, [`select 'a;''b;'`, 'select 2']],
  ['an escape string', String.raw`select E'a\';b'; select 2`, [String.raw`select E'a\';b'`, 'select 2']],
  [
    'a name that ends in e before a string',
    String.raw`select type'\'; select 2`,
    [String.raw`select type'\'`, 'select 2'],
  ],
  ['a quoted name', 'select 1 as "a;""b"; select 2', ['select 1 as "a;""b"', 'select 2']],
  ['a dollar-quoted body', 'do $$ begin; end $$; select 2', ['do $$ begin; end $$', 'select 2']],
  ['a tagged body with another inside', 'do $a$ x $$;$$ ; $a$; select 2', ['do $a$ x $$;$$ ; $a$', 'select 2']],
  ['a parameter is no body', 'select $1; select $2', ['select $1', 'select $2']],
  ['a line comment', 'select 1 -- a;b\n; select 2', ['select 1 -- a;b', 'select 2']],
  ['a nested block comment', 'select 1 /* a; /* b; */ c; */; select 2', ['select 1 /* a; /* b; */ c; */', 'select 2']],
  ['an unfinished string', `select 'a;`, [`select 'a;`]],
];

for (const [name, text, expected] of cases) {
  it(`splits ${name}`, () => assert.deepEqual(splitStatements(text), expected));
}
