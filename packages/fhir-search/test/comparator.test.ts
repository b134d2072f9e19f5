import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { splitPrefix } from '../src/query/comparator.ts';

describe('splitPrefix', () => {
  it('takes only what stands before a number or date', () => {
    assert.deepEqual(splitPrefix('ge2020'), { comparator: 'ge', rest: '2020' });
    assert.deepEqual(splitPrefix('lt-5'), { comparator: 'lt', rest: '-5' });
    assert.deepEqual(splitPrefix('2020'), { comparator: 'eq', rest: '2020' });
    assert.deepEqual(splitPrefix('april'), { comparator: 'eq', rest: 'april' });
    assert.deepEqual(splitPrefix('GE2020'), { comparator: 'eq', rest: 'GE2020' });
  });
});
