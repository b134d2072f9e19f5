import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyFhirPathPatch, PatchFault } from '../src/index.ts';
import { parametersOf, textOf } from './cases/case.ts';
import { cases } from './cases/fhirpath-patch.ts';

describe('FHIRPath Patch', () => {
  for (const given of cases) {
    it(given.name, () => {
      const patch = typeof given.patch === 'string' ? given.patch : JSON.stringify(parametersOf(given.patch));
      const run = () => applyFhirPathPatch(textOf(given.on), patch);
      if ('gives' in given) {
        assert.equal(run(), textOf(given.gives));
        return;
      }
      assert.throws(run, (error) => {
        assert.ok(error instanceof PatchFault, String(error));
        assert.equal(error.kind, given.fails, error.message);
        assert.match(error.message, given.says);
        if (given.at !== undefined) assert.equal(error.operation, given.at);
        return true;
      });
    });
  }
});
