import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { keptCodes, Validator, type Codes, type StructureDefinition } from '../src/index.ts';
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
    system: () => undefined,
  };
  const of = (...coding: readonly object[]) =>
    new Validator({ codes })
      .validate({ resourceType: 'Basic', code: { coding } })
      .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);

  it('exist, are in use and are called so', () => {
    assert.deepEqual(of({ system: 'urn:s', code: 'a', display: 'first  one' }), []);
    assert.deepEqual(of({ system: 'urn:s', code: 'a', display: 'Birinchi' }), []);
    assert.deepEqual(of({ system: 'urn:s', code: 'a', display: 'Second' }), [
      'error display-wrong Basic.code.coding[0].display',
    ]);
    assert.deepEqual(of({ system: 'urn:s', code: 'a', display: 'BIRINCHI' }), []);
    assert.deepEqual(of({ system: 'urn:s', code: 'a', display: ' Birinchi' }), [
      'warning text-white-space Basic.code.coding[0].display',
      'error display-white-space Basic.code.coding[0].display',
    ]);
    assert.deepEqual(of({ system: 'urn:s', code: 'b' }), ['error code-unknown Basic.code.coding[0].code']);
    assert.deepEqual(of({ system: 'urn:s', code: 'old' }), ['warning code-inactive Basic.code.coding[0]']);
    assert.deepEqual(of({ system: 'urn:t', code: 'a' }), ['warning code-system-unknown Basic.code.coding[0].system']);
    assert.deepEqual(of({ system: 'urn:silent', code: 'a' }), []);
    assert.deepEqual(of({ code: 'a' }), ['warning coding-without-system Basic.code.coding[0]']);
    assert.deepEqual(of({ system: 'http://hl7.org/fhir/no-such', code: 'a' }), [
      'error url-not-defined Basic.code.coding[0].system',
      'warning code-system-unknown Basic.code.coding[0].system',
    ]);
    // Next to a code from a system held elsewhere, an unknown system is only information.
    const [silent, unknown] = ['urn:silent', 'urn:t'].map((system) => ({ system, code: 'a' }));
    assert.deepEqual(of(silent!, unknown!), ['information code-system-unknown Basic.code.coding[1].system']);
    assert.deepEqual(of(unknown!, silent!), ['warning code-system-unknown Basic.code.coding[0].system']);
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

describe('a code with white space', () => {
  it('is none of its value set', () => {
    const found = new Validator().validate({ resourceType: 'Patient', gender: 'male ' });
    assert.deepEqual(
      found.map(({ id, expression }) => `${id} ${expression}`),
      ['value-format Patient.gender', 'code-not-in-value-set Patient.gender'],
    );
  });
});

describe('colours', () => {
  it('are names of CSS or numbers', () => {
    const faults = (color: string) =>
      new Validator()
        .validate({ resourceType: 'DeviceMetric', type: {}, device: {}, category: 'measurement', color })
        .filter(({ expression }) => expression === 'DeviceMetric.color')
        .map(({ id }) => id);
    assert.deepEqual(['blue', '#ff0000'].map(faults), [[], []]);
    assert.deepEqual(['bluest', '#ff00'].map(faults), [['code-not-in-value-set'], ['code-not-in-value-set']]);
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
  const name = [{ id: 'Patient.name', path: 'Patient.name', min: 1, max: '2' }];
  const lacks = (element: object[], wanted: object[] = name, more: object = {}) =>
    new Validator({
      definitions: {
        structure: (canonical) => (canonical === url ? (definition(wanted, { url }) as never) : undefined),
      },
      unknownExtensions: 'ignore',
    })
      .validate(
        definition(element, {
          url: 'http://example.org/x',
          ...more,
          extension: [
            {
              url: 'http://hl7.org/fhir/StructureDefinition/structuredefinition-compliesWithProfile',
              valueCanonical: url,
            },
          ],
        }),
      )
      .filter(({ id }) => id === 'profile-not-compliant')
      .map(({ values }) => String(values['lacks']));

  it('asks for no less', () => {
    assert.deepEqual(lacks([{ id: 'Patient.name', path: 'Patient.name', min: 1, max: '1' }]), []);
    assert.deepEqual(lacks([{ id: 'Patient.active', path: 'Patient.active', min: 1 }]), [
      'Patient.name: min 1 (min 0); Patient.name: max 2 (max *)',
    ]);
    assert.deepEqual(lacks([{ id: 'Patient.name', path: 'Patient.name', max: '0' }]), ['Patient.name: min 1 (min 0)']);
  });

  const one = (path: string, more: object): object[] => [{ id: path, path, ...more }];

  it('in types and the targets of references', () => {
    const path = 'Patient.generalPractitioner';
    const targets = (...names: string[]) => ({
      type: [
        { code: 'Reference', targetProfile: names.map((type) => `http://hl7.org/fhir/StructureDefinition/${type}`) },
      ],
    });
    const wanted = one(path, targets('Organization', 'Practitioner'));
    assert.deepEqual(lacks(one(path, targets('Practitioner')), wanted), []);
    assert.equal(lacks(one(path, targets('PractitionerRole')), wanted).length, 1);
    assert.equal(lacks(one(path, {}), wanted).length, 1);
    const choice = 'Patient.deceased[x]';
    assert.deepEqual(lacks(one(choice, {}), one(choice, { type: [{ code: 'boolean' }] })), [
      'Patient.deceased: type boolean (dateTime)',
    ]);
  });

  it('in bindings: their strength, and codes that are listed', () => {
    const path = 'Patient.maritalStatus';
    const bound = (strength: string, valueSet: string): object[] => one(path, { binding: { strength, valueSet } });
    const genders = 'http://hl7.org/fhir/ValueSet/administrative-gender';
    assert.deepEqual(lacks(bound('preferred', genders), bound('required', genders)), [
      `Patient.maritalStatus: required ${genders} (preferred)`,
    ]);
    assert.deepEqual(lacks(bound('required', genders), bound('extensible', genders)), []);
    const listing = (...codes: string[]) => ({
      contained: [
        {
          ...{ resourceType: 'ValueSet', id: 'own', status: 'active' },
          compose: {
            include: [
              { system: 'http://hl7.org/fhir/administrative-gender', concept: codes.map((code) => ({ code })) },
            ],
          },
        },
      ],
    });
    assert.deepEqual(lacks(bound('required', '#own'), bound('required', genders), listing('male')), []);
    assert.deepEqual(lacks(bound('required', '#own'), bound('required', genders), listing('male', 'M')), [
      `Patient.maritalStatus: required ${genders} (M)`,
    ]);
  });

  it('in values: what is fixed above holds below, lengths are no longer', () => {
    const wanted = one('Patient.maritalStatus.text', { patternString: 'M' });
    assert.deepEqual(lacks(one('Patient.maritalStatus', { patternCodeableConcept: { text: 'M' } }), wanted), []);
    assert.deepEqual(lacks(one('Patient.maritalStatus', { patternCodeableConcept: { text: 'S' } }), wanted), [
      'Patient.maritalStatus.text: M (S)',
    ]);
    const fixed = one('Patient.maritalStatus', { fixedCodeableConcept: { text: 'M' } });
    assert.equal(lacks(one('Patient.maritalStatus', { patternCodeableConcept: { text: 'M' } }), fixed).length, 1);
    const length = (maxLength: number): object[] => one('Patient.name.family', { maxLength });
    assert.deepEqual(lacks(length(5), length(10)), []);
    assert.deepEqual(lacks(length(20), length(10)), ['Patient.name.family: maxLength 10 (maxLength 20)']);
  });

  it('in slices, which are told by their discriminators and not by their names', () => {
    const path = 'Patient.identifier';
    const sliced = (rules: string, ...slices: [name: string, system: string][]): object[] => [
      { id: path, path, slicing: { discriminator: [{ type: 'value', path: 'system' }], rules } },
      ...slices.flatMap(([sliceName, system]) => [
        { id: `${path}:${sliceName}`, path, sliceName, min: 1 },
        { id: `${path}:${sliceName}.system`, path: `${path}.system`, patternUri: system },
      ]),
    ];
    const wanted = sliced('closed', ['a', 'urn:a']);
    assert.deepEqual(lacks(sliced('closed', ['other', 'urn:a']), wanted), []);
    assert.deepEqual(lacks(sliced('open', ['a', 'urn:a']), wanted), ['Patient.identifier: closed (open)']);
    assert.deepEqual(lacks(sliced('closed', ['a', 'urn:a'], ['b', 'urn:b']), wanted), [
      'Patient.identifier:b: closed (b)',
    ]);
    assert.deepEqual(lacks(sliced('closed', ['b', 'urn:b']), wanted), [
      'Patient.identifier:a: a; Patient.identifier:b: closed (b)',
    ]);
  });
});

it('what the terminology costs counts for the validation', () => {
  const asked: (Budget | undefined)[] = [];
  const codes = keptCodes({
    validate: (_valueSet, _system, _code, budget) => {
      asked.push(budget);
      budget?.spend(2_000_000, 'a value set');
      return 'in';
    },
  });
  const structure: StructureDefinition = {
    ...{
      resourceType: 'StructureDefinition',
      url: 'urn:p',
      name: 'P',
      status: 'active',
      kind: 'resource',
      abstract: false,
    },
    ...{ type: 'Basic', baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Basic', derivation: 'constraint' },
    differential: {
      element: [
        {
          ...{ id: 'Basic', path: 'Basic' },
          constraint: [{ key: 'm-1', severity: 'error', human: 'x', expression: "code.memberOf('urn:v')" }],
        },
      ],
    },
  };
  const definitions = { structure: (url: string) => (url === 'urn:p' ? structure : undefined) };
  const validator = new Validator({ codes, definitions });
  const basic = { resourceType: 'Basic', code: { coding: [{ system: 'urn:s', code: 'a' }] } };
  assert.throws(() => validator.validate(basic, ['urn:p'], [], new Budget({ work: 1_000_000 })), BudgetSpent);
  const enough = new Budget({ work: 10_000_000 });
  assert.deepEqual(validator.validate(basic, ['urn:p'], [], enough), []);
  assert.equal(asked.length, 2);
  assert.ok(enough.used.work > 2_000_000);
});
