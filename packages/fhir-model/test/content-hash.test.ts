import assert from 'node:assert/strict';
import { it } from 'node:test';
import { scanJson } from '../src/index.ts';
import { contentHash, sameButForStamp, stampResource } from '../src/stamp.ts';

it('a content hash is the same for what differs in stamp and white space alone', () => {
  const source = scanJson('{ "resourceType": "Basic", "code": {"text": "a  b"}, "version": 1.0 }');
  const stamp = { id: 'x', versionId: '7', lastUpdated: '2026-06-30T10:00:00.000+05:00' };
  const stored = scanJson(stampResource(source, stamp));
  assert.equal(contentHash(stored), contentHash(source));
  assert.match(contentHash(source), /^[0-9a-f]{64}$/);
  for (const other of ['"a b"', '"a  b", "x": 1', '"A  b"']) {
    const changed = scanJson(source.text.replace('"a  b"', other));
    assert.notEqual(contentHash(changed), contentHash(source));
    assert.equal(sameButForStamp(changed, source), false);
  }
  assert.notEqual(contentHash(scanJson(source.text.replace('1.0', '1.00'))), contentHash(source));
});
