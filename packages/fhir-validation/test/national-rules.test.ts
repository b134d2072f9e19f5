import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';

const base = 'https://dhp.uz/fhir/core/sid/';
const validator = new Validator({ nationalRules: true });

/** Findings of a patient with an identifier: severity and id, all at its value. */
function of(system: string, value: string, more: object = {}): string[] {
  return validator
    .validate({ resourceType: 'Patient', identifier: [{ system: base + system, value }], ...more })
    .map(({ severity, id, expression }) => {
      assert.equal(expression, 'Patient.identifier[0].value');
      return `${severity} ${id}`;
    });
}

describe('national rules', () => {
  it('forms of identifiers: an error where the form is a rule, else a warning', () => {
    assert.deepEqual(of('pid/uz/ni', '3021197591003'), ['error national-identifier']);
    assert.deepEqual(of('org/uz/shif', 'OAA000024'), []);
    assert.deepEqual(of('org/uz/shif', 'OAA00024'), ['error national-identifier']);
    assert.deepEqual(of('org/uz/soliq', '200935935'), []);
    assert.deepEqual(of('org/uz/soliq', '20093593'), ['warning national-identifier']);
    assert.deepEqual(of('pid/uz/ppn/local', 'AC1234567'), []);
    assert.deepEqual(of('pid/uz/ppn/local', 'AC123456'), ['warning national-identifier']);
    assert.deepEqual(of('pid/uz/ppn/dp', 'D1234567'), []);
    assert.deepEqual(of('pid/uz/mi', 'anything'), []);
  });

  it('the digits of a PINFL: date, check digit, and what else is said of the person', () => {
    assert.deepEqual(of('pid/uz/ni', '30211975910033'), []);
    assert.deepEqual(of('pid/uz/ni', '30211975910033', { gender: 'male', birthDate: '1997-11-02' }), []);
    assert.deepEqual(of('pid/uz/ni', '30211975910033', { birthDate: '1997-11' }), []);
    assert.deepEqual(of('pid/uz/ni', '30211975910034'), ['warning national-pinfl-check-digit']);
    assert.deepEqual(of('pid/uz/ni', '12345678901234'), ['warning national-pinfl-date']);
    assert.deepEqual(of('pid/uz/ni', '90211975910033'), ['warning national-pinfl-date']);
    assert.deepEqual(of('pid/uz/ni', '30211975910033', { gender: 'female', birthDate: '1997-02-11' }), [
      'warning national-pinfl-birth-date',
      'warning national-pinfl-gender',
    ]);
  });

  it('a district lies in its region', () => {
    const address = (state: string, district: string, country = 'UZ') =>
      validator
        .validate({ resourceType: 'Patient', address: [{ country, state, district }] })
        .map(({ id, expression }) => `${id} ${expression}`);
    assert.deepEqual(address('1727', '1727220'), []);
    assert.deepEqual(address('1727', '1726220'), ['national-district Patient.address[0].district']);
    assert.deepEqual(address('Toshkent', '1726220'), []);
    assert.deepEqual(address('1727', '1726220', 'KZ'), []);
  });

  it('are asked for only where they are wanted', () => {
    assert.deepEqual(
      new Validator().validate({ resourceType: 'Patient', identifier: [{ system: `${base}pid/uz/ni`, value: '1' }] }),
      [],
    );
  });
});
