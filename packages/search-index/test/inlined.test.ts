import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { understandSearch } from '../src/index.ts';
import { inlinedCondition } from '../src/indexing/inlined.ts';
import { keep, matches } from './matcher.ts';

const composition = (members: object) => ({
  resourceType: 'Composition',
  id: 'c1',
  status: 'final',
  type: { coding: [{ system: 's', code: 'discharge', display: 'Chiqish epikrizi' }] },
  subject: { reference: 'Patient/p' },
  date: '2026-11-25',
  title: 'Epikriz',
  ...members,
});

const bundle = (id: string, first: object, type = 'document'): JsonResource => ({
  resourceType: 'Bundle',
  id,
  type,
  entry: [{ resource: first }, { resource: { resourceType: 'Patient', id: 'x' } }],
});

const all = keep([
  bundle('document', composition({})),
  bundle('other', composition({ id: 'c2', status: 'amended', subject: { reference: 'Patient/q' }, date: '2020' })),
  bundle('transaction', { resourceType: 'Patient', id: 'p' }, 'transaction'),
  { ...bundle('empty', {}), entry: [] },
  { resourceType: 'Patient', id: 'p', name: [{ family: 'Karimov' }] },
  { resourceType: 'Patient', id: 'q', name: [{ family: 'Aliyev' }] },
]);

const options = { timeZone: 'Asia/Tashkent', now: new Date(0), ownBases: [], lenient: false };

/** The Bundles whose Composition a search for Compositions would find, were it stored on its own. */
function found(name: string, value: string): string[] {
  const { query } = understandSearch({ type: 'Composition' }, [[name, value]], options);
  const condition = inlinedCondition('composition', query.branches[0]!.where)!;
  return all.filter((one) => one.type === 'Bundle' && matches(one, condition, all)).map(({ id }) => id);
}

describe('the first resource of a Bundle', () => {
  const cases: readonly (readonly [name: string, value: string, expected: readonly string[]])[] = [
    ['subject', 'Patient/p', ['document']],
    ['patient', 'q', ['other']],
    ['subject', 'Patient/none', []],
    ['status', 'final', ['document']],
    ['status', 'final,amended', ['document', 'other']],
    ['type', 's|discharge', ['document', 'other']],
    ['type:text', 'chiqish', ['document', 'other']],
    ['title', 'Epi', ['document', 'other']],
    ['date', '2020', ['other']],
    ['date', 'ge2026-11', ['document']],
    ['subject:Patient.name', 'Karim', ['document']],
    ['_id', 'c2', ['other']],
    ['status:not', 'final', ['other']],
    ['category:missing', 'true', ['document', 'other']],
    ['_lastUpdated', 'ge1970', []],
  ];
  for (const [name, value, expected] of cases) {
    it(`is found by ${name}=${value} through the Bundle`, () => assert.deepEqual(found(name, value), expected));
  }

  it('is no row of the Bundle itself', () => {
    const { query } = understandSearch({ type: 'Bundle' }, [['type', 'discharge']], options);
    assert.deepEqual(
      all.filter((one) => matches(one, query.branches[0]!.where, all)),
      [],
    );
  });

  it('is nothing that other parameters lead to', () => {
    assert.equal(inlinedCondition('example-constraint', { op: 'all', of: [] }), undefined);
    assert.equal(inlinedCondition('constructor', { op: 'all', of: [] }), undefined);
  });
});

describe('the MessageHeader of a message', () => {
  it('is found through the Bundle', () => {
    const header = { resourceType: 'MessageHeader', eventCoding: { system: 's', code: 'admit' } };
    const kept = keep([bundle('m', header, 'message')]);
    const { query } = understandSearch({ type: 'MessageHeader' }, [['event', 's|admit']], options);
    const { where } = query.branches[0]!;
    assert.ok(matches(kept[0]!, inlinedCondition('message', where)!, kept));
    assert.ok(!matches(kept[0]!, inlinedCondition('composition', where)!, kept));
  });
});
