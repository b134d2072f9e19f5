/** The documents about security: complete, and with existing references only. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs/security');

/** The number of requirements of levels 1 and 2 in each section of ASVS 5.0.0; they come first in their section. */
const requirements =
  '1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 ' +
  '5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 ' +
  '8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 ' +
  '11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 ' +
  '15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2';

const expectedIds = requirements.split(' ').flatMap((section) => {
  const [name, count] = section.split(':');
  return Array.from({ length: Number(count) }, (_, index) => `${name!}.${String(index + 1)}`);
});

const rows = (await readFile(join(folder, 'asvs.md'), 'utf8'))
  .split('\n')
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter(([, id]) => /^\d+\.\d+\.\d+$/.test(id ?? ''))
  .map(([, id, , verdict, where]) => ({ id: id!, verdict: verdict!, where: where! }));

/** Paths of this repository that a text names between backticks. */
function placesIn(text: string): string[] {
  return [...text.matchAll(/`((?:apps|packages|tests|docs|scripts)\/[^`\s]+|[\w-]+\.(?:md|json))`/g)].map(
    ([, place]) => place!,
  );
}

test('every requirement of levels 1 and 2 stands in the table once, in order', () => {
  assert.deepEqual(
    rows.map(({ id }) => id),
    expectedIds,
  );
});

test('each has a verdict, and what is met or not met says where or why', () => {
  for (const { id, verdict, where } of rows) {
    assert.match(verdict, /^(?:met|\*\*not met\*\*|not applicable)$/, id);
    assert.notEqual(where, '', id);
  }
});

test('the summary counts the rows', async () => {
  const text = await readFile(join(folder, 'asvs.md'), 'utf8');
  const count = (wanted: string): number => rows.filter(({ verdict }) => verdict === wanted).length;
  const [met, open, other] = [count('met'), count('**not met**'), count('not applicable')];
  assert.ok(text.includes(`${String(met)} are met, ${String(open)} are not, ${String(other)} do not apply`));
});

test('every place that the documents name exists', async () => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.md'));
  assert.ok(files.length >= 3);
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    for (const place of placesIn(text)) assert.ok(existsSync(join(root, place)), `${file} names ${place}`);
    for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(join(folder, link!)), `${file} links to ${link!}`);
    }
  }
});

test('every key that is derived from the root is in the inventory, and no other', async () => {
  const sources = (
    await Promise.all(
      ['apps', 'packages'].map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
    )
  )
    .flat()
    .filter((file) => file.isFile() && /\/src(?:\/|$)/.test(file.parentPath) && file.name.endsWith('.ts'))
    .filter(({ parentPath }) => !parentPath.includes('node_modules'));
  const derived = new Set<string>();
  for (const { parentPath, name } of sources) {
    const text = await readFile(join(parentPath, name), 'utf8');
    const labels = [...text.matchAll(/hkdfSync\([^()]*?(?:'(dhp [^']+)'|`(dhp [^`]+)`)/g)];
    assert.equal(labels.length, text.split('hkdfSync(').length - 1, `${name}: a label that cannot be read`);
    for (const [, plain, template] of labels)
      derived.add(plain ?? template!.replaceAll(/\$\{(\w+)\}/g, (_, one: string) => one.toUpperCase()));
  }
  const text = await readFile(join(folder, 'cryptography.md'), 'utf8');
  const named = [...text.matchAll(/^\| `(dhp [^`]+)` /gm)].map(([, label]) => label!);
  assert.deepEqual(named.sort(), [...derived].sort());
});

test('every threat has a defence and a test', async () => {
  const text = await readFile(join(folder, 'threat-model.md'), 'utf8');
  const threats = text
    .split(/^#{2,3} /m)
    .filter((section) => /^\d\./.test(section))
    .flatMap((section) =>
      section
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .slice(2),
    )
    .map((line) => line.split('|').map((cell) => cell.trim()));
  assert.ok(threats.length > 20);
  for (const [, threat, defence, proof] of threats) {
    assert.notEqual(defence, '', threat);
    assert.ok(
      placesIn(proof ?? '').some((place) => place.endsWith('.test.ts')),
      `${threat!}: no test is named`,
    );
  }
});
