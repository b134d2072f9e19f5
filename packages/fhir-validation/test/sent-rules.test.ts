/** Rules about resources as sent: the text of numbers, places of entries, references, language tags. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { Validator, type Codes } from '../src/index.ts';
import { each, patient, tagged } from './content-cases.ts';
import { definitionsOf } from './memory-codes.ts';

const observation = (more: object): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'a' },
  ...more,
});

describe('an integer', () => {
  const validator = new Validator({});
  const findings = (text: string): string[] =>
    validator.validateText(scanJson(text)).map(({ id, expression }) => `${id} ${expression}`);
  const valued = (value: string): string =>
    `{"resourceType":"Observation","status":"final","code":{"text":"a"},"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">a</div>"},${value}}`;

  it('has no fraction, be it of 0, and no negative 0', () => {
    for (const value of ['1.0', '-1.00', '-0', '1e0'])
      assert.deepEqual(findings(valued(`"valueInteger":${value}`)), ['value-format Observation.value.ofType(integer)']);
  });

  it('is written as R5 writes it, and decimals as they are', () => {
    for (const value of [
      '"valueInteger":0',
      '"valueInteger":-1',
      '"valueInteger": 10',
      '"valueQuantity":{"value":1.0}',
    ])
      assert.deepEqual(findings(valued(value)), []);
    assert.deepEqual(findings(valued('"valueQuantity":{"value":-0}')), []);
  });
});

describe('an entry of a Bundle', () => {
  const bundle = (type: string, entry: object): object => ({ resourceType: 'Bundle', type, entry: [entry] });
  const resource = patient({ id: 'p' });
  each([
    [
      'has no address of a version',
      bundle('collection', { fullUrl: 'http://example.org/fhir/Patient/p/_history/1', resource }),
      ['error bundle-full-url Bundle.entry[0]'],
    ],
    ['has its address', bundle('collection', { fullUrl: 'http://example.org/fhir/Patient/p', resource }), []],
    [
      'is no outcome in a mode of searches, whatever the Bundle is',
      bundle('collection', { fullUrl: 'http://example.org/fhir/Patient/p', resource, search: { mode: 'outcome' } }),
      ['warning code-inactive Bundle.entry[0].search.mode'],
    ],
  ]);
});

describe('the stated type of a reference', () => {
  const to = (subject: object): object =>
    observation({ contained: [{ resourceType: 'Patient', id: 'p', active: true }], subject });
  each([
    [
      'is that of the contained resource',
      to({ reference: '#p', type: 'Group' }),
      ['error reference-type-mismatch Observation.subject'],
    ],
    [
      'is a name in a resource',
      observation({ subject: { reference: 'Patient/1', type: 'http://hl7.org/fhir/StructureDefinition/Patient' } }),
      ['error reference-type-mismatch Observation.subject'],
    ],
    ['may be a URL of a type of its own', observation({ subject: { reference: 'Patient/1', type: 'urn:own' } }), []],
    ['may be told', to({ reference: '#p', type: 'Patient' }), []],
  ]);
});

describe('a contained resource', () => {
  const holding = (more: object): object =>
    observation({ contained: [{ resourceType: 'Patient', id: 'p', active: true }], ...more });
  const extension = (value: object): object => ({ extension: [{ url: 'http://example.org/e', ...value }] });
  each([
    ['is not named by words', holding({ valueString: '#p' }), ['error contained-not-used Observation.contained[0]']],
    [
      'is not named by a code',
      holding(extension({ valueCode: '#p' })),
      ['error contained-not-used Observation.contained[0]'],
    ],
    ['may be named by a uri', holding(extension({ valueUri: '#p' })), []],
    ['may be named by a reference', holding({ subject: { reference: '#p' } }), []],
  ]);
});

describe('an address', () => {
  each([
    [
      'of an extension of a version of FHIR is defined',
      patient({ extension: [{ url: 'http://hl7.org/fhir/5.0/StructureDefinition/none', valueString: 'a' }] }),
      ['error extension-not-defined Patient.extension[0]', 'error url-not-defined Patient.extension[0].url'],
    ],
    [
      'of a code system is not that of a supplement',
      patient({ maritalStatus: { coding: [{ system: 'urn:more', code: 'a' }] } }),
      ['error coding-system-supplement Patient.maritalStatus.coding[0].system'],
    ],
    ['of a code system leads to all of it', tagged({ system: 'urn:known', code: 'a' }), []],
  ]);
});

describe('the language of a resource', () => {
  const validator = new Validator({});
  const isRight = (language: string): boolean =>
    !validator.validate({ resourceType: 'Patient', language }).some(({ id }) => id === 'code-not-in-value-set');

  it('is one that is registered, which those of three letters are not that have two', () => {
    for (const tag of ['xx', 'eng', 'uzb', 'ger', 'deu', 'english', 'uzb-UZ']) assert.equal(isRight(tag), false, tag);
  });

  it('is written in any case, with more parts, and with three letters where there are no two', () => {
    for (const tag of [
      'uz',
      'EN',
      'en-us',
      'uz-Latn-UZ',
      'kaa',
      'cmn',
      'uzn',
      'iw',
      'i-klingon',
      'x-a',
      'zh-cmn',
      'mis',
    ])
      assert.equal(isRight(tag), true, tag);
  });
});

describe('an extension of parts', () => {
  const slices = ['a', 'b'].flatMap((name) => [
    { id: `Extension.extension:${name}`, path: 'Extension.extension', sliceName: name, min: 1 },
    { id: `Extension.extension:${name}.url`, path: 'Extension.extension.url', fixedUri: name },
  ]);
  const parts = {
    resourceType: 'StructureDefinition',
    url: 'urn:parts',
    kind: 'complex-type',
    type: 'Extension',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
    derivation: 'constraint',
    context: [{ type: 'element', expression: 'Patient' }],
    differential: {
      element: [
        {
          id: 'Extension.extension',
          path: 'Extension.extension',
          slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' },
        },
        ...slices,
        { id: 'Extension.url', path: 'Extension.url', fixedUri: 'urn:parts' },
      ],
    },
  };
  const validator = new Validator({ definitions: definitionsOf([parts]) });

  it('has as many as its definition asks for together', () => {
    const extension = [{ url: 'urn:parts', extension: [{ url: 'a', valueString: 'a' }] }];
    const told = validator.validate(patient({ extension })).filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      told.map(({ id, expression }) => `${id} ${expression}`),
      ['element-missing Patient.extension[0]', 'slice-missing Patient.extension[0]'],
    );
  });
});

describe('an invariant of the context of an extension', () => {
  const definition = {
    resourceType: 'StructureDefinition',
    url: 'urn:placed',
    kind: 'complex-type',
    type: 'Extension',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
    derivation: 'constraint',
    context: [{ type: 'element', expression: 'Patient' }],
    contextInvariant: ['birthDate.exists()'],
    differential: { element: [{ id: 'Extension.url', path: 'Extension.url', fixedUri: 'urn:placed' }] },
  };
  const validator = new Validator({ definitions: definitionsOf([definition]) });
  const extension = [{ url: 'urn:placed', valueString: 'a' }];
  const ids = (resource: object): string[] =>
    validator
      .validate(resource)
      .map(({ id }) => id)
      .filter((id) => id.startsWith('extension-'));

  it('is asked where the extension may stand, and elsewhere nothing is', () => {
    assert.deepEqual(ids(patient({ extension })), ['extension-invariant']);
    assert.deepEqual(ids(patient({ extension, birthDate: '2000-01-01' })), []);
    assert.deepEqual(ids(observation({ extension })), ['extension-context']);
  });
});

describe('a choice', () => {
  const only = (id: string, types: readonly string[]): object => ({
    resourceType: 'StructureDefinition',
    url: `urn:${id}`,
    kind: 'resource',
    type: 'Observation',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
    derivation: 'constraint',
    differential: {
      element: [
        { id: 'Observation.value[x]', path: 'Observation.value[x]', type: types.map((code) => ({ code })) },
        {
          id: 'Observation.component.value[x]',
          path: 'Observation.component.value[x]',
          type: types.map((code) => ({ code })),
        },
      ],
    },
  });
  const definitions = definitionsOf([only('one', ['Quantity']), only('two', ['Quantity', 'string'])] as never);
  const validator = new Validator({ definitions });
  const told = (id: string, value: object): string[] =>
    validator
      .validate(observation({ ...value, meta: { profile: [`urn:${id}`] } }))
      .filter(({ severity }) => severity === 'error')
      .map((one) => `${one.id} ${one.expression}`);

  it('has the one type that a profile leaves', () => {
    assert.deepEqual(told('one', { valueInteger: 1 }), ['type-not-allowed Observation.value.ofType(integer)']);
  });

  it('has one of several, by its name: else the element has none', () => {
    assert.deepEqual(told('two', { valueInteger: 1 }), ['type-not-allowed Observation']);
    assert.deepEqual(told('two', { component: [{ code: { text: 'a' }, valueTime: '10:00:00' }] }), [
      'type-not-allowed Observation.component[0]',
    ]);
    assert.deepEqual(told('two', { valueString: 'a' }), []);
  });

  it('has no code where a text is asked for', () => {
    const definition = {
      resourceType: 'StructureDefinition',
      url: 'urn:words',
      kind: 'complex-type',
      type: 'Extension',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
      derivation: 'constraint',
      context: [{ type: 'element', expression: 'Patient' }],
      differential: {
        element: [
          { id: 'Extension.url', path: 'Extension.url', fixedUri: 'urn:words' },
          { id: 'Extension.value[x]', path: 'Extension.value[x]', type: [{ code: 'string' }, { code: 'Coding' }] },
        ],
      },
    };
    const words = new Validator({ definitions: definitionsOf([definition]) });
    const ids = (value: object): string[] =>
      words.validate(patient({ extension: [{ url: 'urn:words', ...value }] })).map(({ id }) => id);
    assert.ok(ids({ valueCode: 'a' }).includes('type-not-allowed'));
    assert.ok(!ids({ valueString: 'a' }).includes('type-not-allowed'));
  });
});

describe('a code of a version of its system', () => {
  const known: Codes = {
    validate: () => 'in',
    system: () => ({ content: 'complete', version: '1.0.0', isHierarchy: false, properties: [], filters: [] }),
    valueSetKnowledge: (canonical) => ({
      includes: [
        { system: 'urn:known', isWhole: true, ...(canonical.includes('marital') ? { version: '2.0.0' } : {}) },
      ],
    }),
  };
  const validator = new Validator({ codes: known });
  const told = (resource: object): string[] =>
    validator
      .validate(resource)
      .filter(({ id }) => id === 'coding-version')
      .map(({ severity, expression, values }) => `${severity} ${expression} ${String(values['expected'])}`);
  const of = (version: string, member: object): object => ({ system: 'urn:known', code: 'a', version, ...member });

  it('is not one of a value set of another version', () => {
    const married = (version: string): object => patient({ maritalStatus: { coding: [of(version, {})] } });
    assert.deepEqual(told(married('1.0.0')), ['error Patient.maritalStatus.coding[0].version 2.0.0']);
    assert.deepEqual(told(married('2')), ['error Patient.maritalStatus.coding[0].version 2.0.0']);
    assert.deepEqual(told(married('2.0.0')), []);
  });

  it('was compared with the version at hand where the value set names none', () => {
    const related = (version: string): object =>
      patient({ contact: [{ name: { text: 'a' }, relationship: [{ coding: [of(version, {})] }] }] });
    assert.deepEqual(told(related('3.0.0')), ['warning Patient.contact[0].relationship[0].coding[0].version 1.0.0']);
  });
});
