import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator, type StructureDefinition } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';
import type { Json } from './published.ts';
import { base, found, observation, patient, profile, url } from './tested-profile.ts';

const structure = 'http://hl7.org/fhir/StructureDefinition/';
const ucum = 'http://unitsofmeasure.org';

/** Returns a profile that constrains one element. */
const of = (path: string, more: object): StructureDefinition =>
  profile(path.split('.')[0]!, [{ id: path, path, ...more }]);

/** Returns the ids of findings, with a fixed clock and one convertible unit. */
function at(resource: Json, definition: StructureDefinition): string[] {
  const validator = new Validator({
    definitions: definitionsOf([{ resourceType: 'StructureDefinition', ...definition }]),
    unknownExtensions: 'ignore',
    now: () => new Date('2026-06-15T12:00:00Z'),
    convertUnit: (value, from, to) => (from === 'mg' && to === 'g' ? value / 1000 : undefined),
  });
  return validator.validate(resource, [url]).map(({ id }) => id);
}

const quantity = (value: number, code: string): Json => observation({ valueQuantity: { value, system: ucum, code } });

describe('limits of values', () => {
  it('of quantities, in other units where they can be converted', () => {
    const least = of('Observation.value[x]', { minValueQuantity: { value: 1, system: ucum, code: 'g' } });
    assert.deepEqual(at(quantity(500, 'mg'), least), ['value-below-minimum']);
    assert.deepEqual(at(quantity(1500, 'mg'), least), []);
    assert.deepEqual(at(quantity(0.5, 'g'), least), ['value-below-minimum']);
    assert.deepEqual(at(quantity(0.5, 'm'), least), ['value-not-comparable']);
  });

  it('of quantities that have what is compared, else each lack is told', () => {
    const kilogram = { value: 1, system: ucum, code: 'kg' };
    const told = (quantity: Json, limit: object): string[] =>
      at(observation({ valueQuantity: quantity }), of('Observation.value[x]', { minValueQuantity: limit }));
    assert.deepEqual(told({ value: 0.5, system: ucum, code: 'kg' }, kilogram), ['value-below-minimum']);
    for (const [quantity, limit] of [
      [{ system: ucum, code: 'kg' }, kilogram],
      [{ value: 5 }, kilogram],
      [{ value: 5, system: ucum }, kilogram],
      [{ value: 5, system: 'urn:other', code: 'kg' }, kilogram],
      [{ value: 5, system: ucum, code: 'kg' }, { value: 1 }],
      [
        { value: 5, system: ucum, code: 'kg' },
        { value: 1, system: ucum },
      ],
      [
        { value: 5, system: 'urn:own', code: 'b' },
        { value: 1, system: 'urn:own', code: 'a' },
      ],
    ])
      assert.ok(told(quantity!, limit!).includes('limit-not-compared'), JSON.stringify([quantity, limit]));
    assert.deepEqual(told({ value: 5, system: ucum, code: 'kg' }, { system: ucum, code: 'kg' }), [
      'limit-without-value',
    ]);
  });

  it('that are no quantities are told where an amount would be compared with them', () => {
    for (const limit of [{ minValueInteger: 3 }, { maxValueDecimal: 3.5 }, { minValueDate: '2000-01-01' }]) {
      const told = (quantity: object): string[] =>
        at(observation({ valueQuantity: quantity }), of('Observation.value[x]', limit));
      assert.deepEqual(told({ value: 5, unit: 'mg' }), ['limit-no-quantity'], JSON.stringify(limit));
      assert.deepEqual(told({ unit: 'mg' }), ['limit-not-compared']);
    }
  });

  it('that are no durations are told where a moment would be compared with them', () => {
    const told = (limit: object): string[] =>
      at(patient({ birthDate: '2000-01-01' }), of('Patient.birthDate', { maxValueQuantity: limit }));
    assert.deepEqual(told({ value: 1, system: ucum, code: 'd' }), []);
    for (const limit of [
      { value: 1, system: ucum, code: 'd', comparator: '<' },
      { value: 1.5, system: ucum, code: 'mo' },
      { value: 1, system: ucum, code: 'kg' },
      { value: 1, code: 'd' },
      { system: ucum, code: 'd' },
    ])
      assert.deepEqual(told(limit), ['limit-no-duration'], JSON.stringify(limit));
  });

  it('of moments, whose zones count', () => {
    const least = of('Observation.effective[x]', { minValueDateTime: '2020-01-01T00:00:00Z' });
    const effective = (text: string): Json => observation({ effectiveDateTime: text });
    assert.deepEqual(at(effective('2020-01-01T01:00:00+05:00'), least), ['value-below-minimum']);
    assert.deepEqual(at(effective('2019-12-31T23:30:00-05:00'), least), []);
    assert.deepEqual(at(effective('2019'), least), ['value-below-minimum']);
  });

  it('that lie a duration from now', () => {
    const years = (value: number) => ({ value, system: ucum, code: 'a' });
    const born = (birthDate: string): Json => patient({ birthDate });
    const range = of('Patient.birthDate', { minValueQuantity: years(120), maxValueQuantity: years(0) });
    assert.deepEqual(at(born('1906-06-14'), range), ['value-below-minimum']);
    assert.deepEqual(at(born('1906-06-15'), range), []);
    assert.deepEqual(at(born('2026-06-15'), range), []);
    assert.deepEqual(at(born('2026-06-16'), range), ['value-above-maximum']);
  });

  it('of integer64, which is a text', () => {
    const least = of('Patient.photo.size', { minValueInteger64: '20' });
    const photo = (size: string): Json => patient({ photo: [{ url: 'http://example.org/p', size }] });
    assert.deepEqual(at(photo('100'), least), []);
    assert.deepEqual(at(photo('9'), least), ['value-below-minimum']);
  });

  it('of texts and decimals, by extensions', () => {
    const by = (path: string, name: string, value: object): StructureDefinition =>
      of(path, { extension: [{ url: structure + name, ...value }] });
    const named = (family: string): Json => patient({ name: [{ family }] });
    assert.deepEqual(at(named('ab'), by('Patient.name.family', 'minLength', { valueInteger: 3 })), ['value-too-short']);
    const digits = by('Patient.name.family', 'regex', { valueString: String.raw`\d'\w+` });
    assert.deepEqual(at(named("1'a"), digits), []);
    assert.deepEqual(at(named("1'a-"), digits), ['value-pattern']);
    const broken = by('Patient.name.family', 'regex', { valueString: '(' });
    assert.deepEqual(at(named('a'), broken), ['invariant-not-evaluated']);
    const places = by('Observation.value[x].value', 'maxDecimalPlaces', { valueInteger: 2 });
    assert.deepEqual(at(quantity(1.234, 'g'), places), ['value-decimal-places']);
    assert.deepEqual(at(quantity(1.23, 'g'), places), []);
  });

  it('values that extensions may stand for', () => {
    const only = of('Patient.birthDate', { valueAlternatives: [`${structure}data-absent-reason`] });
    const without = (name: string, value: object): Json =>
      patient({ _birthDate: { extension: [{ url: structure + name, ...value }] } });
    assert.deepEqual(at(without('data-absent-reason', { valueCode: 'unknown' }), only), []);
    assert.deepEqual(at(without('rendered-value', { valueString: 'x' }), only), ['value-required']);
  });
});

describe('what a profile says of parts', () => {
  const extension = (name: string): StructureDefinition => ({
    url: `http://example.org/${name}`,
    kind: 'complex-type',
    type: 'Extension',
    baseDefinition: `${base}Extension`,
    derivation: 'constraint',
    differential: { element: [] },
  });
  const mark = extension('mark');

  it('an extension that a primitive must have', () => {
    const marked = of('Patient.gender.extension:mark', {
      path: 'Patient.gender.extension',
      sliceName: 'mark',
      min: 1,
      type: [{ code: 'Extension', profile: [mark.url] }],
    });
    assert.deepEqual(found(patient({ gender: 'male' }), marked, mark), ['slice-missing extension:mark Patient.gender']);
    const there = { gender: 'male', _gender: { extension: [{ url: mark.url, valueString: 'x' }] } };
    assert.deepEqual(found(patient(there), marked, mark), []);
    assert.deepEqual(found(patient({}), marked, mark), []);
  });

  it('slices told by whether an extension exists', () => {
    const path = 'Patient.identifier';
    const type = [{ code: 'Extension', profile: [mark.url] }];
    const sliced = profile('Patient', [
      {
        ...{ id: path, path },
        slicing: { discriminator: [{ type: 'exists', path: `extension('${mark.url}')` }], rules: 'open' },
      },
      { id: `${path}:with`, path, sliceName: 'with', max: '1' },
      { id: `${path}:with.extension:mark`, path: `${path}.extension`, sliceName: 'mark', min: 1, type },
      { id: `${path}:none`, path, sliceName: 'none', max: '1' },
      { id: `${path}:none.extension:mark`, path: `${path}.extension`, sliceName: 'mark', max: '0', type },
    ]);
    const marked = { value: '1', extension: [{ url: mark.url, valueString: 'x' }] };
    const plain = { value: '2' };
    assert.deepEqual(found(patient({ identifier: [marked, plain] }), sliced, mark), []);
    assert.deepEqual(found(patient({ identifier: [marked, marked] }), sliced, mark), [
      'slice-too-many identifier:with Patient',
    ]);
    assert.deepEqual(found(patient({ identifier: [plain, plain] }), sliced, mark), [
      'slice-too-many identifier:none Patient',
    ]);
  });

  it('a binding that any one repetition meets', () => {
    const additional = [{ purpose: 'required', valueSet: 'urn:vs:a', any: true }];
    const bound = of('Observation.category', { binding: { strength: 'preferred', additional } });
    const categories = (...codes: string[]): Json =>
      observation({ category: codes.map((code) => ({ coding: [{ system: 'urn:s', code }] })) });
    assert.deepEqual(found(categories('b', 'a'), bound), []);
    assert.deepEqual(found(categories('b', 'c'), bound), ['concept-not-in-value-set Observation.category[0]']);
  });

  it('whether a reference names a version', () => {
    const rule = (versioning: 'specific' | 'independent'): StructureDefinition =>
      of('Observation.subject', { type: [{ code: 'Reference', versioning }] });
    const subject = (reference: string): Json => observation({ subject: { reference } });
    assert.deepEqual(found(subject('Patient/1'), rule('specific')), ['reference-versioning Observation.subject']);
    assert.deepEqual(found(subject('Patient/1/_history/2'), rule('specific')), []);
    assert.deepEqual(found(subject('Patient/1/_history/2'), rule('independent')), [
      'reference-versioning Observation.subject',
    ]);
  });

  it('where an extension may stand, by FHIRPath', () => {
    const first = {
      ...mark,
      context: [{ type: 'fhirpath', expression: 'Patient.name.first() | Patient.gender' }],
      contextInvariant: ["%extension.value = 'x' or family.exists()"],
    };
    const none = profile('Patient', []);
    const name = (value: string, more: object = {}) => ({
      ...{ given: ['a'], ...more },
      extension: [{ url: mark.url, valueString: value }],
    });
    assert.deepEqual(found(patient({ name: [name('x'), { given: ['b'] }] }), none, first), []);
    assert.deepEqual(found(patient({ name: [{ given: ['b'] }, name('x')] }), none, first), [
      'extension-context Patient.name[1]',
    ]);
    const onGender = { gender: 'male', _gender: { extension: [{ url: mark.url, valueString: 'y' }] } };
    assert.deepEqual(found(patient(onGender), none, first), []);
    assert.deepEqual(found(patient({ name: [name('y')] }), none, first), ['extension-invariant Patient.name[0]']);
    assert.deepEqual(found(patient({ name: [name('y', { family: 'c' })] }), none, first), []);
  });
});
