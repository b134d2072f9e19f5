/** Profiles with obligations and narratives, values that bases fix, and bindings of elements without codes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';

const structure = 'http://hl7.org/fhir/StructureDefinition/';
const home = 'http://example.org/StructureDefinition/';
const flag = { url: `${structure}obligation-profile`, valueBoolean: true };

const profile = (id: string, elements: object[], more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'StructureDefinition', id, url: home + id, name: id, status: 'draft', kind: 'resource' },
  ...{ abstract: false, type: 'Patient', derivation: 'constraint', baseDefinition: `${structure}Patient` },
  differential: { element: [{ id: 'Patient', path: 'Patient' }, ...elements] },
  ...more,
});

const known = [
  profile('duties', [], { extension: [flag] }),
  profile('none', []),
  profile('other', [], {
    ...{ extension: [flag], type: 'Person', baseDefinition: `${structure}Person` },
    differential: { element: [{ id: 'Person', path: 'Person' }] },
  }),
  profile('female', [{ id: 'Patient.gender', path: 'Patient.gender', fixedCode: 'female' }]),
];

/** Returns errors and warnings of these kinds. */
function found(resource: object, kinds: RegExp): string[] {
  const validator = new Validator({ definitions: definitionsOf(known), unknownExtensions: 'ignore' });
  return validator
    .validate(JSON.parse(JSON.stringify(resource)))
    .filter(({ id, severity }) => kinds.test(id) && severity !== 'information')
    .map(({ id, severity, expression }) => `${severity} ${id} ${expression.replace('StructureDefinition.', '')}`);
}

describe('a profile of obligations', () => {
  const of = (element: object, more: object = {}): string[] =>
    found(
      profile('tested', [{ id: 'Patient.gender', path: 'Patient.gender', ...element }], { extension: [flag], ...more }),
      /^obligations-/,
    );
  const at = 'differential.element[1]';

  it('states duties, and narrows nothing', () => {
    assert.deepEqual(of({ mustSupport: true }), []);
    assert.deepEqual(of({ short: 'A' }), [`error obligations-not-allowed ${at}.short`]);
    const extension = [{ url: `${structure}elementdefinition-bestpractice`, valueBoolean: true }];
    assert.deepEqual(of({ extension }), [`error obligations-not-allowed ${at}.extension[0]`]);
    assert.deepEqual(of({ path: 'Patient.none' }), [`error obligations-element ${at}`]);
    assert.deepEqual(of({ id: 'Patient.name:official.given', path: 'Patient.telecom' }), [
      `error obligations-path ${at}.path`,
    ]);
    assert.deepEqual(of({ id: 'Patient.name:official.given', path: 'Patient.name.given' }), []);
  });

  it('binds as its base does', () => {
    const additional = [{ purpose: 'required', valueSet: 'http://example.org/v' }];
    assert.deepEqual(of({ binding: { strength: 'required', additional } }), [
      `error obligations-purpose ${at}.binding.additional[0]`,
    ]);
    assert.deepEqual(of({ binding: { strength: 'extensible' } }), [
      `error obligations-strength ${at}.binding.strength`,
    ]);
    assert.deepEqual(of({ id: 'Patient.active', path: 'Patient.active', binding: { strength: 'required' } }), [
      `error obligations-binding ${at}.binding`,
    ]);
  });

  it('is a profile, of what is known', () => {
    assert.deepEqual(of({}, { derivation: 'specialization' }), ['error obligations-not-profile StructureDefinition']);
    assert.deepEqual(of({}, { baseDefinition: `${home}absent` }), [
      'warning obligations-base-unknown StructureDefinition',
    ]);
  });

  it('is what others take over, on the same base', () => {
    const inherits = (id: string): string[] =>
      found(
        profile('tested', [], { extension: [{ url: `${structure}inherit-obligations`, valueCanonical: home + id }] }),
        /^obligations-/,
      );
    assert.deepEqual(inherits('duties'), []);
    assert.deepEqual(inherits('none'), ['error obligations-source extension[0]']);
    assert.deepEqual(inherits('other'), ['error obligations-base extension[0]']);
  });
});

describe('an element of a profile', () => {
  it('keeps a value that its base fixes', () => {
    const of = (value: object): string[] =>
      found(
        profile('tested', [{ id: 'Patient.gender', path: 'Patient.gender', ...value }], {
          baseDefinition: `${home}female`,
        }),
        /^(?:definition-value-base|fixed-value)$/,
      );
    assert.deepEqual(of({ fixedCode: 'female' }), []);
    assert.deepEqual(of({ fixedCode: 'male' }), ['error fixed-value differential.element[1].fixed.ofType(code)']);
    assert.deepEqual(of({ fixedString: 'female' }), [
      'error definition-value-base differential.element[1].fixed.ofType(string)',
    ]);
  });

  it('of a snapshot names its types, and the value set that it is bound to', () => {
    const of = (element: object): string[] =>
      found(
        profile('tested', [], {
          snapshot: {
            element: [
              { id: 'Patient', path: 'Patient' },
              { id: 'Patient.gender', path: 'Patient.gender', ...element },
            ],
          },
        }),
        /^definition-(?:binding-empty|type-code)$/,
      );
    const extension = [{ url: `${structure}data-absent-reason`, valueCode: 'unknown' }];
    assert.deepEqual(of({ type: [{ code: 'code' }] }), []);
    assert.deepEqual(of({ type: [{ _code: { extension } }] }), ['error definition-type-code snapshot.element[1]']);
    assert.deepEqual(of({ type: [{ code: 'code' }], binding: { strength: 'required', _valueSet: { extension } } }), [
      'warning definition-binding-empty snapshot.element[1].binding',
    ]);
  });
});

describe('a narrative that a profile says more about', () => {
  const by = (name: string, code: string): object => ({
    url: `${structure}narrative-${name}-control`,
    valueCode: code,
  });
  const of = (extension: object, inner: string): string[] => {
    const url = `${home}told`;
    const element = { id: 'Patient.text', path: 'Patient.text', extension: [extension] };
    const definitions = definitionsOf([{ ...profile('told', [element]), url }]);
    const div = `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`;
    return new Validator({ definitions })
      .validate({ resourceType: 'Patient', language: 'uz', text: { status: 'additional', div } }, [url])
      .filter(({ id }) => id.startsWith('narrative-part'))
      .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);
  };
  const uzbek = '<div lang="uz" xml:lang="uz">Aziza</div>';

  it('has parts in the languages that are asked for', () => {
    assert.deepEqual(of(by('language', 'uz'), uzbek), []);
    assert.deepEqual(of(by('language', '_resource'), uzbek), []);
    assert.deepEqual(of(by('language', 'ru'), uzbek), ['error narrative-part-missing Patient.text']);
    assert.deepEqual(of(by('language', '_yes'), '<p>Aziza</p>'), ['error narrative-part-missing Patient.text']);
    assert.deepEqual(of(by('language', 'ru'), '<p>Aziza</p>'), ['warning narrative-part-missing Patient.text']);
    assert.deepEqual(of(by('language', '_no'), uzbek), ['error narrative-part-languages Patient.text']);
  });

  it('says where its parts come from', () => {
    assert.deepEqual(of(by('source', 'error'), '<p>Aziza</p>'), ['error narrative-part-source Patient.text']);
    assert.deepEqual(of(by('source', 'warning'), '<p>Aziza</p>'), ['warning narrative-part-source Patient.text']);
    assert.deepEqual(of(by('source', 'error'), '<p class="generated">Aziza</p>'), []);
  });
});
