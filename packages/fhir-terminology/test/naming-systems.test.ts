import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamingSystem, Parameters, ResourceBase } from '@dhp/fhir-model';
import { ChangingSource, layered, ResourceSource, Terminology, writeContent } from '../src/index.ts';
import { builtIn } from './built-in.ts';

const canonical = 'http://example.org/organs';
const oid = 'urn:oid:2.16.860.1.7';
const resources = [
  {
    ...{ resourceType: 'CodeSystem', url: canonical, status: 'active', content: 'complete' },
    concept: [{ code: 'organ', concept: [{ code: 'heart', display: 'Heart' }] }],
  },
  {
    ...{ resourceType: 'ValueSet', url: 'http://example.org/by-oid', status: 'active' },
    compose: { include: [{ system: oid }], exclude: [{ system: 'ORGANS', concept: [{ code: 'organ' }] }] },
  },
  {
    ...{ resourceType: 'ConceptMap', url: 'http://example.org/map', status: 'active' },
    group: [
      {
        ...{ source: 'ORGANS', target: 'http://example.org/other' },
        element: [{ code: 'heart', target: [{ code: 'H', relationship: 'equivalent' }] }],
      },
    ],
  },
];
const naming = {
  ...{ resourceType: 'NamingSystem', name: 'Organs', kind: 'codesystem', status: 'active', date: '2026-01-01' },
  uniqueId: [
    { type: 'oid', value: '2.16.860.1.7' },
    { type: 'other', value: 'ORGANS' },
    { type: 'uri', value: canonical, preferred: true },
  ],
};

const changing = new ChangingSource();
const put = (resource: object, key: string): void => {
  changing.put(key, writeContent([resource as ResourceBase]), key);
};
for (const [n, resource] of [...resources, naming].entries()) put(resource, String(n));
const terminology = new Terminology(layered(changing, builtIn), {
  ...{ expansionLimit: 100, now: () => new Date('2026-06-01'), newId: () => 'id' },
});

const ask = (values: Record<string, string | object>): Parameters => ({
  resourceType: 'Parameters',
  parameter: Object.entries(values).map(([name, value]) => ({
    name,
    ...(typeof value === 'string' ? { valueUri: value } : (value as { valueCoding: object })),
  })),
});
const read = ({ parameter = [] }: Parameters, name: string): unknown => {
  const { name: _name, ...value } = parameter.find((one) => one.name === name) ?? { name };
  return Object.values(value)[0];
};

for (const name of [oid, 'ORGANS']) {
  test(`a code system named ${name} is the one of the NamingSystem, wherever it is named`, () => {
    const found = terminology.lookup(ask({ system: name, code: 'heart' }));
    assert.equal(read(found, 'system'), canonical);
    assert.equal(read(found, 'display'), 'Heart');

    const coding = { valueCoding: { system: name, code: 'heart' } };
    for (const url of ['http://example.org/by-oid']) {
      const answer = terminology.validateValueSetCode(ask({ url, coding }));
      assert.equal(read(answer, 'result'), true);
      assert.equal(read(answer, 'system'), canonical);
      const concept = { valueCodeableConcept: { coding: [{ system: name, code: 'organ' }] } };
      assert.equal(read(terminology.validateValueSetCode(ask({ url, codeableConcept: concept })), 'result'), false);
    }
    assert.equal(read(terminology.validateSystemCode(ask({ url: name, code: 'heart' })), 'result'), true);
    assert.equal(read(terminology.validateSystemCode(ask({ coding })), 'result'), true);
    assert.equal(
      read(terminology.subsumes(ask({ system: name, codeA: 'organ', codeB: 'heart' })), 'outcome'),
      'subsumes',
    );
    const translated = terminology.translate(ask({ url: 'http://example.org/map', sourceCoding: coding }));
    assert.equal(read(translated, 'result'), true);
    const { group } = terminology.closure({ name: 'c', version: 0, concepts: [{ system: canonical, code: 'organ' }] }, [
      { system: name, code: 'heart' },
    ]);
    assert.equal(group?.length, 1);
  });
}

test('a value set may name its code systems by an alias', () => {
  const { expansion } = terminology.expand(ask({ url: 'http://example.org/by-oid' }));
  assert.deepEqual(
    expansion?.contains?.map(({ system, code }) => [system, code]),
    [[canonical, 'heart']],
  );
});

test('HL7 Terminology brings the OIDs of its code systems, and of those that others keep', () => {
  assert.equal(
    read(terminology.lookup(ask({ system: 'urn:oid:2.16.840.1.113883.5.1', code: 'F' })), 'system'),
    'http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender',
  );
  assert.equal(
    read(terminology.lookup(ask({ system: 'urn:oid:2.16.840.1.113883.6.8', code: 'mg' })), 'system'),
    'http://unitsofmeasure.org',
  );
});

test('what a NamingSystem says counts as long as it is there, and for this request when it comes along', () => {
  changing.delete('3');
  assert.throws(() => terminology.lookup(ask({ system: oid, code: 'heart' })), /urn:oid:2.16.860.1.7/);
  const along = ask({ system: oid, code: 'heart' });
  along.parameter?.push({ name: 'tx-resource', resource: naming as unknown as NamingSystem });
  assert.equal(read(terminology.lookup(along), 'system'), canonical);
  put(naming, '3');
  assert.equal(read(terminology.lookup(ask({ system: oid, code: 'heart' })), 'system'), canonical);
});

test('a NamingSystem of identifiers names no code system, and one that is known under its own name is that', () => {
  const source = new ResourceSource();
  for (const one of [...resources, { ...naming, kind: 'identifier' }]) source.add(one);
  assert.deepEqual(source.aliases(oid), []);
  source.add(naming);
  assert.deepEqual(source.aliases(oid), [canonical, oid, 'ORGANS']);
});
