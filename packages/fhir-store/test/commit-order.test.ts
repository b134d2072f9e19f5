/** Knowledge of PostgreSQL's order of commits is in one folder. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { formatPosition, parsePosition } from '../src/commit-order/position.ts';
import { isSnapshot } from '../src/commit-order/snapshot.ts';

const sources = ['../src/', '../../search-index/src/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
const functions = /\bpg_(?:current_(?:xact|snapshot)|snapshot_x|visible_in_snapshot|xact_status)|\.xmin\b/;

it('no statement outside of commit-order/ uses transaction numbers or snapshots of PostgreSQL by itself', () => {
  const using = sources.flatMap((source) =>
    readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .filter((name) => functions.test(readFileSync(`${source}${name}`, 'utf8'))),
  );
  assert.ok(using.length > 0, 'the folder itself does');
  assert.deepEqual(
    using.filter((name) => !name.startsWith('commit-order')),
    [],
  );
});

describe('a position in the order of commits', () => {
  it('is read as it was written', () => {
    const position = { txid: '18446744073709551615', rid: 42, ver: 7 };
    assert.deepEqual(parsePosition(formatPosition(position)), position);
  });

  for (const text of ['', '1.2', '1.2.3.4', 'a.2.3', '-1.2.3', '1.2.3 ', '1.12345678901234567.3']) {
    it(`is not "${text}"`, () => {
      assert.throws(() => parsePosition(text), TypeError);
    });
  }
});

describe('a snapshot', () => {
  for (const text of ['1:1:', '10:20:10', '10:20:10,12,19', '1:9223372036854775807:']) {
    it(`is ${text}`, () => assert.ok(isSnapshot(text)));
  }
  const wrong = [
    '',
    '1:2',
    '0:1:',
    '2:1:',
    '10:20:9',
    '10:20:20',
    '10:20:12,11',
    '10:20:12,12',
    '10:20:,',
    '1:9223372036854775808:',
  ];
  for (const text of wrong) it(`is not "${text}"`, () => assert.ok(!isSnapshot(text)));
});
