import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import type { GivenParameter, ParseOptions } from '@dhp/fhir-search';
import { ownParameters, showingLabels } from '@dhp/fhir-search/parameters';
import { understandSearch } from '../src/index.ts';

type Asked = readonly [type: string, ...parameters: GivenParameter[]];

const system = 'https://example.uz/ids';
const searches: readonly Asked[] = [
  ['Patient', ['identifier', `${system}|31204`]],
  ['Patient', ['family:exact', 'Karimova'], ['_sort', '-birthdate,_id'], ['_count', '5']],
  ['Patient', ['_has:Observation:patient:code', '8480-6'], ['_total', 'accurate']],
  ['Patient', ['given:missing', 'true'], ['_elements', 'name']],
  ['Observation', ['patient', 'Patient/a'], ['code', 'http://loinc.org|8480-6'], ['_count', '20']],
  ['Observation', ['value-quantity', 'gt5'], ['value-quantity', 'lt9'], ['date', 'ge2025-01']],
  ['Observation', ['subject:Patient.name', 'ka'], ['_include', 'Observation:subject']],
  ['Observation', ['_lastUpdated', 'ge2025-01-01'], ['_sort', '_lastUpdated']],
];

const options = (more: Partial<ParseOptions> = {}): ParseOptions => ({
  timeZone: 'Asia/Tashkent',
  now: new Date('2026-01-01T00:00:00Z'),
  ownBases: ['http://localhost/fhir'],
  lenient: false,
  own: ownParameters(1, []),
  ...more,
});
const understood = ([type, ...parameters]: Asked, asked: ParseOptions): ReturnType<typeof understandSearch> =>
  understandSearch({ type }, parameters, asked);
/** Without the texts that are made of one that is kept. */
function meaning({ texts: _, ...search }: ReturnType<typeof understandSearch>): object {
  return search;
}
/** As it comes from the third time on. */
function often(search: Asked, asked: ParseOptions): ReturnType<typeof understandSearch> {
  for (let n = 0; n < 2; n += 1) understood(search, asked);
  return understood(search, asked);
}

describe('A search that is asked again', () => {
  for (const search of searches) {
    it(`is the one that was understood before: ${search.slice(1).join(' ')}`, () => {
      const asked = options();
      const kept = often(search, asked);
      assert.equal(understood(search, { ...asked, now: new Date() }), kept);
      assert.deepEqual(meaning(kept), meaning(understood(search, options())));
    });
  }

  it('is understood anew with other search parameters of the environment', () => {
    const [search] = searches as [Asked];
    assert.notEqual(often(search, options()), often(search, options()));
  });

  it('is understood anew by who has a copy of the parameters that hides some', () => {
    const search: Asked = ['Patient', ['family', 'a']];
    const asked = options();
    often(search, asked);
    const hides = (): boolean => true;
    const hidden = { hides, hidesIn: hides, except: () => ({ except: new Set<string>() }), hidesOrder: () => false };
    const own = { ...asked.own!, hidden };
    for (let n = 0; n < 4; n += 1) assert.throws(() => understood(search, { ...asked, own }), /family/);
  });

  it('is the same for callers to whom labels are shown, unless it looks at them', () => {
    const asked = options();
    const shown = (label: string): ParseOptions => ({
      ...asked,
      own: showingLabels(asked.own!, { known: [label], inheriting: [] }),
    });
    for (const search of searches) {
      const kept = often(search, asked);
      for (const label of ['urn:l|A', 'urn:l|B']) assert.equal(often(search, shown(label)), kept);
    }
    for (const search of [
      ['Patient', ['_security', 'urn:l|A']],
      ['Patient', ['_security:not', 'urn:l|A']],
      ['Patient', ['_security:missing', 'true']],
      ['Patient', ['_has:Observation:patient:_security', 'urn:l|A'], ['_count', '5']],
    ] satisfies Asked[]) {
      const plain = often(search, asked).query;
      for (const label of ['urn:l|A', 'urn:l|B']) {
        const query = often(search, shown(label)).query;
        const fresh = options();
        const own = showingLabels(fresh.own!, { known: [label], inheriting: [] });
        assert.deepEqual(query, understood(search, { ...fresh, own }).query);
        const isFound = label.endsWith('A') || search[1][0].endsWith('missing');
        assert.equal(inspect(query.branches, { depth: null }).includes('labelled'), isFound);
      }
      assert.deepEqual(often(search, asked).query, plain);
    }
  });

  it('is understood anew by who has a copy of the parameters that shows labels and hides some', () => {
    const search: Asked = ['Patient', ['family', 'a']];
    const asked = options();
    often(search, asked);
    const hides = (): boolean => true;
    const hidden = { hides, hidesIn: hides, except: () => ({ except: new Set<string>() }), hidesOrder: () => false };
    const own = { ...showingLabels(asked.own!, { known: [], inheriting: [] }), hidden };
    for (let n = 0; n < 4; n += 1) assert.throws(() => understood(search, { ...asked, own }), /family/);
  });

  it('is understood anew for a lenient client, in another time zone, and of a server with another address', () => {
    const search: Asked = ['Observation', ['date', 'ge2025-01-01'], ['subject', 'http://a/fhir/Patient/p']];
    const asked = options();
    const kept = often(search, asked);
    for (const other of [{ lenient: true }, { timeZone: 'UTC' }, { ownBases: ['http://a/fhir'] }]) {
      const changed = { ...asked, ...other };
      assert.deepEqual(meaning(often(search, changed)), meaning(understood(search, options(other))));
      assert.notEqual(often(search, changed), kept);
    }
  });

  it('is understood anew where it depends on the time', () => {
    const search: Asked = ['Observation', ['date', 'ap2025-01-01']];
    const asked = options();
    const before = often(search, asked).query;
    const later = { ...asked, now: new Date('2031-01-01T00:00:00Z') };
    assert.notDeepEqual(understood(search, later).query, before);
  });

  it('is understood anew where codes have to be looked up', () => {
    const search: Asked = ['Observation', ['code:in', 'http://example.uz/ValueSet/v']];
    const codes = [{ system, code: 'a' }];
    const terminology = { members: () => codes, descendants: () => [], ancestors: () => [] };
    const asked = options({ terminology });
    const before = often(search, asked).query;
    codes.push({ system, code: 'b' });
    assert.notDeepEqual(understood(search, asked).query, before);
  });

  it('is no other one whose names and values make the same text', () => {
    const asked = options();
    often(['Patient', ['family', 'a'], ['given', 'b']], asked);
    for (const value of ['a\n5 1 given b', 'a 5 1 given b', 'a\ngiven b'])
      assert.deepEqual(
        meaning(often(['Patient', ['family', value]], asked)),
        meaning(understood(['Patient', ['family', value]], options())),
      );
  });

  it('pays as much as the first time', () => {
    const asked = options();
    const paid = Array.from({ length: 4 }, () => {
      let units = 0;
      const budget = { spend: (more: number) => (units += more) } as unknown as NonNullable<ParseOptions['budget']>;
      understood(searches[4]!, { ...asked, budget });
      return units;
    });
    assert.deepEqual(paid, [paid[0], paid[0], paid[0], paid[0]]);
    assert.ok(paid[0]! > 0);
  });

  it('is refused each time where it is wrong', () => {
    const asked = options();
    for (let n = 0; n < 4; n += 1) assert.throws(() => understood(['Patient', ['gendre', 'male']], asked), /gendre/);
  });

  it('does not keep more than some hundred', () => {
    const asked = options();
    const first = often(['Patient', ['family', 'n0']], asked);
    for (let n = 1; n <= 600; n += 1) often(['Patient', ['family', `n${n}`]], asked);
    const again = understood(['Patient', ['family', 'n0']], asked);
    assert.notEqual(again, first);
    assert.deepEqual(meaning(again), meaning(first));
  });
});
