import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator, type Codes } from '../src/index.ts';
import { coreValueSet } from '../src/terminology/core-codes.ts';

describe('value sets of R5 core', () => {
  const of = (name: string, code: string, system?: string) =>
    coreValueSet(`http://hl7.org/fhir/ValueSet/${name}`)?.validate(system, code);

  it('are known by their codes', () => {
    assert.equal(of('administrative-gender', 'female'), 'in');
    assert.equal(of('administrative-gender', 'Female'), 'out');
    assert.equal(of('administrative-gender|5.0.0', 'female', 'http://hl7.org/fhir/administrative-gender'), 'in');
    assert.equal(of('administrative-gender', 'female', 'urn:x'), 'out');
    assert.equal(of('administrative-gender|4.0.1', 'female'), undefined);
    assert.equal(of('condition-clinical', 'active', 'http://terminology.hl7.org/CodeSystem/condition-clinical'), 'in');
    assert.equal(of('currencies', 'UZS', 'urn:iso:std:iso:4217'), 'in');
    assert.equal(of('resource-types', 'Patient'), 'in');
    assert.equal(of('timezones', 'Asia/Tashkent'), 'in');
    assert.equal(of('no-such-value-set', 'x'), undefined);
    assert.equal(of('constructor', 'x'), undefined);
  });

  it('or by their grammar', () => {
    for (const code of ['uz', 'uz-Cyrl-UZ', 'en-GB', 'sr-Latn', 'x-own', 'de-CH-1996'])
      assert.equal(of('all-languages', code), 'in', code);
    for (const code of ['u', 'uz_UZ', 'english language', '-', 'uz-'])
      assert.equal(of('all-languages', code), 'out', code);
    for (const code of ['text/plain', 'application/fhir+json; charset=utf-8', 'json', 'a/b;c="d e"'])
      assert.equal(of('mimetypes', code), 'in', code);
    for (const code of ['pdf', 'text/', 'a/b; c', 'a b/c']) assert.equal(of('mimetypes', code), 'out', code);
    for (const code of ['mm[Hg]', '10*9/L', '{score}', 'kg/m2', '1', '%'])
      assert.equal(of('ucum-units', code), 'in', code);
    for (const code of ['mm Hg', '', '{score', 'mm[Hg', 'µg']) assert.equal(of('ucum-units', code), 'out', code);
  });
});

describe('codes that the terminology knows', () => {
  const codes: Codes = {
    validate: () => 'unknown',
    concept: (system, code) => {
      if (system === 'urn:silent') return undefined;
      if (system !== 'urn:s') return { known: 'unknown' };
      return code === 'a'
        ? { known: 'yes', displays: ['First  one', 'Birinchi'] }
        : code === 'old'
          ? { known: 'yes', status: 'retired' }
          : { known: 'no' };
    },
  };
  const of = (coding: object) =>
    new Validator({ codes })
      .validate({ resourceType: 'Basic', code: { coding: [coding] } })
      .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);

  it('exist, are in use and are called so', () => {
    assert.deepEqual(of({ system: 'urn:s', code: 'a', display: 'first one ' }), []);
    assert.deepEqual(of({ system: 'urn:s', code: 'a', display: 'Birinchi' }), []);
    assert.deepEqual(of({ system: 'urn:s', code: 'a', display: 'Second' }), [
      'warning display-wrong Basic.code.coding[0].display',
    ]);
    assert.deepEqual(of({ system: 'urn:s', code: 'b' }), ['error code-unknown Basic.code.coding[0].code']);
    assert.deepEqual(of({ system: 'urn:s', code: 'old' }), ['warning code-inactive Basic.code.coding[0]']);
    assert.deepEqual(of({ system: 'urn:t', code: 'a' }), ['warning code-system-unknown Basic.code.coding[0].system']);
    assert.deepEqual(of({ system: 'urn:silent', code: 'a' }), []);
    assert.deepEqual(of({ code: 'a' }), ['warning coding-without-system Basic.code.coding[0]']);
  });

  it('are units that exist, in a Quantity', () => {
    const unit = (unknownCodes: 'error' | 'warning', system: string, code: string) =>
      new Validator({ codes, unknownCodes })
        .validate({ resourceType: 'Substance', instance: true, code: {}, quantity: { value: 1, system, code } })
        .filter(({ id }) => id.startsWith('code-'))
        .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);
    assert.deepEqual(unit('error', 'urn:s', 'a'), []);
    assert.deepEqual(unit('error', 'urn:t', 'b'), []);
    assert.deepEqual(unit('error', 'urn:s', 'b'), ['error code-unknown Substance.quantity.code']);
    assert.deepEqual(unit('warning', 'urn:s', 'b'), ['warning code-unknown Substance.quantity.code']);
  });
});

describe('vital signs', () => {
  const heartRate = {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  };

  it('meet the profile of R5 when that is asked for', () => {
    assert.deepEqual(new Validator().validate(heartRate), []);
    const ids = new Validator({ vitalSigns: true })
      .validate(heartRate)
      .map(({ id, values }) => `${id} ${String(values['element'] ?? values['slice'] ?? values['key'])}`);
    assert.deepEqual(ids.sort(), [
      'element-missing category',
      'element-missing effective[x]',
      'element-missing subject',
      'invariant vs-2',
      'slice-missing category:VSCat',
    ]);
  });
});

describe('a profile that claims to comply with another', () => {
  const url = 'http://example.org/StructureDefinition/claimed';
  const definition = (element: object[], more: object = {}) => ({
    resourceType: 'StructureDefinition',
    name: 'Tested',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    differential: { element },
    ...more,
  });
  const claimed = definition([{ id: 'Patient.name', path: 'Patient.name', min: 1, max: '2' }], { url });
  const lacks = (element: object[]) =>
    new Validator({
      definitions: { structure: (canonical) => (canonical === url ? (claimed as never) : undefined) },
      unknownExtensions: 'ignore',
    })
      .validate(
        definition(element, {
          url: 'http://example.org/x',
          extension: [
            {
              url: 'http://hl7.org/fhir/StructureDefinition/structuredefinition-compliesWithProfile',
              valueCanonical: url,
            },
          ],
        }),
      )
      .filter(({ id }) => id === 'profile-not-compliant')
      .map(({ values }) => `${String(values['path'])} ${String(values['expected'])}`);

  it('asks for no less', () => {
    assert.deepEqual(lacks([{ id: 'Patient.name', path: 'Patient.name', min: 1, max: '1' }]), []);
    assert.deepEqual(lacks([{ id: 'Patient.active', path: 'Patient.active', min: 1 }]), [
      'Patient.name min 1',
      'Patient.name max 2',
    ]);
  });
});
