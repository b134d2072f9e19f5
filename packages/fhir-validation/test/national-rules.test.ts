import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import { nationalResources, skipNational } from './national.ts';

const base = 'https://dhp.uz/fhir/core/sid/';
const validator = new Validator({ nationalRules: true });

const taxNumber = {
  system: `${base}org/uz/soliq`,
  value: '200935935',
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'TAX' }] },
};

/** Returns the findings of a patient with an identifier: severity and id. All must be at its value. */
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
    assert.deepEqual(
      validator
        .validate({ resourceType: 'Organization', identifier: [{ ...taxNumber, value: '20093593' }] })
        .map(({ severity, expression }) => `${severity} ${expression}`),
      ['error Organization.identifier[0].value'],
    );
    assert.deepEqual(validator.validate({ resourceType: 'Organization', identifier: [taxNumber] }), []);
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

  it('the PINFL of another person is not compared with the one at hand', () => {
    const identifier = { system: `${base}pid/uz/ni`, value: '30211975910033' };
    const patient = { resourceType: 'Patient', gender: 'female', birthDate: '2020-01-01' };
    assert.deepEqual(validator.validate({ ...patient, generalPractitioner: [{ identifier }] }), []);
    const ids = (resourceType: string) =>
      validator.validate({ ...patient, resourceType, identifier: [identifier] }).map(({ id }) => id);
    assert.deepEqual(ids('Person'), ['national-pinfl-birth-date', 'national-pinfl-gender']);
    assert.deepEqual(ids('Practitioner'), ['national-pinfl-birth-date', 'national-pinfl-gender']);
  });

  it('what no public text states is as grave as the policy makes it; what is stated stays an error', () => {
    const values = ['30211975910034', '12345678901234', '123'];
    const patient = {
      resourceType: 'Patient',
      identifier: values.map((value) => ({ system: `${base}pid/uz/ni`, value })),
    };
    const severities = (nationalIdentifiers: 'error' | 'ignore') =>
      new Validator({ nationalRules: true, nationalIdentifiers })
        .validate(patient)
        .map(({ severity, id }) => `${severity} ${id}`);
    assert.deepEqual(severities('error'), [
      'error national-pinfl-check-digit',
      'error national-pinfl-date',
      'error national-identifier',
    ]);
    assert.deepEqual(severities('ignore'), ['error national-identifier']);
  });

  it('a district lies in its region, a place in its district', () => {
    const address = (state: string, district: string, country = 'UZ', city?: string) =>
      validator
        .validate({ resourceType: 'Patient', address: [{ country, state, district, ...(city && { city }) }] })
        .map(({ id, expression }) => `${id} ${expression}`);
    assert.deepEqual(address('1727', '1727220'), []);
    assert.deepEqual(address('1727', '1726220'), ['national-district Patient.address[0].district']);
    assert.deepEqual(address('Toshkent', '1726220'), []);
    assert.deepEqual(address('1727', '1726220', 'KZ'), []);
    assert.deepEqual(address('1718', '1718203', 'UZ', '1718203551'), []);
    assert.deepEqual(address('1718', '1718203', 'UZ', '1718206551'), ['national-city Patient.address[0].city']);
    assert.deepEqual(address('1718', '1718203', 'UZ', '17150085'), []);
  });

  it('the codes of the national package are so ordered', { skip: skipNational }, () => {
    const codes = new Map<string, string[]>();
    for (const { resourceType, id, concept } of nationalResources()) {
      if (resourceType === 'CodeSystem' && Array.isArray(concept))
        codes.set(
          String(id),
          (concept as { code: string }[]).map(({ code }) => code),
        );
    }
    const [states, districts, places] = ['states-cs', 'regions-cs', 'mahalla-coato-cs'].map((id) => codes.get(id)!);
    assert.deepEqual([states!.length, districts!.length, places!.length], [14, 206, 2615]);
    assert.deepEqual(
      districts!.filter((code) => code.length !== 7 || !states!.includes(code.slice(0, 4))),
      [],
    );
    assert.deepEqual(
      places!.filter((code) => code.length !== 10 || !districts!.includes(code.slice(0, 7))),
      [],
    );
  });

  it('are asked for only where they are wanted', () => {
    assert.deepEqual(
      new Validator().validate({ resourceType: 'Patient', identifier: [{ system: `${base}pid/uz/ni`, value: '1' }] }),
      [],
    );
  });
});
