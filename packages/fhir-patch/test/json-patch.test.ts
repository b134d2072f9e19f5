import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyJsonPatch, PatchFault } from '../src/index.ts';
import { textOf } from './cases/case.ts';
import { cases } from './cases/json-patch.ts';

const limits = { copied: 100_000 };

describe('JSON Patch', () => {
  for (const given of cases) {
    it(given.name, () => {
      const run = () => applyJsonPatch(textOf(given.on), textOf(given.patch), limits);
      if ('gives' in given) {
        assert.equal(run(), textOf(given.gives));
        return;
      }
      assert.throws(run, (error) => {
        assert.ok(error instanceof PatchFault, String(error));
        assert.equal(error.kind, given.fails);
        assert.match(error.message, given.says);
        if (given.at !== undefined) assert.equal(error.operation, given.at);
        return true;
      });
    });
  }

  it('has a limit of operations', () => {
    const patch = JSON.stringify(Array.from({ length: 1001 }, () => ({ op: 'test', path: '/id', value: 'p' })));
    assert.throws(() => applyJsonPatch('{"resourceType":"Basic","id":"p"}', patch), { kind: 'too-costly' });
  });

  it('refuses to nest deeper than a reader could follow', () => {
    const value = JSON.parse('['.repeat(400) + ']'.repeat(400)) as object;
    const patch = [
      { op: 'add', path: '/a', value },
      { op: 'add', path: `/b`, value: {} },
      { op: 'copy', from: '/a', path: `/a${'/0'.repeat(399)}/0` },
    ];
    assert.throws(() => applyJsonPatch('{"resourceType":"Basic"}', JSON.stringify(patch)), {
      kind: 'too-costly',
      operation: 2,
    });
  });
});
