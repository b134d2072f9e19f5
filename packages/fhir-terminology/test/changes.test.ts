import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ResourceSource, Terminology } from '../src/index.ts';
import { codes, codeSystem, parameters, valueOf, valueSet } from './parameters.ts';

const one = 'http://example.org/one';
const two = 'http://example.org/two';
const url = 'http://example.org/vs';
const outer = 'http://example.org/outer';

function prepare(cachedMembers: number): { source: ResourceSource; expand: (set: string, more?: object) => string[] } {
  const source = new ResourceSource();
  source.add(codeSystem(one, [{ code: 'a' }, { code: 'b' }]));
  source.add(codeSystem(two, [{ code: 'x' }]));
  source.add(valueSet(url, { include: [{ system: one }] }));
  source.add(valueSet(outer, { include: [{ valueSet: [url] }, { system: two }] }));
  const options = { expansionLimit: 100, cachedMembers, now: () => new Date(), newId: randomUUID };
  const terminology = new Terminology(source, options);
  const expand = (set: string, more: object = {}): string[] =>
    codes(terminology.expand(parameters({ url: set, ...more })).expansion?.contains);
  return { source, expand };
}

for (const cachedMembers of [1000, 3, 0]) {
  test(`a change is seen at once, with ${cachedMembers} members kept`, () => {
    const { source, expand } = prepare(cachedMembers);
    assert.deepEqual(expand(outer), ['a', 'b', 'x']);
    assert.deepEqual(expand(outer), ['a', 'b', 'x']);
    source.add(codeSystem(one, [{ code: 'a' }, { code: 'c' }]));
    assert.deepEqual(expand(outer), ['a', 'c', 'x'], 'a code system that an imported value set includes');
    source.add(valueSet(url, { include: [{ system: one, concept: [{ code: 'c' }] }] }));
    assert.deepEqual(expand(outer), ['c', 'x'], 'the imported value set');
    source.add(codeSystem(two, [{ code: 'y' }], { version: '2.0.0' }));
    assert.deepEqual(expand(outer), ['c', 'y'], 'a later version beside the one in use');
    assert.deepEqual(expand(outer, { 'exclude-system': two }), ['c'], 'another request is not confused with it');
    assert.deepEqual(expand(outer), ['c', 'y']);
  });
}

test('a supplement counts where the request or the value set names it', () => {
  const { source } = prepare(1000);
  const supplement = 'http://example.org/supplement';
  const named = 'http://example.org/named';
  source.add(
    codeSystem(supplement, [{ code: 'a', designation: [{ language: 'uz', value: 'birinchi' }] }], {
      content: 'supplement',
      supplements: one,
    }),
  );
  const extension = [
    { url: 'http://hl7.org/fhir/StructureDefinition/valueset-supplement', valueCanonical: supplement },
  ];
  source.add(valueSet(named, { include: [{ system: one }] }, { extension }));
  const terminology = new Terminology(source, { expansionLimit: 100, now: () => new Date(), newId: randomUUID });
  const display = (values: Record<string, string>): string | undefined =>
    terminology.expand(parameters({ displayLanguage: 'uz', ...values })).expansion?.contains?.[0]?.display;
  assert.equal(display({ url }), undefined);
  assert.equal(display({ url, useSupplement: supplement }), 'birinchi');
  assert.equal(display({ url: named }), 'birinchi');
  assert.equal(display({ url }), undefined, 'the answer with the supplement was kept apart');
  const lookup = terminology.lookup(
    parameters({ system: one, code: 'a', displayLanguage: 'uz', useSupplement: supplement }),
  );
  assert.equal(valueOf(lookup, 'display'), 'birinchi');
});

test('pages are parts of one order', () => {
  const { expand } = prepare(1000);
  assert.deepEqual(expand(outer, { count: 2 }), ['a', 'b']);
  assert.deepEqual(expand(outer, { count: 2, offset: 2 }), ['x']);
  assert.deepEqual(expand(outer, { offset: 1 }), ['b', 'x']);
  assert.deepEqual(expand(outer, { count: 0 }), []);
});
