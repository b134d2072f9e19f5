/** docs/reports/bulk-data-requirements.md lists each requirement once, with an existing test or a reason. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = new URL('../docs/reports/bulk-data-requirements.md', import.meta.url);

/** Numbers that Inferno 2.0.0 gives to the SHALL and SHALL NOT requirements of a server. */
const numbers = [
  ...[2, 5, 9, 12, 13, 14, 19, 20, 21, 22, 23, 24, 25, 27, 28, 29, 32, 47, 49, 51, 52, 53, 59, 62, 63, 77, 85, 92],
  ...[96, 97, 98, 99, 103, 109, 110, 111, 112, 117, 122, 132, 136, 137, 142, 143, 144, 145, 147, 148, 150, 151, 152],
  ...[154, 155, 156, 157, 158, 159, 160, 161, 162, 164, 165, 166, 168, 169, 170, 175, 178, 180, 181, 186, 187, 188],
  ...[189, 190, 191, 192, 193, 196, 198, 199, 202, 204, 206, 207, 208, 209, 210, 213, 214, 215, 216, 223, 224, 225],
  ...[226, 227, 229, 231, 234, 249, 250, 251, 254, 272, 273, 274, 297, 298, 299, 300, 301, 303, 304, 305, 306, 308],
  ...[309, 310],
];

interface Row {
  readonly numbers: readonly number[];
  readonly words: string;
  readonly proof: string;
}

function rowsIn(text: string): Row[] {
  return [...text.matchAll(/^\| ([\d, ]+?) *\| (.+?) *\| (.+?) *\|$/gm)].map(
    ([, given = '', words = '', proof = '']) => ({
      numbers: given.split(', ').map(Number),
      words,
      proof,
    }),
  );
}

/** Faults of a table: missing or duplicate requirements, tests that do not exist, rows without a test or reason. */
function faultsOf(rows: readonly Row[]): string[] {
  const found = rows.flatMap((row) => row.numbers);
  const counted = numbers.flatMap((number) => {
    const count = found.filter((each) => each === number).length;
    return count === 1 ? [] : [`${number} stands ${count} times`];
  });
  const foreign = found.filter((number) => !numbers.includes(number)).map((number) => `${number} is no requirement`);
  const proofs = rows.flatMap(({ numbers: [first], proof }) => {
    const named = [...proof.matchAll(/\]\(\.\.\/\.\.\/([^)]+)\) “(.+?)”/g)];
    const missing = named.filter(([, file = '', title = '']) => !titlesIn(file).includes(title));
    const isReasoned = /^(Does not concern|Not met): \S/.test(proof);
    if (named.length === 0 && !isReasoned) return [`${first} has neither a test nor a reason`];
    return missing.map(([, file, title]) => `${first}: ${file} has no “${title}”`);
  });
  return [...counted, ...foreign, ...proofs];
}

/** Titles of the tests in a file; an empty list if it does not exist. */
function titlesIn(file: string): readonly string[] {
  try {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    return [...text.matchAll(/(?:\b(?:it|test|behind)\(|\[)\s*'((?:[^'\\\n]|\\.)+)'/g)].map(([, title = '']) => title);
  } catch {
    return [];
  }
}

test('each requirement has a test that is there, or a reason', () => {
  const rows = rowsIn(readFileSync(page, 'utf8'));
  assert.equal(numbers.length, 119);
  assert.deepEqual(faultsOf(rows), []);
});

test('a table with a fault is found out', () => {
  const rows = rowsIn(readFileSync(page, 'utf8'));
  const [first, ...others] = rows as [Row, ...Row[]];
  const told = first.proof.replace(/“.+?”/, '“a test that is not there”');
  for (const [changed, fault] of [
    [others, /^2 stands 0 times$/],
    [[...rows, { ...first, numbers: [2] }], /^2 stands 2 times$/],
    [[{ ...first, proof: told }, ...others], /has no “a test that is not there”$/],
    [[{ ...first, proof: 'by looking' }, ...others], /neither a test nor a reason/],
    [[{ ...first, numbers: [2, 3] }, ...others], /^3 is no requirement$/],
  ] as const)
    assert.ok(
      faultsOf(changed).some((each) => fault.test(each)),
      String(fault),
    );
});
