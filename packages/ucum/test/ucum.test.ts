import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalUnitOf,
  conversion,
  convertUnit,
  definitionOf,
  dimensionsOf,
  unitOf,
  unknownUnitIn,
} from '../src/index.ts';

test('a code is one as it stands', () => {
  assert.deepEqual(unitOf('mg'), { display: 'milligram' });
  assert.deepEqual(unitOf('1'), { display: '1' });
  assert.ok(unitOf('{score}'));
  for (const none of ['gram', 'Mg/', 'м', '', ' mg', `${'g.'.repeat(100)}g`])
    assert.equal(unitOf(none), undefined, none);
});

test('names that every object of JavaScript has are no units, and words in annotations', () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    for (const code of [name, `mg/${name}`, `k${name}`, `${name}2`]) {
      assert.equal(unitOf(code), undefined, code);
      assert.equal(convertUnit(1, code, 'mg'), undefined, code);
      assert.equal(conversion('mg', code), undefined, code);
    }
    assert.ok(unitOf(`mg{${name}}`), name);
  }
});

test('nothing is printed of a text that is no unit', (context) => {
  const printed = ['log', 'warn', 'error', 'info'].map((method) => context.mock.method(console, method as 'log'));
  for (const text of ['mg()', '()', 'a b', 'x\n{"level":50}', '[[', '10**', '(((', 'degrees C']) {
    assert.equal(unitOf(text), undefined, text);
    assert.equal(convertUnit(1, text, 'mg'), undefined, text);
  }
  assert.deepEqual(
    printed.map(({ mock }) => mock.callCount()),
    [0, 0, 0, 0],
  );
});

test('an amount in another unit is exact to twelve digits, and undefined between dimensions', () => {
  assert.equal(convertUnit(0.1, 'g', 'mg'), 100);
  assert.equal(convertUnit(37, 'Cel', '[degF]'), 98.6);
  assert.equal(convertUnit(1, 'g', 'm'), undefined);
  assert.equal(convertUnit(1, 'gram', 'mg'), undefined);
  assert.equal(convertUnit(1, 'g'.repeat(201), 'mg'), undefined);
});

test('a conversion is that of each amount; arbitrary units are converted among themselves', () => {
  for (const amount of [-2, 0, 0.1, 37, 1e6]) {
    assert.equal(conversion('Cel', '[degF]')!(amount), convertUnit(amount, 'Cel', '[degF]'));
  }
  assert.equal(conversion('m[iU]/L', 'u[iU]/mL')!(3), 3);
  assert.equal(convertUnit(3, 'm[iU]/L', 'u[iU]/mL'), undefined);
  assert.equal(conversion('[iU]', "[arb'U]"), undefined);
  assert.equal(conversion('mmol/L', 'mg/dL'), undefined);
});

test('units of one dimension have it in common, others are alone', () => {
  assert.equal(dimensionsOf('mm'), dimensionsOf('[in_i]'));
  assert.notEqual(dimensionsOf('mm'), dimensionsOf('mg'));
  assert.equal(dimensionsOf('[iU]'), '[iU]');
  assert.equal(dimensionsOf('gram'), undefined);
});

test('annotations may have words, and say nothing of the unit', () => {
  assert.deepEqual(unitOf('mg/dL{milligram per deciliter}'), { display: 'mg/dL{milligram per deciliter}' });
  assert.equal(dimensionsOf('mg/dL{of blood}'), dimensionsOf('mg/dL'));
  for (const none of ['mg/dL{a{b}}', 'mg/dL{a', 'mg /dL{a}', 'mg/dL{м}']) assert.equal(unitOf(none), undefined, none);
});

test('units of turbidity are units, alone and without prefixes', () => {
  assert.deepEqual(unitOf('[NTU]'), { display: 'nephelometric turbidity unit' });
  assert.deepEqual(unitOf('[FNU]'), { display: 'formazin nephelometric unit' });
  assert.ok(unitOf('1/[NTU]'));
  assert.equal(dimensionsOf('[NTU]'), '[NTU]');
  for (const none of ['k[NTU]', 'Mi[FNU]', '[ntu]']) assert.equal(unitOf(none), undefined, none);
});

test('a definition tells what the parts of a code stand for', () => {
  for (const [code, definition] of [
    ['mg/dL', '(milligram) / (deciliter)'],
    ['mg/dL{of blood}', '(milligram) / (deciliter) * 1'],
    ['/100.g', '1 / 100 * (gram)'],
    ['mL/min/{1.73_m2}', '(milliliter) / (minute) / 1'],
    ['/(2.h)', '1 / (2 * (hour))'],
    ['m.s-2', '(meter) * (second - time ^ -2)'],
    ['%', '(percent)'],
    ['{score}', '1'],
    ['[in_i]', '(inch)'],
    ['gram', undefined],
  ] as const)
    assert.equal(definitionOf(code), definition, code);
});

test('of a text that is no unit the first part that is none is told', () => {
  assert.deepEqual(unknownUnitIn('kgXX'), { unit: 'kgXX', at: 1 });
  assert.deepEqual(unknownUnitIn('mg/(dL.Foo)'), { unit: 'Foo', at: 8 });
  assert.equal(unknownUnitIn('mg/'), undefined);
  assert.equal(unknownUnitIn('x'.repeat(201)), undefined);
});

test('a canonical unit is of base units', () => {
  for (const [code, unit] of [
    ['mL', 'm3'],
    ['kg', 'g'],
    ['N', 'g.m.s-2'],
    ['{score}', '1'],
    ['[iU]', '[iU]'],
    ['gram', undefined],
  ] as const)
    assert.equal(canonicalUnitOf(code), unit, code);
});
