/** Each requirement has its tests, which are there; and none of the sheet is forgotten. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { requirements, threads, type Requirement } from './requirements.ts';

const tests = join(import.meta.dirname, '..');
const sheet = join(import.meta.dirname, '../../../../../shared/cases/inferno/subscriptions_requirements.csv');

/** Titles of the tests of a file, as they are written. */
function titlesOf(file: string): string[] {
  const path = join(tests, file);
  if (!existsSync(path)) return [];
  return [...readFileSync(path, 'utf8').matchAll(/\b(?:it|test)\(\s*(['"`])(.*?)\1/gs)].map(
    ([, , title = '']) => title,
  );
}

/** Tests that are not there, or are two. */
function missing(shownBy: readonly string[]): string[] {
  return shownBy.flatMap((one) => {
    const [, file = '', title = ''] = /^(\S+): (.+)$/.exec(one) ?? [];
    const found = titlesOf(file).filter((each) => each.startsWith(title));
    return found.length === 1 && title !== '' ? [] : [`${one} is the beginning of ${found.length} tests`];
  });
}

/** Rows that name a test that is not there, or two, or nothing at all. */
function unshown(rows: readonly Requirement[]): string[] {
  return rows.flatMap(({ id, shownBy = [], notOfR5 }) => {
    if (shownBy.length > 0 === (notOfR5 !== undefined)) return [`${id}: tests, or why there are none`];
    return missing(shownBy).map((one) => `${id}: ${one}`);
  });
}

it('each requirement of the table names tests that are there', () => {
  assert.deepEqual(unshown(requirements), []);
  const [first] = requirements;
  assert.equal(unshown([{ ...first!, shownBy: ['subscriptions/inferno.test.ts: is nowhere'] }]).length, 1);
  assert.equal(unshown([{ id: 0, level: 'SHALL', about: '' }]).length, 1);
  assert.equal(new Set(requirements.map(({ id }) => id)).size, requirements.length);
});

it('each fault that was reported elsewhere names tests that are there, or why there are none', () => {
  assert.deepEqual(
    threads.flatMap(({ thread, shownBy = [], notShown }) =>
      shownBy.length > 0 === (notShown !== undefined) ? [thread] : missing(shownBy),
    ),
    [],
  );
});

it(
  'the table has each requirement of the sheet that is one of a server',
  { skip: existsSync(sheet) ? false : `the sheet is not there: ${sheet}` },
  () => {
    const levels = ['SHALL', 'SHALL NOT', 'SHOULD', 'SHOULD NOT'];
    const ofServers = recordsOf(readFileSync(sheet, 'utf8')).flatMap(([, id, , , level = '', actors = '']) =>
      levels.includes(level) && actors.includes('Server') ? [`${id} ${level}`] : [],
    );
    assert.ok(ofServers.length > 80, String(ofServers.length));
    assert.deepEqual(requirements.map(({ id, level }) => `${id} ${level}`).sort(), ofServers.sort());
  },
);

/** The records of a file of comma-separated values (RFC 4180). */
function recordsOf(text: string): string[][] {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end = ''] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
    records.at(-1)!.push((quoted ?? plain ?? '').replaceAll('""', '"').trim());
    if (end !== ',') records.push([]);
  }
  return records;
}
