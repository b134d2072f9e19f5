/** Rules that resources showed which were made topic by topic: each right as it is, and turned once. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { builtInCodes, contentFile, Validator } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';
import { base, found, observation, patient, profile } from './tested-profile.ts';

const content = await readFile(contentFile);
const validator = new Validator({ codes: builtInCodes(content) });

/** Findings of R5 alone, as `severity id place`. */
const plainly = (resource: object): string[] =>
  validator
    .validate(resource)
    .filter(({ severity }) => severity !== 'information')
    .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);

describe('a value of another type than the one that a profile leaves', () => {
  const only = (code: string) =>
    profile('Observation', [{ id: 'Observation.value[x]', path: 'Observation.value[x]', type: [{ code }] }]);

  it('has none of the elements that the type has not', () => {
    assert.deepEqual(found(observation({ valueQuantity: { value: 1, unit: 'kg' } }), only('string')), [
      'type-not-allowed Observation.value.ofType(Quantity)',
      'type-not-allowed Observation.value.ofType(Quantity).value',
      'profile-element-not-allowed unit Observation.value.ofType(Quantity).unit',
    ]);
    assert.deepEqual(found(observation({ valueCodeableConcept: { text: 'a' } }), only('Quantity')), [
      'type-not-allowed Observation.value.ofType(CodeableConcept)',
      'profile-element-not-allowed text Observation.value.ofType(CodeableConcept).text',
    ]);
  });

  it('is told alone where it has no elements', () => {
    assert.deepEqual(found(observation({ valueString: 'a' }), only('Quantity')), [
      'type-not-allowed Observation.value.ofType(string)',
    ]);
  });
});

describe('a list without items', () => {
  const valueSet = (compose: object): object => ({ resourceType: 'ValueSet', status: 'draft', compose });

  it('is none of the items that must be there', () => {
    assert.deepEqual(plainly(valueSet({ include: [] })), [
      'error array-empty ValueSet.compose.include',
      'error element-missing ValueSet.compose',
    ]);
  });

  it('leaves its element without content, which is told once', () => {
    assert.deepEqual(plainly({ resourceType: 'Patient', name: [{ given: [] }] }), [
      'error array-empty Patient.name[0].given',
    ]);
  });
});

describe('the system of a unit', () => {
  const measured = (system: string): object => observation({ valueQuantity: { value: 1, system, code: 'kg' } });

  it('is the name of a code system and nothing more', () => {
    assert.deepEqual(plainly(measured('http://unitsofmeasure.org')), []);
    assert.deepEqual(plainly(measured('http://unitsofmeasure.org/')), [
      'error coding-system-wrong Observation.value.ofType(Quantity)',
    ]);
    assert.deepEqual(plainly(measured('http://www.nlm.nih.gov/research/umls/rxnorm/a')), [
      'error coding-system-wrong Observation.value.ofType(Quantity)',
    ]);
  });

  it('is that of a version which is not at hand', () => {
    const tagged = (system: string, more: object): object => ({
      resourceType: 'Patient',
      meta: { tag: [{ system, code: 'male', ...more }] },
    });
    const gender = 'http://hl7.org/fhir/administrative-gender';
    const wrong = (resource: object) => plainly(resource).filter((one) => one.includes('coding-system-wrong'));
    assert.deepEqual(wrong(tagged(gender, { version: '1.0.0' })), []);
    assert.deepEqual(wrong(tagged(`${gender}|5.0.0`, {})), []);
    assert.equal(wrong(tagged(`${gender}/none`, {})).length, 1);
  });

  it('may be one that nobody here knows', () => {
    assert.deepEqual(plainly(measured('http://example.org/units')), []);
  });
});

describe('the full URL of an entry', () => {
  const bundle = (fullUrl: string): object => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ fullUrl, resource: { resourceType: 'Patient', active: true } }],
  });

  it('has its scheme in small letters and no spaces', () => {
    const wrong = ['error bundle-full-url-relative Bundle.entry[0]'];
    assert.deepEqual(plainly(bundle('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0')), []);
    assert.deepEqual(plainly(bundle('URN:UUID:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0')), wrong);
    assert.ok(plainly(bundle('http://example.org/a b')).includes(wrong[0]!));
  });
});

describe('an entry that claims the profile its Bundle asks for', () => {
  it('is checked against it once', () => {
    const asked = {
      ...profile('Patient', [{ id: 'Patient.active', path: 'Patient.active', min: 1 }]),
      url: 'urn:asked',
    };
    const bundle = profile('Bundle', [
      {
        id: 'Bundle.entry',
        path: 'Bundle.entry',
        slicing: { discriminator: [{ type: 'type', path: 'resource' }], rules: 'open' },
      },
      { id: 'Bundle.entry:one', path: 'Bundle.entry', sliceName: 'one' },
      {
        id: 'Bundle.entry:one.resource',
        path: 'Bundle.entry.resource',
        type: [{ code: 'Patient', profile: ['urn:asked'] }],
      },
    ]);
    const entry = (meta: object): object => ({
      fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
      resource: patient({ ...meta, gender: 'male' }),
    });
    const missing = ['element-missing active Bundle.entry[0].resource'];
    const of = (meta: object): string[] =>
      found({ resourceType: 'Bundle', type: 'collection', entry: [entry(meta)] }, bundle, asked);
    assert.deepEqual(of({}), missing);
    assert.deepEqual(of({ meta: { profile: ['urn:asked'] } }), missing);
    assert.deepEqual(of({ meta: { profile: [`${base}Patient`] } }), missing);
  });
});

describe('slices', () => {
  const sliced = (
    discriminator: object,
    ...slices: readonly (readonly [name: string, more: object, parts?: object[]])[]
  ) =>
    profile('Patient', [
      {
        id: 'Patient.identifier',
        path: 'Patient.identifier',
        slicing: { discriminator: [discriminator as never], rules: 'closed' },
      },
      ...slices.flatMap(([name, more, parts = []]) => [
        { id: `Patient.identifier:${name}`, path: 'Patient.identifier', sliceName: name, ...more },
        ...(parts as never[]),
      ]),
    ]);
  const numbered = (count: number): object[] => Array.from({ length: count }, (_one, i) => ({ value: String(i + 1) }));

  it('by position have as many items each as they must have', () => {
    const value = (name: string): object[] => [
      { id: `Patient.identifier:${name}.system`, path: 'Patient.identifier.system', max: '0' },
    ];
    const made = sliced(
      { type: 'position', path: '$this' },
      ['first', { min: 2, max: '2' }],
      ['last', { max: '1' }, value('last')],
    );
    assert.deepEqual(found(patient({ identifier: numbered(3) }), made), []);
    assert.deepEqual(found(patient({ identifier: numbered(4) }), made), [
      'slice-unknown identifier Patient.identifier[3]',
    ]);
  });

  it('are told by what they may not have, too', () => {
    const period = (more: object): object[] => [
      { id: 'Patient.identifier:a.period', path: 'Patient.identifier.period', ...more },
    ];
    const made = sliced({ type: 'value', path: 'period' }, ['a', {}, period({ max: '0' })]);
    assert.deepEqual(found(patient({ identifier: [{ value: '1' }] }), made), []);
    assert.deepEqual(found(patient({ identifier: [{ value: '1', period: { end: '2020' } }] }), made), [
      'slice-unknown identifier Patient.identifier[0]',
    ]);
  });

  it('cannot be told by what their targets may have', () => {
    const made = profile('Patient', [
      {
        id: 'Patient.generalPractitioner',
        path: 'Patient.generalPractitioner',
        slicing: { discriminator: [{ type: 'value', path: 'resolve().active' }], rules: 'closed' },
      },
      {
        id: 'Patient.generalPractitioner:one',
        path: 'Patient.generalPractitioner',
        sliceName: 'one',
        type: [{ code: 'Reference', targetProfile: [`${base}Practitioner`] }],
      },
    ]);
    assert.deepEqual(found(patient({ generalPractitioner: [{ reference: 'Practitioner/1' }] }), made), [
      'slicing-unclear generalPractitioner:one Patient.generalPractitioner[0]',
    ]);
  });
});

describe('a profile of which no snapshot can be made', () => {
  const defined = (element: readonly object[], more: object = {}): object => ({
    ...{ resourceType: 'StructureDefinition', url: 'http://example.org/tested', name: 'Tested', status: 'draft' },
    ...{ fhirVersion: '5.0.0', kind: 'resource', abstract: false, type: 'Patient', derivation: 'constraint' },
    ...{
      baseDefinition: `${base}Patient`,
      differential: { element: [{ id: 'Patient', path: 'Patient' }, ...element] },
    },
    ...more,
  });
  /** Findings about the snapshot, and about elements that are not in it. */
  const told = (resource: object): string[] =>
    plainly(resource).filter((one) => /definition-(?:snapshot|slices|element-unknown)/.test(one));
  const snapshot = ['error definition-snapshot StructureDefinition'];
  const lost = { id: 'Patient.none', path: 'Patient.none' };

  it('is told as that, and nothing more of its elements', () => {
    assert.deepEqual(told(defined([])), []);
    assert.equal(told(defined([lost])).length, 2);
    assert.deepEqual(told(defined([lost], { baseDefinition: `${base}Observation` })), snapshot);
    const other = {
      id: 'Patient.name',
      path: 'Patient.name',
      type: [{ code: 'HumanName', profile: [`${base}Address`] }],
    };
    assert.deepEqual(told(defined([lost, other])), snapshot);
    const sliced = (type: string, rules: string): object => ({
      ...{ id: 'Patient.name', path: 'Patient.name' },
      slicing: { discriminator: [{ type, path: 'use' }], rules },
    });
    assert.deepEqual(told(defined([sliced('value', 'open')])), []);
    assert.deepEqual(told(defined([sliced('none', 'open')])), snapshot);
    assert.deepEqual(told(defined([sliced('value', 'none')])), snapshot);
    assert.deepEqual(told(defined([lost], { kind: 'none' })), snapshot);
    assert.deepEqual(told(defined([lost], { context: [{ type: 'none', expression: 'Patient' }] })), snapshot);
    const bound = { id: 'Patient.gender', path: 'Patient.gender', binding: { strength: 'none' } };
    assert.deepEqual(told(defined([bound])), snapshot);
  });

  it('slices a choice by something else than its type', () => {
    const sliced = (type: string): object => ({
      ...{ id: 'Patient.deceased[x]', path: 'Patient.deceased[x]' },
      slicing: { discriminator: [{ type, path: '$this' }], rules: 'open' },
    });
    assert.deepEqual(told(defined([sliced('type')])), []);
    assert.deepEqual(told(defined([sliced('value')])), ['error definition-slices-of-type StructureDefinition']);
  });
});

describe('a required binding of a profile', () => {
  const bound = (valueSet: string): object => ({
    ...{ resourceType: 'StructureDefinition', url: 'http://example.org/tested', name: 'Tested', status: 'draft' },
    ...{ fhirVersion: '5.0.0', kind: 'resource', abstract: false, type: 'Patient', derivation: 'constraint' },
    baseDefinition: `${base}Patient`,
    differential: {
      element: [{ id: 'Patient.gender', path: 'Patient.gender', binding: { strength: 'required', valueSet } }],
    },
  });
  const told = (valueSet: string): string[] =>
    plainly(bound(valueSet)).filter((one) => one.includes('definition-binding'));

  it('has no codes that the required one of its base has not', () => {
    assert.deepEqual(told('http://hl7.org/fhir/ValueSet/administrative-gender'), []);
    assert.deepEqual(told('http://hl7.org/fhir/ValueSet/marital-status'), [
      'error definition-binding-wider StructureDefinition',
    ]);
  });
});

describe('a code of a unit without its system', () => {
  const sampled = (intervalUnit: string): object =>
    observation({
      valueSampledData: { origin: { value: 1 }, interval: 1, intervalUnit, dimensions: 1, data: '1 2' },
    });

  it('is one of a unit that there is', () => {
    assert.deepEqual(plainly(sampled('ms')), []);
    assert.deepEqual(plainly(sampled('none')), [
      'error code-not-in-value-set Observation.value.ofType(SampledData).intervalUnit',
    ]);
  });
});

describe('an attachment', () => {
  const told = (attachment: object): string[] =>
    plainly({ resourceType: 'Patient', photo: [{ contentType: 'text/plain', ...attachment }] });

  it('has no white space in its data', () => {
    for (const data of ['aGVs bG8=', 'aGVs\nbG8='])
      assert.ok(told({ data }).includes('error attachment-data Patient.photo[0]'), data);
    assert.deepEqual(told({ data: 'aGVsbG8=' }), []);
  });

  it('has the hash of its data, however the bits that stand for nothing are', () => {
    for (const hash of ['qvTGHdzF6KLavt4PO0gs2a6pQ00=', 'qvTGHdzF6KLavt4PO0gs2a6pQ01='])
      assert.deepEqual(told({ data: 'aGVsbG8=', hash }), [], hash);
    assert.deepEqual(told({ data: 'aGVsbG8=', hash: 'qvTGHdzF6KLavt4PO0gs2a6pQ10=' }), [
      'error attachment-hash Patient.photo[0]',
    ]);
  });
});

describe('values at the edge of their types', () => {
  const parameter = (value: object): object => ({ resourceType: 'Parameters', parameter: [{ name: 'a', ...value }] });

  it('are years from 1800 to eighty years from now', () => {
    const dated = new Validator({ codes: builtInCodes(content), now: () => new Date('2031-05-01') });
    for (const [year, count] of [
      ['1799', 1],
      ['1800', 0],
      ['2111', 0],
      ['2112', 1],
    ] as const)
      assert.equal(dated.validate(parameter({ valueDate: year })).length, count, year);
  });

  it('are nothing where they are an empty text, whatever JSON their type asks for', () => {
    for (const value of [{ valueBoolean: '' }, { valueInteger: '' }, { valueDecimal: '' }])
      assert.ok(
        plainly(parameter(value)).some((one) => one.startsWith('error invariant Parameters.parameter[0].value.')),
        JSON.stringify(value),
      );
    assert.ok(!plainly(parameter({ valueInteger: 'a' })).some((one) => one.includes(' invariant ')));
  });
});

describe('the address of an extension', () => {
  const told = (url: string): string[] =>
    plainly({ resourceType: 'Patient', extension: [{ url, valueString: 'a' }] }).filter((one) =>
      one.endsWith('Patient.extension[0]'),
    );

  it('is there, and is one without white space', () => {
    assert.ok(told('').includes('error extension-without-url Patient.extension[0]'));
    assert.ok(told('http://example.org/x ').includes('error extension-url Patient.extension[0]'));
    assert.deepEqual(told('http://example.org/x'), []);
  });
});

describe('a binding of which a profile says a part', () => {
  const wrong = { coding: [{ system: 'http://hl7.org/fhir/administrative-gender', code: 'male' }] };
  const told = (binding: object, on: 'category' | 'interpretation', base?: object): string[] => {
    const id = `Observation.${on}`;
    const of = (more: object) => profile('Observation', [{ id, path: id, binding: more as { strength: 'required' } }]);
    const definitions =
      base === undefined
        ? [of(binding)]
        : [of(base), { ...of(binding), url: 'urn:derived', baseDefinition: of(base).url }];
    const claimed = definitions.at(-1)!.url;
    return new Validator({
      codes: builtInCodes(content),
      definitions: definitionsOf(definitions.map((one) => ({ resourceType: 'StructureDefinition', ...one }))),
    })
      .validate(observation({ [on]: [wrong] }), [claimed])
      .filter(({ id: rule }) => rule === 'concept-not-in-value-set')
      .map(({ severity, expression }) => `${severity} ${expression}`);
  };

  it('is of the value set of R5 where it says how strong it is alone', () => {
    assert.deepEqual(told({ strength: 'required' }, 'category'), ['error Observation.category[0]']);
    assert.deepEqual(told({ strength: 'preferred' }, 'category'), []);
  });

  it('is as strong as R5 has it where it names a value set alone', () => {
    const valueSet = 'http://hl7.org/fhir/ValueSet/observation-category';
    assert.deepEqual(told({ valueSet }, 'category'), []);
    assert.deepEqual(told({ valueSet }, 'category', { strength: 'required' }), ['error Observation.category[0]']);
  });

  it('is of the value set of the profile that it is made of', () => {
    const valueSet = 'http://hl7.org/fhir/ValueSet/administrative-gender';
    assert.deepEqual(told({ strength: 'required' }, 'category', { strength: 'preferred', valueSet }), []);
    assert.deepEqual(told({ strength: 'required' }, 'category', { strength: 'preferred' }), [
      'error Observation.category[0]',
    ]);
  });
});
