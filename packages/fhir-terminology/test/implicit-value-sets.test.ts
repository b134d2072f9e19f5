import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeSystemConcept, ResourceBase } from '@dhp/fhir-model';
import { builtIn } from './built-in.ts';
import { codes, codeSystem, parameters, terminologyOf, valueOf } from './parameters.ts';

const system = 'http://snomed.info/sct';
const edition = `${system}/900000000000207008`;
const concepts = (name: string): CodeSystemConcept[] => [
  {
    code: '138875005',
    concept: [{ code: '64572001', display: name, concept: [{ code: '195967001' }] }, { code: '71388002' }],
  },
];
const release = (date: string): ResourceBase =>
  codeSystem(system, concepts(date), {
    ...{ version: `${edition}/version/${date}`, valueSet: `${system}?fhir_vs` },
    property: [],
  });
const terminology = terminologyOf([
  release('20250101'),
  release('20260101'),
  codeSystem('http://example.org/plain', [{ code: '64572001' }]),
]);
const expanded = (url: string): (string | undefined)[] =>
  codes(terminology.expand(parameters({ url, excludeNested: true })).expansion?.contains);

test('the concepts below one, without a value set that anybody wrote', () => {
  assert.deepEqual(expanded(`${system}?fhir_vs=isa/64572001`), ['64572001', '195967001']);
  assert.equal(expanded(`${system}?fhir_vs`).length, 4);
  const check = (code: string): unknown =>
    valueOf(
      terminology.validateValueSetCode(parameters({ url: `${system}?fhir_vs=isa/64572001`, system, code })),
      'result',
    );
  assert.deepEqual([check('195967001'), check('71388002')], [true, false]);
  assert.deepEqual(terminology.members(`${system}?fhir_vs=isa/71388002`), [{ system, code: '71388002' }]);
});

test('of an edition the latest version, or the one that is named', () => {
  const display = (base: string): unknown =>
    terminology
      .expand(parameters({ url: `${base}?fhir_vs=isa/64572001`, excludeNested: true }))
      .expansion?.contains?.find(({ code }) => code === '64572001')?.display;
  assert.equal(display(system), '20260101');
  assert.equal(display(edition), '20260101');
  assert.equal(display(`${edition}/version/20250101`), '20250101');
});

test('a concept or an edition that is not there, and code systems that have no such value sets, are not known', () => {
  for (const url of [
    `${system}?fhir_vs=isa/1`,
    `${system}/111?fhir_vs`,
    `${system}?fhir_vs=refset/1`,
    `${system}?fhir_vs=isa/`,
    'http://example.org/plain?fhir_vs=isa/64572001',
  ]) {
    assert.throws(() => terminology.expand(parameters({ url })), /could not be found/, url);
  }
});

test('units of measure: all, and those that can be converted into one', () => {
  const units = terminologyOf([], builtIn);
  const check = (url: string, code: string): unknown =>
    valueOf(units.validateValueSetCode(parameters({ url, system: 'http://unitsofmeasure.org', code })), 'result');
  const speed = 'http://unitsofmeasure.org/vs/m/s';
  assert.deepEqual([check(speed, 'm/s'), check(speed, 'cm.h-1'), check(speed, 'g')], [true, true, false]);
  const international = 'http://unitsofmeasure.org/vs/[iU]';
  assert.deepEqual([check(international, '[iU]'), check(international, '{score}')], [true, false]);
  const all = 'http://unitsofmeasure.org/vs';
  assert.deepEqual([check(all, 'mmol/L'), check(all, 'pounds')], [true, false]);
  const mass = codes(units.expand(parameters({ url: 'http://unitsofmeasure.org/vs/g' })).expansion?.contains);
  assert.ok(mass.includes('kg') && mass.includes('ug') && !mass.includes('mL'), 'of those in common use');
  assert.throws(() => units.expand(parameters({ url: 'http://unitsofmeasure.org/vs/pounds' })), /could not be found/);
});
