/** For tests: which privileges the statements in folders of code need, read from their text. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePrivileges, type ServerPrivileges } from './privileges.ts';

/**
 * Compares the declared privileges with the statements that write. Reading is covered by the tests that run the statements: a missing
 * `select` fails.
 *
 * @param written by table, the privileges of statements that do not name it in their text, such as `delete`; and `update` if rows are only
 * locked
 * @returns a sentence for each privilege that is declared and not needed, or needed and not declared
 */
export async function differingPrivileges(
  folders: readonly URL[],
  schema: string,
  { tables }: ServerPrivileges,
  written: Readonly<Record<string, readonly string[]>> = {},
): Promise<string[]> {
  const needed = new Map(Object.entries(written).map(([table, verbs]) => [table, new Set(verbs)]));
  const texts = await Promise.all(folders.map((folder) => readAll(fileURLToPath(folder))));
  for (const text of texts.flat()) addNeeded(needed, text, schema);
  return [...new Set([...needed.keys(), ...Object.keys(tables)])].flatMap((table) => {
    const declared = parsePrivileges(tables[table] ?? '').filter(([privilege]) => privilege !== 'select');
    const verbs = needed.get(table) ?? new Set();
    const names = (privilege: string, column: string | null): string =>
      column === null ? privilege : `${privilege} ${column}`;
    // A privilege on the whole table covers its columns.
    const whole = new Set(declared.filter(([, column]) => column === null).map(([privilege]) => privilege));
    const given = new Set(declared.map(([privilege, column]) => names(privilege, column)));
    const asked = new Set([...verbs].map((verb) => (whole.has(verb.split(' ')[0]!) ? verb.split(' ')[0]! : verb)));
    return [
      ...[...asked].filter((verb) => !given.has(verb)).map((verb) => `${verb} on ${table} is needed and not declared`),
      ...[...given].filter((verb) => !asked.has(verb)).map((verb) => `${verb} on ${table} is declared and not needed`),
    ];
  });
}

async function readAll(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

/** `insert`, `delete`, and `update column` for each column that is set. */
function addNeeded(needed: Map<string, Set<string>>, text: string, schema: string): void {
  const statement = new RegExp(`\\b(insert into|update|delete from) ${schema}\\.([a-z_]+)`, 'g');
  const found = [...text.matchAll(statement)];
  for (const [n, match] of found.entries()) {
    const [, verb = '', table = ''] = match;
    const verbs = needed.get(table) ?? new Set();
    needed.set(table, verbs);
    const rest = text.slice(match.index + match[0].length, found[n + 1]?.index);
    const own = rest.slice(0, /`(\.raw\(\))?[;,)]/.exec(rest)?.index);
    if (verb === 'insert into') verbs.add('insert');
    if (verb === 'delete from') verbs.add('delete');
    const sets = verb === 'update' ? /\bset\s+/.exec(own) : /\bdo update\s+set\s+/.exec(own);
    if (sets === null || verb === 'delete from') continue;
    for (const column of columnsSet(own.slice(sets.index + sets[0].length))) verbs.add(`update ${column}`);
  }
}

/** Names before `=` in the assignments, separated by commas outside of parentheses, up to the next clause. */
function columnsSet(text: string): string[] {
  let depth = 0;
  let start = 0;
  const parts: string[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at];
    if (char === '(' || char === '{') depth += 1;
    if (char === ')' || char === '}') depth -= 1;
    const ends = at === text.length || depth < 0 || (depth === 0 && /^\s(from|where|returning)\b/.test(text.slice(at)));
    if (!ends && !(depth === 0 && char === ',')) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
    if (ends) break;
  }
  return parts.flatMap((part) => /^\s*([a-z_]+)\s*=/.exec(part)?.[1] ?? []);
}
