/** Rules for values in any place: missing and existing content, white space, addresses, claims, entries. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { Validator } from '../src/index.ts';
import { patient, type Case } from './content-cases.ts';

const validator = new Validator({});

/** Returns errors and warnings, with the keys of invariants. */
const found = (resource: object): string[] =>
  validator
    .validate(JSON.parse(JSON.stringify(resource)))
    .filter(({ severity }) => severity !== 'information')
    .map(({ severity, id, values, expression }) => {
      const key = id === 'invariant' ? ` ${values['key']}` : '';
      return `${severity} ${id}${key} ${expression}`;
    });

const each = (cases: readonly Case[]): void => {
  for (const [name, resource, findings] of cases) it(name, () => assert.deepEqual(found(resource), findings));
};

const basic = (extension: object): object => ({ resourceType: 'Basic', code: { text: 'a' }, extension: [extension] });
const url = 'http://example.org/e';

describe('what has nothing in it that can be read', () => {
  each([
    [
      'is no value of an extension',
      basic({ url, valuePeriod: {} }),
      ['error object-empty Basic.extension[0].value[x]', 'error invariant ext-1 Basic.extension[0]'],
    ],
    [
      'nor is what stands in the place of one',
      basic({ url, valuePeriod: '2026' }),
      ['error object-expected Basic.extension[0].value[x]', 'error invariant ext-1 Basic.extension[0]'],
    ],
    [
      'nor what has members that there are not',
      basic({ url, valuePeriod: { from: '2026' } }),
      ['error unknown-element Basic.extension[0].value[x]', 'error invariant ext-1 Basic.extension[0]'],
    ],
    [
      'nor a text in the place of a list',
      basic({ url, valueAddress: { line: 'a' } }),
      ['error array-expected Basic.extension[0].value[x].line', 'error invariant ext-1 Basic.extension[0]'],
    ],
    [
      'is no identity of what is meant',
      {
        resourceType: 'Appointment',
        status: 'proposed',
        participant: [{ status: 'accepted', actor: { identifier: 'a' } }],
      },
      [
        'error object-expected Appointment.participant[0].actor.identifier',
        'warning reference-without-display Appointment.participant[0].actor',
        'error invariant ref-2 Appointment.participant[0].actor',
        'error invariant app-1 Appointment.participant[0]',
      ],
    ],
    [
      'nor a coding that could have a system',
      { resourceType: 'Basic', code: { coding: [{ none: 'a' }] } },
      ['error unknown-element Basic.code.coding[0]'],
    ],
    ['while one member that can be read is enough', basic({ url, valuePeriod: { start: '2026' } }), []],
  ]);
});

describe('a primitive and its extensions', () => {
  each([
    [
      'are there where neither is of another kind of JSON',
      { resourceType: 'Observation', status: 'final', _status: [], code: { text: 'a' } },
      ['error object-expected Observation.status', 'error element-missing Observation'],
    ],
    [
      'are nothing without a value, an id and an extension',
      patient({ name: [{ text: 'a', _family: {} }] }),
      [
        'error object-empty Patient.name[0].family',
        'error value-empty Patient.name[0].family',
        'error invariant ele-1 Patient.name[0].family',
      ],
    ],
  ]);
});

describe('white space', () => {
  const named = (text: string): object => patient({ name: [{ text }] });
  each([
    ['of Unicode alone is no text', named('\u00a0'), ['warning value-empty Patient.name[0].text']],
    ['of Unicode stands within texts', named('\u2003a'), ['warning text-white-space Patient.name[0].text']],
    ['is not in the middle', named('a\u00a0b'), []],
    [
      'is in no canonical',
      patient({ meta: { profile: ['http://a b'] } }),
      [
        'error value-format Patient.meta.profile[0]',
        'error canonical-relative Patient.meta.profile[0]',
        'warning profile-unknown Patient.meta.profile[0]',
      ],
    ],
    [
      'is in no OID',
      patient({ identifier: [{ system: 'urn:oid:1.2.3 ', value: '1' }] }),
      ['error value-format Patient.identifier[0].system', 'error value-format Patient.identifier[0].system'],
    ],
  ]);
});

describe('a claim', () => {
  const claiming = (...profile: string[]): object => ({
    ...{ resourceType: 'Observation', status: 'final', code: { text: 'a' }, meta: { profile } },
    ...{ category: [{ text: 'a' }], subject: { display: 'a' }, effectiveDateTime: '2026', valueString: 'a' },
  });
  it('makes its profile ask for what the base asks for, at the resource and its parts', () => {
    const profile = 'http://hl7.org/fhir/StructureDefinition/bodyweight';
    const required = (resource: object, asked: string[] = []): unknown[] =>
      validator
        .validate(resource, asked)
        .filter(({ id, values }) => id === 'element-missing' && values['element'] === 'status')
        .map(({ expression, values }) => [expression, values['profile']]);
    const { status: _status, ...without } = claiming() as { status: string };
    assert.deepEqual(required(without), [['Observation', undefined]]);
    assert.deepEqual(required({ ...without, meta: { profile: [profile] } }), [
      ['Observation', undefined],
      ['Observation', profile],
    ]);
    assert.deepEqual(required(without, [profile]), [
      ['Observation', undefined],
      ['Observation', profile],
    ]);
  });
  const lipid = 'http://hl7.org/fhir/StructureDefinition/triglyceride';
  it('of one profile by several names is checked once', () => {
    const once = found(claiming(lipid));
    assert.ok(once.length > 0);
    assert.deepEqual(found(claiming(lipid, `${lipid}|5.0.0`)), once);
    assert.deepEqual(found(claiming(`${lipid}#Observation.code`)), once);
  });
  each([
    [
      'of nothing leads nowhere',
      patient({ meta: { profile: [''] } }),
      [
        'error value-empty Patient.meta.profile[0]',
        'error invariant ele-1 Patient.meta.profile[0]',
        'warning profile-unknown Patient.meta.profile[0]',
      ],
    ],
  ]);
});

describe('an integer with a fraction', () => {
  it('is told once', () => {
    const text =
      '{"resourceType":"Basic","code":{"text":"a"},"extension":[{"url":"http://example.org/e","valueInteger":1.5}]}';
    assert.deepEqual(
      new Validator({})
        .validateText(scanJson(text))
        .filter(({ severity }) => severity === 'error')
        .map(({ id }) => id),
      ['value-format'],
    );
  });
});

describe('a reference within a Bundle', () => {
  const base = 'http://example.org/fhir';
  const entry = (reference: string, fullUrl: string | undefined = `${base}/List/l`): object => ({
    ...(fullUrl !== '' && { fullUrl }),
    resource: {
      resourceType: 'List',
      id: 'l',
      status: 'current',
      mode: 'working',
      entry: [1, 2].map(() => ({ item: { reference } })),
    },
  });
  const bundle = (one: object): object => ({ resourceType: 'Bundle', type: 'collection', entry: [one] });
  const places = [0, 1].map((i) => `Bundle.entry[0].resource.entry[${i}].item`);
  each([
    ['is of a form, whatever type it names', bundle(entry('None/1')), []],
    ['has a type and an id', bundle(entry('none')), places.map((place) => `error reference-format ${place}`)],
    [
      'of an entry without an address is told at each, and the entry once',
      bundle(entry('Patient/1', '')),
      [
        'error bundle-entry-without-url Bundle.entry[0]',
        ...places.map((place) => `error bundle-reference-base ${place}`),
        'error invariant bdl-15 Bundle',
        'error bundle-full-url-missing Bundle.entry[0]',
      ],
    ],
  ]);
});

describe('an answer of a search', () => {
  each([
    [
      'in a mode that there is not is no outcome',
      {
        ...{
          resourceType: 'Bundle',
          type: 'searchset',
          link: [{ relation: 'self', url: 'http://example.org/fhir/Patient' }],
        },
        entry: [
          { fullUrl: 'http://example.org/fhir/Patient/p', resource: patient({ id: 'p' }), search: { mode: 'none' } },
        ],
      },
      ['error code-not-in-value-set Bundle.entry[0].search.mode', 'error bundle-search-type Bundle.entry[0].resource'],
    ],
  ]);
});

describe('a guide that another one depends on', () => {
  const guides: Readonly<Record<string, object>> = { 'http://example.org/ImplementationGuide/b': {} };
  const knowing = new Validator({
    definitions: {
      structure: () => undefined,
      questionnaire: () => undefined,
      other: (type, canonical) => (type === 'ImplementationGuide' ? guides[canonical] : undefined) as never,
    },
  });
  const told = (uri: string, by = knowing): string[] =>
    by
      .validate({
        ...{ resourceType: 'ImplementationGuide', url: 'http://example.org/ImplementationGuide/a', name: 'A' },
        ...{ status: 'draft', packageId: 'a.b', fhirVersion: ['5.0.0'] },
        dependsOn: [{ uri, packageId: 'b.c', version: '1' }],
      })
      .map(({ id }) => id)
      .filter((id) => id.startsWith('guide-'));
  it('is told where guides are known, and it is not', () => {
    assert.deepEqual(told('http://example.org/ImplementationGuide/b'), []);
    assert.deepEqual(told('http://terminology.hl7.org/ImplementationGuide/hl7.terminology'), []);
    assert.deepEqual(told('http://example.org/ImplementationGuide/c'), ['guide-dependency-unknown']);
    assert.deepEqual(told('http://example.org/ImplementationGuide/c', validator), []);
  });
});
