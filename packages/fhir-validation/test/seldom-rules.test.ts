/** Rules that few resources meet: references of documents, links of narratives, contradictory rules and operations. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';
import type { Json } from './published.ts';
import { base, found as against, observation, profile } from './tested-profile.ts';

const home = 'http://example.org/fhir';
const definitions = definitionsOf([]);

/** Returns errors and warnings of these kinds: severity, code, id and place. */
function found(resource: object, kinds: RegExp, known: readonly Json[] = []): string[] {
  const other = (type: string, url: string): Json | undefined =>
    known.find((one) => one['resourceType'] === type && one['url'] === url);
  const structure = (url: string) => definitionsOf(known).structure(url);
  const validator = new Validator({
    definitions: {
      ...definitions,
      other,
      structure,
      questionnaire: (url) => definitionsOf(known).questionnaire?.(url),
    },
    unknownExtensions: 'ignore',
  });
  return validator
    .validate(JSON.parse(JSON.stringify(resource)) as Json)
    .filter(({ id, severity }) => kinds.test(id) && severity !== 'information')
    .map(({ severity, code, id, expression }) => `${severity} ${code} ${id} ${expression}`);
}

const at = (fullUrl: string, resource: object): object => ({ fullUrl, resource });
const div = (inner: string): object => ({
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>` },
});
const patient = (more: object = {}): object => ({ resourceType: 'Patient', id: '1', active: true, ...more });

describe('a reference of a document', () => {
  const document = (reference: string, ...entry: readonly object[]): string[] =>
    found(
      {
        ...{ resourceType: 'Bundle', type: 'document', timestamp: '2026-01-31T10:00:00Z' },
        identifier: { system: 'urn:ietf:rfc:3986', value: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' },
        entry: [
          at(`${home}/Composition/c`, {
            ...{ resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'A' }, date: '2026' },
            ...{ title: 'A', author: [{ reference }] },
          }),
          ...entry,
        ],
      },
      /^bundle-(?:fragment|reference-(?:apparent|ambiguous|unresolved))/,
    );
  const one = at(`${home}/Patient/1`, patient());
  const place = 'Bundle.entry[0].resource.author[0]';

  it('leads to one entry', () => {
    assert.deepEqual(document('Patient/1', one), []);
    assert.deepEqual(document('Patient/2', one), [`error not-found bundle-reference-unresolved ${place}`]);
    assert.deepEqual(document('Patient/1', one, one), [`error invalid bundle-reference-ambiguous ${place}`]);
    assert.deepEqual(document('Patient/1', at('http://example.net/fhir/Patient/1', patient())), [
      `error invalid bundle-reference-apparent ${place}`,
    ]);
  });

  it('leads to one element where it names one', () => {
    const reference = `${home}/Patient/1#a`;
    const named = (...ids: readonly string[]): object =>
      at(`${home}/Patient/1`, patient({ name: ids.map((id) => ({ id, text: id })) }));
    assert.deepEqual(document(reference, named('a')), []);
    assert.deepEqual(document(reference, named('b')), [`error not-found bundle-fragment-missing ${place}`]);
    assert.deepEqual(document(reference, named('a', 'a')), [`error invalid bundle-fragment-twice ${place}`]);
    const narrated = at(`${home}/Patient/1`, patient(div('<p id="a">A</p>')));
    assert.deepEqual(document(reference, narrated), []);
  });
});

describe('an entry with the url of its definition', () => {
  const entry = (fullUrl: string, id: string): string[] =>
    found(
      {
        ...{ resourceType: 'Bundle', type: 'collection' },
        entry: [at(fullUrl, { resourceType: 'ValueSet', id, status: 'draft', url: fullUrl })],
      },
      /^bundle-entry-canonical/,
    );

  it('is where a server would have it', () => {
    assert.deepEqual(entry(`${home}/ValueSet/a`, 'a'), []);
    assert.deepEqual(entry(`${home}/ValueSet/a`, 'b'), ['error invalid bundle-entry-canonical Bundle.entry[0]']);
    assert.deepEqual(entry('http://example.org/a', 'a'), ['error invalid bundle-entry-canonical Bundle.entry[0]']);
    assert.deepEqual(entry('http://terminology.hl7.org/ValueSet/v3-ActCode', 'a'), []);
  });
});

describe('a style sheet', () => {
  const sheet = (url: string): string[] =>
    found({ resourceType: 'Bundle', type: 'document', link: [{ relation: 'stylesheet', url }] }, /^bundle-stylesheet-/);

  it('is fetched in safety, from where it can be', () => {
    assert.deepEqual(sheet('https://example.org/a.css'), []);
    const place = 'Bundle.link[0].url';
    assert.deepEqual(sheet('http://example.org/a.css'), [`warning business-rule bundle-stylesheet-insecure ${place}`]);
    assert.deepEqual(sheet('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1'), [
      `warning business-rule bundle-stylesheet-unlinked ${place}`,
    ]);
  });
});

describe('a link of a narrative', () => {
  const linked = (inner: string, ...ids: readonly string[]): string[] =>
    found(patient({ name: ids.map((id) => ({ id, text: id })), ...div(inner) }), /^narrative-link/);

  it('leads to one place', () => {
    assert.deepEqual(linked('<p><a href="#a">A</a></p>', 'a'), []);
    assert.deepEqual(linked('<p id="a"><a href="#a">A</a></p>', 'b'), []);
    assert.deepEqual(linked('<p><a name="a" id="a">A</a><a href="#a">A</a></p>', 'b'), []);
    assert.deepEqual(linked('<p><a href="#a">A</a></p>', 'a', 'a'), [
      'warning invalid narrative-link-several Patient.text.div',
    ]);
    assert.deepEqual(linked('<p id="a"><a href="#a">A</a></p>', 'a'), [
      'warning invalid narrative-link-several Patient.text.div',
    ]);
  });
});

describe('a target of several profiles', () => {
  const named = (id: string, path: string) => ({
    ...profile('Patient', [{ path: 'Patient' }, { path, min: 1 }]),
    url: `http://example.org/StructureDefinition/${id}`,
  });
  const [a, b] = [named('a', 'Patient.name'), named('b', 'Patient.gender')];
  const referring = profile('Observation', [
    { path: 'Observation' },
    { path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: [a.url, b.url] }] },
  ]);
  const of = (target: object): string[] =>
    against(
      observation({ contained: [{ resourceType: 'Patient', id: 'a', ...target }], subject: { reference: '#a' } }),
      referring,
      a,
      b,
    ).filter((one) => one.startsWith('reference-'));

  it('meets one of them', () => {
    assert.deepEqual(of({ name: [{ text: 'A' }] }), []);
    assert.deepEqual(of({ active: true }), ['reference-target-profile Observation.subject']);
    assert.deepEqual(of({ name: [{ text: 'A' }], gender: 'female' }), [
      'reference-profiles-several Observation.subject',
    ]);
  });
});

describe('a rule of a definition', () => {
  const rules = (part: string, ...rules: readonly object[]): string[] =>
    found(
      {
        ...{ resourceType: 'StructureDefinition', url: `${home}/a`, name: 'A', status: 'draft', kind: 'resource' },
        ...{ abstract: false, type: 'Patient', baseDefinition: `${base}Patient`, derivation: 'constraint' },
        [part]: {
          element: [
            {
              ...{ id: 'Patient', path: 'Patient', min: 0, max: '*' },
              constraint: rules.map((rule) => ({ severity: 'error', human: 'A', ...rule })),
            },
          ],
        },
      },
      /^definition-constraint-(?:keyless|conflict)/,
    );
  const place = 'element[0].constraint';

  it('has a key', () => {
    for (const part of ['differential', 'snapshot'])
      assert.deepEqual(rules(part, { expression: 'true' }), [
        `warning informational definition-constraint-keyless StructureDefinition.${part}.${place}[0]`,
      ]);
  });

  it('is repeated in a snapshot as it is', () => {
    const [one, other] = ['true', 'false'].map((expression) => ({ key: 'a-1', expression }));
    assert.deepEqual(rules('snapshot', one!, one!), []);
    assert.deepEqual(rules('snapshot', one!, other!), [
      `error invalid definition-constraint-conflict StructureDefinition.snapshot.${place}[1]`,
    ]);
  });
});

describe('a guide that depends on another', () => {
  const depending = (more: object, pattern = /^guide-(?!dependency-unknown)/): string[] =>
    found(
      {
        ...{ resourceType: 'ImplementationGuide', url: `${home}/ImplementationGuide/a`, name: 'A', status: 'draft' },
        ...{ packageId: 'test.a', fhirVersion: ['5.0.0'] },
        dependsOn: [{ uri: `${home}/ImplementationGuide/b`, packageId: 'test.b', ...more }],
      },
      pattern,
    );
  const place = 'ImplementationGuide.dependsOn[0]';

  it('is told where that one is not known', () => {
    const told = depending({ version: '1.0.0' }, /^guide-/);
    assert.deepEqual(told, [`warning business-rule guide-dependency-unknown ${place}`]);
  });

  it('says on which version', () => {
    assert.deepEqual(depending({ version: '1.0.0' }), []);
    assert.deepEqual(depending({}), [`warning business-rule guide-dependency-version ${place}`]);
    assert.deepEqual(depending({ packageId: 'b' }), [`error business-rule guide-package ${place}`]);
  });
});

describe('an operation', () => {
  const operation = (more: object): Json => ({
    ...{ resourceType: 'OperationDefinition', url: `${home}/a`, name: 'A', status: 'draft', kind: 'operation' },
    ...{ code: 'a', system: true, type: false, instance: false },
    ...more,
  });

  it('does not build on itself', () => {
    const bases = (base: string): string[] =>
      found(operation({ base: `${home}/b` }), /^operation-/, [operation({ url: `${home}/b`, base })]);
    assert.deepEqual(bases(`${home}/c`), []);
    assert.deepEqual(bases(`${home}/b`), []);
    const round = [operation({ url: `${home}/b`, base: `${home}/a` }), operation({})];
    assert.deepEqual(found(operation({ base: `${home}/b` }), /^operation-/, round), [
      'error unknown operation-circular OperationDefinition',
    ]);
  });

  it('refers to what the profile on its parameters allows', () => {
    const given: Json = {
      ...{ resourceType: 'StructureDefinition', url: `${home}/given`, kind: 'resource', type: 'Parameters' },
      ...{ baseDefinition: `${base}Parameters`, derivation: 'constraint' },
      differential: {
        element: [
          { path: 'Parameters' },
          {
            path: 'Parameters.parameter',
            slicing: { discriminator: [{ type: 'value', path: 'name' }], rules: 'open' },
          },
          { path: 'Parameters.parameter', sliceName: 'who', min: 1, max: '1' },
          { path: 'Parameters.parameter.name', fixedString: 'who' },
          {
            path: 'Parameters.parameter.value[x]',
            type: [{ code: 'Reference', targetProfile: [`${base}Patient`] }],
          },
        ],
      },
    };
    const refers = (...targetProfile: readonly string[]): string[] =>
      found(
        operation({
          inputProfile: `${home}/given`,
          parameter: [{ name: 'who', use: 'in', min: 1, max: '1', type: 'Reference', targetProfile }],
        }),
        /^operation-/,
        [given],
      );
    const place = 'OperationDefinition.parameter[0]';
    assert.deepEqual(refers(`${base}Patient`), []);
    assert.deepEqual(refers(`${base}Patient`, `${base}Person`), [`error invalid operation-parameter-target ${place}`]);
    assert.deepEqual(refers(), [`error invalid operation-parameter-target ${place}`]);
  });
});

describe('an amount as an answer', () => {
  const guide = 'http://hl7.org/fhir/uv/sdc/StructureDefinition';
  const answered = (value: object): string[] =>
    found(
      {
        ...{ resourceType: 'QuestionnaireResponse', status: 'completed', questionnaire: `${home}/q` },
        item: [{ linkId: '1', answer: [{ valueQuantity: value }] }],
      },
      /^response-/,
      [
        {
          ...{ resourceType: 'Questionnaire', url: `${home}/q`, status: 'active' },
          item: [
            {
              ...{ linkId: '1', type: 'quantity' },
              extension: [{ url: `${guide}/sdc-questionnaire-minQuantity`, valueQuantity: kilograms(2) }],
            },
          ],
        },
      ],
    );
  const kilograms = (value: number, code = 'kg') => ({ value, system: 'http://unitsofmeasure.org', code });
  const place = 'QuestionnaireResponse.item[0].answer[0].value.ofType(Quantity)';

  it('is one that can be compared with the limits of the question', () => {
    assert.deepEqual(answered(kilograms(3)), []);
    assert.deepEqual(answered(kilograms(1)), [`error invariant response-below-minimum ${place}`]);
    assert.deepEqual(answered(kilograms(3, 'm')), [`error invariant response-not-comparable ${place}`]);
    assert.deepEqual(answered({ value: 3 }), [`error invariant response-not-comparable ${place}`]);
  });
});
