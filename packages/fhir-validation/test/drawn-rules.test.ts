/** Rules found with generated resources, each with definitions of its own. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { builtInCodes, contentFile, Validator } from '../src/index.ts';
import { published } from './published.ts';

const content = await readFile(contentFile);
const home = 'http://example.org/fhir';

/** Returns the findings of a resource with definitions in addition to R5, as `severity id place`. */
function found(resource: object, definitions: readonly object[] = [], options: object = {}): string[] {
  const all = definitions as readonly Readonly<Record<string, unknown>>[];
  const of = (type: string, url: string): never =>
    all.find((one) => one['resourceType'] === type && one['url'] === url) as never;
  return new Validator({
    codes: builtInCodes(content, all),
    definitions: {
      structure: (url) => of('StructureDefinition', url),
      other: (type, url) => of(type, url),
    },
    unknownExtensions: 'ignore',
    ...options,
  })
    .validate(resource)
    .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);
}

const profile = (id: string, type: string, element: readonly object[], more: object = {}) => ({
  ...{
    resourceType: 'StructureDefinition',
    url: `${home}/StructureDefinition/${id}`,
    name: 'Tested',
    status: 'active',
  },
  ...{ kind: 'resource', abstract: false, type, derivation: 'constraint' },
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  differential: { element },
  ...more,
});

describe('a wrong display of a code that is in the value set', () => {
  const marital = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
  const patient = (display: string, more: object = {}) => ({
    resourceType: 'Patient',
    ...more,
    maritalStatus: { coding: [{ system: marital, code: 'M', display }] },
  });
  const wrong = 'error display-wrong Patient.maritalStatus.coding[0].display';

  it('is told of the concept as well, as severely as it is bound', () => {
    assert.deepEqual(found(patient('Married')), []);
    assert.deepEqual(found(patient('Single')), [wrong, 'warning display-not-in-value-set Patient.maritalStatus']);
    const url = `${home}/ValueSet/v`;
    const set = { resourceType: 'ValueSet', url, status: 'active', compose: { include: [{ system: marital }] } };
    const bound = profile('bound', 'Patient', [
      { id: 'Patient.maritalStatus', path: 'Patient.maritalStatus', binding: { strength: 'required', valueSet: url } },
    ]);
    assert.deepEqual(found(patient('Single', { meta: { profile: [bound.url] } }), [set, bound]), [
      wrong,
      'warning display-not-in-value-set Patient.maritalStatus',
      'error display-not-in-value-set Patient.maritalStatus',
    ]);
  });

  it('is right where a supplement that the value set names has it', () => {
    const supplement = {
      ...{ resourceType: 'CodeSystem', url: `${home}/CodeSystem/uz`, status: 'active', content: 'supplement' },
      ...{ supplements: marital, concept: [{ code: 'M', designation: [{ language: 'uz', value: 'Nikohda' }] }] },
    };
    const set = (url: string, extension?: object[]) => ({
      ...{ resourceType: 'ValueSet', url, status: 'active', compose: { include: [{ system: marital }] } },
      ...(extension && { extension }),
    });
    const named = [
      { url: 'http://hl7.org/fhir/StructureDefinition/valueset-supplement', valueCanonical: supplement.url },
    ];
    const findings = (extension?: object[]): string[] => {
      const value = set(`${home}/ValueSet/v`, extension);
      const bound = profile('bound', 'Patient', [
        {
          ...{ id: 'Patient.maritalStatus', path: 'Patient.maritalStatus' },
          binding: { strength: 'required', valueSet: value.url },
        },
      ]);
      const resource = patient('Nikohda', { meta: { profile: [bound.url] } });
      return found(resource, [supplement, value, bound]).filter((one) => one.startsWith('error display-not'));
    };
    assert.deepEqual(findings(named), []);
    assert.deepEqual(findings(), ['error display-not-in-value-set Patient.maritalStatus']);
  });

  it('is told of the display alone where the system is in another language, or wrong displays are warnings', () => {
    assert.deepEqual(found(patient('Nikohda', { language: 'uz' })), [wrong]);
    assert.deepEqual(found(patient('Single'), [], { wrongDisplays: 'warning' }), [wrong.replace('error', 'warning')]);
  });
});

describe('a profile that claims to comply', () => {
  const claim = (element: readonly object[], claimed: readonly object[], more: object = {}, others: object[] = []) =>
    found(
      profile('own', 'Patient', element, {
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/structuredefinition-compliesWithProfile',
            valueCanonical: `${home}/StructureDefinition/claimed`,
          },
        ],
        ...more,
      }),
      [profile('claimed', 'Patient', claimed), ...others],
    ).filter((one) => one.includes('profile-not-compliant'));
  const at = (path: string, more: object, sliceName?: string) => ({
    ...{ id: sliceName === undefined ? path : `${path}:${sliceName}`, path, ...(sliceName && { sliceName }) },
    ...more,
  });
  const error = ['error profile-not-compliant StructureDefinition'];
  const hint = ['information profile-not-compliant StructureDefinition'];

  it('is held to the elements of the resource; of their parts it is a hint', () => {
    assert.deepEqual(claim([], [at('Patient.name', { min: 1 })]), error);
    assert.deepEqual(claim([], [at('Patient.name.family', { min: 1 })]), hint);
    assert.deepEqual(claim([], [at('Patient.birthDate', { mustHaveValue: true })]), error);
    assert.deepEqual(claim([], [at('Patient.birthDate', { maxLength: 4 })]), hint);
    assert.deepEqual(
      claim([at('Patient.birthDate', { maxLength: 7 })], [at('Patient.birthDate', { maxLength: 4 })]),
      error,
    );
  });

  it('is sliced by the same, as strictly', () => {
    const slicing = (rules: string, more: object = {}) =>
      at('Patient.identifier', { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules, ...more } });
    const slice = (name: string, system: string, more: object = {}) => [
      at('Patient.identifier', more, name),
      { id: `Patient.identifier:${name}.system`, path: 'Patient.identifier.system', patternUri: system },
    ];
    const open = [slicing('open'), ...slice('a', 'urn:a')];
    assert.deepEqual(claim(open, open), []);
    assert.deepEqual(claim([slicing('open'), ...slice('b', 'urn:a')], open), [], 'the name tells nothing');
    assert.deepEqual(claim([slicing('open'), ...slice('a', 'urn:b')], open), error);
    assert.deepEqual(claim([], open), [], 'the slice may be empty');
    assert.deepEqual(claim([], [slicing('open'), ...slice('a', 'urn:a', { min: 1 })]), error);
    assert.deepEqual(claim(open, [slicing('open', { ordered: true }), ...slice('a', 'urn:a')]), error);
    assert.deepEqual(claim(open, [slicing('openAtEnd'), ...slice('a', 'urn:a')]), error);
  });

  it('has codes of the value set, wherever that stands', () => {
    const system = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
    const set = (id: string, ...codes: string[]) => ({
      ...{ resourceType: 'ValueSet', url: `${home}/ValueSet/${id}`, status: 'active' },
      compose: { include: [{ system, concept: codes.map((code) => ({ code })) }] },
    });
    const bound = (id: string) =>
      at('Patient.maritalStatus', { binding: { strength: 'required', valueSet: `${home}/ValueSet/${id}` } });
    const sets = [set('two', 'M', 'S'), set('one', 'M')];
    assert.deepEqual(claim([bound('one')], [bound('two')], {}, sets), []);
    assert.deepEqual(claim([bound('two')], [bound('one')], {}, sets), error);
  });

  it('is of the same type', () => {
    const base = 'http://hl7.org/fhir/StructureDefinition/Group';
    assert.deepEqual(claim([], [], { type: 'Group', baseDefinition: base }), error);
  });

  it('is not compared where it is none', () => {
    for (const more of [
      { derivation: 'none' },
      { type: 'Group' },
      { differential: { element: [{ id: 'Patient.name' }] } },
      { baseDefinition: 7 },
      { differential: { element: [{ id: 1, path: 2 }] } },
      { differential: [] },
    ])
      assert.deepEqual(claim([], [at('Patient.name', { min: 1 })], more), []);
  });
});

it('a definition on a type that R5 publishes as an experiment is one itself', () => {
  const told = (type: string, more: object): string[] =>
    found(profile('own', type, [], more)).filter((one) => one.includes('experimental'));
  const types = [...published('core', 'StructureDefinition')]
    .map(({ resource }) => resource)
    .filter(({ kind, derivation }) => kind === 'resource' && derivation === 'specialization');
  assert.ok(types.length > 100);
  for (const { name, experimental } of types) {
    const expected = experimental === true ? ['warning definition-base-experimental StructureDefinition'] : [];
    assert.deepEqual(told(String(name), {}), expected, String(name));
    assert.deepEqual(told(String(name), { experimental: true }), [], String(name));
  }
});

it('what is below a code that is none of the base of a supplement is not told of', () => {
  const base = { resourceType: 'CodeSystem', url: `${home}/CodeSystem/b`, status: 'active', content: 'complete' };
  const supplement = {
    ...{ resourceType: 'CodeSystem', url: `${home}/CodeSystem/s`, status: 'active', content: 'supplement' },
    ...{ supplements: base.url, concept: [{ code: 'x', concept: [{ code: 'y' }] }] },
  };
  assert.deepEqual(
    found(supplement, [{ ...base, concept: [{ code: 'a' }] }]).filter((one) => one.includes('supplement-code')),
    ['error code-system-supplement-code CodeSystem.concept[0]'],
  );
});

it('a part of a fixed list is told without its number', () => {
  const fixed = profile('fixed', 'Patient', [
    { id: 'Patient.name', path: 'Patient.name', fixedHumanName: { given: ['a', 'b'] } },
  ]);
  assert.deepEqual(
    found({ resourceType: 'Patient', meta: { profile: [fixed.url] }, name: [{ given: ['a', 'c'] }] }, [fixed]),
    ['error fixed-value Patient.name[0].given'],
  );
});

describe('criteria in CQL', () => {
  const library = { resourceType: 'Library', url: `${home}/Library/l`, status: 'active' };
  const measure = (named: string) => ({
    ...{ resourceType: 'Measure', status: 'draft', library: [named] },
    group: [{ population: [{ criteria: { language: 'text/cql-identifier', expression: 'x' } }] }],
  });
  const told = (named: string, definitions: readonly object[]): string[] =>
    found(measure(named), definitions).filter((one) => one.includes('measure-library'));

  it('need one of the libraries that the measure names, where definitions can be asked for', () => {
    const place = 'Measure.group[0].population[0].criteria';
    assert.deepEqual(told(library.url, [library]), []);
    assert.deepEqual(told(`${library.url}|1.0`, [library]), []);
    assert.deepEqual(told(library.url, []), [`error measure-library-unknown ${place}`]);
    assert.deepEqual(told(`${home}/Library/m`, [library]), [`error measure-library-unknown ${place}`]);
    assert.deepEqual(
      new Validator().validate(measure(library.url)).filter(({ id }) => id.startsWith('measure-library')),
      [],
    );
  });
});

describe('a system of HL7 that there is not', () => {
  const system = 'http://hl7.org/fhir/CodeSystem/no-such';
  const tag = (coding: object): string[] =>
    found({ resourceType: 'Patient', meta: { tag: [{ system, ...coding }] } }).filter((one) => one.includes('defined'));

  it('is told whatever the code beside it is', () => {
    for (const coding of [{ code: 'a' }, {}, { code: '' }, { code: 5 }, { display: 'A' }])
      assert.deepEqual(tag(coding), ['error url-not-defined Patient.meta.tag[0].system'], JSON.stringify(coding));
  });
});
