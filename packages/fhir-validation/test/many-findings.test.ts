import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';

const kept = 1_000;
const validator = new Validator();

const patient = (names: readonly Record<string, unknown>[]) => ({
  resourceType: 'Patient',
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Aziza</div>' },
  name: names,
});

describe('many findings of a kind', () => {
  it('keeps the first of them, counts the others, and tells every other finding', () => {
    const names = Array.from({ length: 5_000 }, (_, n): Record<string, unknown> => ({ text: `Aziza ${n} ` }));
    names.push({ text: 'Aziza', use: 'nickname ' }, { text: 1 });
    const found = validator.validate(patient(names));
    const padded = found.filter(({ id }) => id === 'text-white-space');
    assert.equal(padded.length, kept);
    assert.equal(padded.at(-1)!.expression, 'Patient.name[999].text');
    const [more, ...none] = found.filter(({ id }) => id === 'more-findings');
    assert.deepEqual(none, []);
    assert.deepEqual(more, {
      ...{ severity: 'warning', code: 'invalid', id: 'more-findings', expression: 'Patient' },
      values: { kind: 'text-white-space', count: 4_000 },
    });
    const errors = found.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map(({ expression }) => expression),
      ['Patient.name[5000].use', 'Patient.name[5000].use', 'Patient.name[5001].text'],
    );
  });

  it('refuses whatever is wrong once more than is kept', () => {
    const names = Array.from({ length: 2_500 }, () => ({ text: 1 }));
    const found = validator.validate(patient(names));
    assert.equal(found.filter(({ id }) => id === 'json-type').length, kept);
    const more = found.find(({ id }) => id === 'more-findings');
    assert.equal(more?.severity, 'error');
    assert.deepEqual(more.values, { kind: 'json-type', count: 1_500 });
  });

  it('says nothing more of as many as are kept', () => {
    const names = Array.from({ length: kept }, (_, n) => ({ text: `Aziza ${n} ` }));
    assert.equal(validator.validate(patient(names)).length, kept);
  });
});
