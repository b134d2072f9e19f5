import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, latest, versionMatches } from '../src/version/version-match.ts';

test('which versions a reference stands for', () => {
  const rows: [wanted: string, version: string | undefined, fits: boolean][] = [
    ['1.0.0', '1.0.0', true],
    ['1.0.0', '1.0.1', false],
    ['1.x', '1.2.0', true],
    ['1.x.x', '1.2.0', true],
    ['1.2.x', '1.3.0', false],
    ['1.2', '1.2.9', true],
    ['1.2', '1.20.0', false],
    ['1', '1.0.0', false],
    ['*', '2024', true],
    ['*', undefined, false],
    ['http://snomed.info/sct/900000000000207008', 'http://snomed.info/sct/900000000000207008/version/20240101', true],
    ['http://snomed.info/sct/900000000000207008', 'http://snomed.info/sct/11000172109/version/20240101', false],
  ];
  for (const [wanted, version, fits] of rows)
    assert.equal(versionMatches(wanted, version), fits, `${wanted} and ${version ?? 'none'}`);
});

test('versions in order', () => {
  const ordered = [undefined, '0.9', '1.0.0-ballot', '1.0.0', '1.2.0', '1.10.0', '2', '2019-01-31', '2024-02'];
  for (let i = 1; i < ordered.length; i++) {
    assert.ok(
      compareVersions(ordered[i - 1], ordered[i]) < 0,
      `${ordered[i - 1] ?? 'none'} before ${ordered[i] ?? ''}`,
    );
    assert.ok(compareVersions(ordered[i], ordered[i - 1]) > 0);
  }
  assert.equal(compareVersions('1.0', '1.0.0'), 0);
});

test('versions that are ordered as texts, where all of them say so', () => {
  const find = (algorithms: readonly (string | undefined)[]): string | undefined =>
    latest(
      ['1.9', '1.10'],
      (version) => version,
      undefined,
      (version) => algorithms[version === '1.9' ? 0 : 1],
    );
  assert.equal(find(['alpha', 'alpha']), '1.9');
  assert.equal(find(['semver', 'semver']), '1.10');
  assert.equal(find(['alpha', undefined]), '1.10');
});

test('the latest version that fits', () => {
  const versions = ['1.0.0', '1.10.0', '1.2.0', '2.0.0'];
  const find = (wanted?: string): string | undefined => latest(versions, (version) => version, wanted);
  assert.equal(find(), '2.0.0');
  assert.equal(find('1.x'), '1.10.0');
  assert.equal(find('1.0.0'), '1.0.0');
  assert.equal(find('3.x'), undefined);
});
