import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangingSource, layered, Terminology, writeContent } from '../src/index.ts';
import { builtIn } from './built-in.ts';
import { codeSystem, valueSet } from './parameters.ts';

const url = 'http://example.org/colours';
const options = { expansionLimit: 100, now: () => new Date(), newId: () => 'id' };

function prepare(): { stored: ChangingSource; terminology: Terminology; put: (key: string, resource: object) => void } {
  const stored = new ChangingSource();
  return {
    stored,
    terminology: new Terminology(layered(stored, builtIn), options),
    put(key, resource) {
      stored.put(key, writeContent([resource as { resourceType: string }]), '1');
    },
  };
}

test('whether a code is in the value set of a binding', () => {
  const { terminology, put } = prepare();
  const set = 'http://example.org/colours-vs';
  put('a', codeSystem(url, [{ code: 'red' }, { code: 'old', property: [{ code: 'inactive', valueBoolean: true }] }]));
  put('b', valueSet(set, { include: [{ system: url }] }));
  put('c', valueSet('http://example.org/half', { include: [{ system: url }, { system: 'http://example.org/away' }] }));
  put('d', valueSet('http://example.org/broken', { include: [{ valueSet: ['http://example.org/none'] }] }));
  assert.equal(terminology.memberOf(set, url, 'red'), 'in');
  assert.equal(terminology.memberOf(set, undefined, 'red'), 'in');
  assert.equal(terminology.memberOf(set, url, 'blue'), 'out');
  assert.equal(terminology.memberOf(set, 'http://example.org/other', 'red'), 'out');
  assert.equal(terminology.memberOf('http://example.org/half', url, 'red'), 'in');
  assert.equal(terminology.memberOf('http://example.org/half', 'http://example.org/away', 'x'), 'unknown');
  assert.equal(terminology.memberOf('http://example.org/broken', url, 'red'), 'unknown');
  assert.equal(terminology.memberOf('http://example.org/none', url, 'red'), 'unknown');
  assert.deepEqual(terminology.concept(url, 'old'), { known: 'yes', displays: [], status: 'inactive' });
  assert.deepEqual(terminology.concept(url, 'blue'), { known: 'no' });
  assert.deepEqual(terminology.concept('http://example.org/away', 'x'), { known: 'unknown' });
});

test('a source that changes names what it has, and forgets what went', () => {
  const { stored, put } = prepare();
  put('a', codeSystem(url, [{ code: 'red' }], { valueSet: `${url}/vs` }));
  put('b', codeSystem(`${url}-uz`, [{ code: 'red' }], { content: 'supplement', supplements: url }));
  put('c', { resourceType: 'ConceptMap', url: `${url}-map`, status: 'active' });
  put('d', { resourceType: 'Patient' });
  const names = (): number[] => [
    stored.codeSystems(url).length,
    stored.systems().length,
    stored.supplements(url).length,
    stored.supplement(`${url}-uz`).length,
    stored.valueSets(`${url}/vs`).length,
    stored.conceptMaps().length,
    stored.conceptMaps(`${url}-map`).length,
  ];
  assert.deepEqual(names(), [1, 1, 1, 1, 1, 1, 1]);
  assert.equal(stored.valueSets(`${url}/vs`)[0], stored.valueSets(`${url}/vs`)[0]);
  put('e', valueSet(`${url}/vs`, { include: [] }));
  assert.deepEqual(stored.valueSets(`${url}/vs`)[0]?.compose?.include, [], 'a value set that is defined comes first');
  for (const key of ['a', 'b', 'c', 'e', 'e']) stored.delete(key);
  assert.deepEqual(names(), [0, 0, 0, 0, 0, 0, 0]);
});

test('a value set that lists its codes can be asked although their system is not known', () => {
  const { terminology, put } = prepare();
  const [set, system] = ['http://example.org/listed', 'http://example.org/unknown'];
  put('listed', {
    resourceType: 'ValueSet',
    url: set,
    status: 'active',
    compose: { include: [{ system, concept: [{ code: 'a' }] }] },
  });
  for (const given of [system, undefined]) {
    assert.equal(terminology.memberOf(set, given, 'a'), 'in');
    assert.equal(terminology.memberOf(set, given, 'b'), 'out');
  }
  assert.equal(terminology.memberOf(set, 'http://example.org/other', 'a'), 'out');
});

test('nobody can say that a code is wrong which a system leaves to its users', () => {
  const { terminology } = prepare();
  const country = (code: string): string => terminology.concept('urn:iso:std:iso:3166', code).known;
  assert.deepEqual(['UZ', 'XY', 'XKX', 'UY', 'UQ', 'A'].map(country), ['yes', 'unknown', 'unknown', 'yes', 'no', 'no']);
});
