import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { examplesFolder as folder, examplesToTry } from '../../../tests/published-examples.ts';
import { isFull } from '../../../tests/sample.ts';
import { decodeJson, isResourceType, scanJson } from '../src/index.ts';
import { sameButForStamp, stampResource } from '../src/stamp.ts';

const stamp = { id: 'stamped', versionId: '12', lastUpdated: '2026-11-25T05:40:12.345+05:00' };

/** The number tokens of a JSON text, as written. */
function numberTokens(text: string): string[] {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/g) ?? [];
  return tokens.filter((token) => !token.startsWith('"'));
}

describe('the published R5 examples', () => {
  const { names, published } = examplesToTry(20_261_130);

  it('are scanned, stamped and read back equal but for the stamp', (t) => {
    for (const name of names) {
      const text = decodeJson(readFileSync(join(folder, name)));
      const source = scanJson(text);
      assert.ok(isResourceType(source.resourceType ?? ''), name);
      const result = stampResource(source, stamp);

      const expected = JSON.parse(text) as { id?: string; meta?: object };
      expected.id = stamp.id;
      expected.meta = { ...expected.meta, versionId: stamp.versionId, lastUpdated: stamp.lastUpdated };
      assert.deepEqual(JSON.parse(result), expected, name);
      assert.deepEqual(numberTokens(result), numberTokens(text), name);

      const again = scanJson(result);
      assert.equal(stampResource(again, stamp), result, `${name} stamped twice`);
      assert.ok(sameButForStamp(source, again), name);
    }
    t.diagnostic(`${names.length} of ${published} examples`);
    assert.ok(names.length > (isFull ? 2800 : 300) && published > 2800);
  });
});
