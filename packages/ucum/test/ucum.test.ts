import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversion, convertUnit, dimensionsOf, unitOf } from '../src/index.ts';

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
