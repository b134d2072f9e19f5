// Rules of migrations that tests of their effect do not check, for every folder named `migrations` below a folder:
// - The number of a migration is unique in its folder. Two branches easily make the same one, and then there is no order.
// - A new migration states whether servers of the version before may run beside it: with a line `-- additive`, or `-- not additive: why`,
//   in the comment at its top (packages/fhir-store/migrations/README.md).
// - A migration that says `-- additive` does not remove, rename or narrow anything that a server of the version before uses. A function that none
//   calls may be replaced: with a line `-- replaces NAME: why`.
// - No migration empties or drops the tables of the search index, from which running servers answer.
// - No statement, also of a function, empties or locks several tables, and no transaction changes several tables that are in use: a running
//   server that has them in another order deadlocks with it.
// `node scripts/check-migrations.mjs [FOLDER]` (default: this repository).
import { glob, readFile } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';

/** The first numbers that must state it: earlier ones were applied without. In other folders every number must. */
const firstMarked = {
  'packages/fhir-store/migrations': 33,
  'apps/sso/migrations': 44,
  'packages/postgres/test/migrations': 2,
};

/** The first numbers that lock tables one by one. */
const firstOneByOne = {
  'packages/fhir-store/migrations': 43,
};

/**
 * Statements that break a server of the version before, in SQL without comments and strings; `made` are the tables that the file itself
 * creates.
 */
const breaking = [
  // In a trigger it names the refused statement.
  [/(?<!\b(?:before|or)\s)\btruncate\b/, 'truncate'],
  [/\bdelete\s+from\b/, 'delete from'],
  [/\bdrop\s+(?!index\s+concurrently|default|not\s+null)\w+/, 'drop'],
  [/\balter\s+(?!index)\w+\b[^;]*\brename\b/, 'rename'],
  [/\bcreate\s+or\s+replace\b/, 'create or replace'],
  [/\balter\s+column\s+\S+\s+(set\s+data\s+)?type\b/, 'another type of a column'],
  [/\bset\s+not\s+null\b/, 'set not null'],
  [
    /\badd\s+column\s+(?:(?!,|;|\bdefault\b)[^])*\bnot\s+null\b(?:(?!,|;|\bdefault\b)[^])*(?=[,;])/,
    'a column that is not null, without a default',
  ],
];
const breakingTable = [
  [
    /\badd\s+(?:constraint|check|unique|primary|foreign)\b/,
    /\balter\s+table\s+(?:only\s+|if\s+exists\s+)*(\S+)/,
    'a constraint',
  ],
  [/\bcreate\s+unique\s+index\b/, /\bon\s+(\S+)/, 'a unique index'],
  [/\bcreate\s+(?:constraint\s+)?trigger\b/, /\bon\s+(\S+)/, 'a trigger'],
];
const indexTables =
  /\b(?:truncate|drop\s+table)\b[^;]*\bfhir\.(?:search|tok|num|date|str|contained|boundary|index_state)\b/;

const several = /\b(?:truncate|lock\s+table)\b[^;']*,[^;']*;/;
const locking =
  /\b(?:alter\s+table\s+(?:only\s+|if\s+exists\s+)*|create\s+(?:unique\s+)?index\s[^;]*?\bon\s+|create\s+(?:constraint\s+)?trigger\s[^;]*?\bon\s+)([\w.]+)/g;

const root = process.argv[2] ?? '.';
const found = new Map();
const faults = [];
for await (const file of glob(`${root}/**/migrations/*.sql`, {
  exclude: (path) => /(^|[\\/])node_modules$/.test(path),
})) {
  const number = /^\d+/.exec(basename(file))?.[0];
  const place = number === undefined ? file : `${dirname(file)} ${Number(number)}`;
  found.set(place, [...(found.get(place) ?? []), file]);
  const folder = relative(root, dirname(file)).split(sep).join('/');
  if (number === undefined) faults.push(`${relative('.', file)} has no number`);
  else if (Number(number) >= (firstMarked[folder] ?? 0)) {
    const text = await readFile(file, 'utf8');
    faults.push(...faultsOf(text).map((fault) => `${relative('.', file)} ${fault}`));
    if (Number(number) >= (firstOneByOne[folder] ?? 0)) {
      faults.push(...locksOf(text).map((fault) => `${relative('.', file)} ${fault}`));
    }
  }
}
for (const files of [...found.values()].filter((each) => each.length > 1)) {
  const names = files.map((file) => relative('.', file)).sort();
  faults.push(`the same number: ${names.join(', ')}`);
}
if (found.size === 0) faults.push(`no migration is below ${root}`);
for (const fault of faults) console.log(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

function faultsOf(text) {
  const header = /^(?:[ \t]*(?:--[^\n]*)?\n)*/.exec(text.replaceAll('\r\n', '\n'))[0].split('\n');
  const additive = header.includes('-- additive');
  const reason = header.some((line) => /^-- not additive: \S/.test(line));
  const sql = bare(text);
  const emptied = indexTables.test(sql) ? ['empties or drops the search index, from which running servers answer'] : [];
  if (additive === reason) {
    return [...emptied, 'does not say in its first comment "-- additive" or "-- not additive: why" (one of the two)'];
  }
  return additive
    ? [...emptied, ...breaks(withoutReplaced(sql, header)).map((what) => `says additive and has: ${what}`)]
    : emptied;
}

/** The statements, with functions treated as new if the header comment says why servers of the previous version need not keep them. */
function withoutReplaced(sql, header) {
  const named = header.flatMap((line) => /^-- replaces ([a-z_.]+): \S/.exec(line)?.[1] ?? []);
  return named.reduce(
    (rest, name) => rest.replaceAll(`create or replace function ${name}(`, `create function ${name}(`),
    sql,
  );
}

function locksOf(text) {
  const sql = bare(text);
  const made = madeBy(sql);
  const used = new Set([...sql.matchAll(locking)].map(([, table]) => table).filter((table) => !made.has(table)));
  const inTransaction = !/^--\s*no transaction\s*$/m.test(text);
  return [
    ...(several.test(statements(text)) ? ['empties or locks several tables in one statement'] : []),
    ...(inTransaction && used.size > 1 ? [`locks several tables that are in use: ${[...used].join(', ')}`] : []),
  ];
}

/** The tables that a migration creates: no running server uses them yet. */
function madeBy(sql) {
  return new Set(
    [...sql.matchAll(/\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(\S+)/g)].map(([, name]) => name),
  );
}

function breaks(sql) {
  const made = madeBy(sql);
  const ofOthers = sql
    .split(';')
    .flatMap((statement) =>
      breakingTable
        .filter(([pattern, table]) => pattern.test(statement) && !made.has(table.exec(statement)?.[1]))
        .map(([, , what]) => what),
    );
  return [...breaking.filter(([pattern]) => pattern.test(sql)).map(([, what]) => what), ...ofOthers];
}

/** In lower case, without comments. */
function statements(text) {
  return text
    .replace(/--[^\n]*/g, '')
    .replace(/\/\*[^]*?\*\//g, '')
    .toLowerCase();
}

/** In lower case, without comments, texts and the bodies of functions. */
function bare(text) {
  return statements(text)
    .replace(/\$(\w*)\$[^]*?\$\1\$/g, "''")
    .replace(/'(?:[^']|'')*'/g, "''");
}
