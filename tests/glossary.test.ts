/** docs/glossary.md contains no term that is missing in the code. */
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const rooms = ['apps/*/src', 'packages/*/src', 'packages/fhir-store/migrations'];

const row = /^\|(?! -)(.+)\|$/;

/** The terms in code font, of the rows of the tables. */
function termsOf(document: string): string[] {
  const rows = document.split('\n').filter((line) => row.test(line));
  return [...new Set(rows.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, term]) => term!)))];
}

async function sources(): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob(
    rooms.map((room) => `${room}/**/*.{ts,sql}`),
    { cwd: root },
  )) {
    texts.push(await readFile(new URL(file, `file://${root}`), 'utf8'));
  }
  assert.ok(texts.length > 100, `${texts.length} files`);
  return texts.join('\n');
}

/** The terms that do not occur as separate words. */
function absent(terms: readonly string[], text: string): string[] {
  const escaped = (term: string): string => term.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return terms.filter((term) => !new RegExp(`(?<!\\w)${escaped(term)}(?!\\w)`).test(text));
}

test('every term in code font occurs in the code', async () => {
  const terms = termsOf(await readFile(new URL('../docs/glossary.md', import.meta.url), 'utf8'));
  assert.ok(terms.length > 60, `${terms.length} terms`);
  const text = await sources();
  assert.deepEqual(absent(terms, text), []);
  assert.deepEqual(absent(['mainDateParameters', 'fhir.searches'], text), ['mainDateParameters', 'fhir.searches']);
});

test('each term has one line', async () => {
  const lines = (await readFile(new URL('../docs/glossary.md', import.meta.url), 'utf8')).split('\n');
  const first = lines.filter((line) => row.test(line)).map((line) => line.split('|')[1]!.trim());
  const named = first.filter((term) => !['Term', 'Column'].includes(term) && !/^-+$/.test(term));
  assert.deepEqual(
    named.filter((term, n) => named.indexOf(term) !== n),
    [],
  );
});
