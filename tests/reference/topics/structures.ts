/** Topics of definitions of structures: statements with which a snapshot can or cannot be made, logical models, content of any type. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { defined, home, profile } from '../provoked/definition.ts';
import { at, core, few, held, structure, type Topic } from './topic.ts';

/** One statement in a differential, with which a snapshot can or cannot be made. */
const statements: Topic = (random, id) => {
  const of = (elements: Readonly<Record<string, Json>>, more: Json = {}): Json =>
    profile(id, 'Patient', elements, more);
  const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender';
  const resource = random.pick<Json>([
    of({ 'Patient.name': { min: 2, max: '1' } }),
    of({ 'Patient.name': { max: '0' }, 'Patient.name.family': { min: 1 } }),
    of({ 'Patient.birthDate': { max: '2' } }),
    of({ 'Patient.none': { min: 1 } }),
    of({ 'Patient.name.none': { min: 1 } }),
    of({ 'Patient.gender': { binding: { strength: 'example', valueSet: gender } } }),
    of({
      'Patient.gender': { binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/marital-status' } },
    }),
    of({ 'Patient.birthDate': { binding: { strength: 'required', valueSet: gender } } }),
    of({ 'Patient.maritalStatus': { binding: { strength: 'required' } } }),
    of({
      'Patient.maritalStatus': {
        binding: { strength: 'required', valueSet: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus' },
      },
    }),
    of({ 'Patient.name': { type: [{ code: 'Address' }] } }),
    of({ 'Patient.name': { type: [{ code: 'HumanName', targetProfile: [core('Patient')] }] } }),
    of({ 'Patient.managingOrganization': { type: [{ code: 'Reference', targetProfile: [core('Patient')] }] } }),
    of({ 'Patient.managingOrganization': { type: [{ code: 'Reference', profile: [core('Patient')] }] } }),
    of({ 'Patient.name': { type: [{ code: 'HumanName', profile: [core('Address')] }] } }),
    of({ 'Patient.deceased[x]': { type: [{ code: 'string' }] } }),
    of({ 'Patient.deceasedBoolean': { min: 1 } }),
    of({ 'Patient.deceased[x]:deceasedBoolean': { min: 1 } }),
    of({ 'Patient.deceased[x]:deceasedBoolean': { type: [{ code: 'boolean' }], min: 1 } }),
    of({ 'Patient.deceased[x]': { slicing: { discriminator: [{ type: 'value', path: '$this' }], rules: 'open' } } }),
    of({ 'Patient.gender': { fixedCode: 'none' } }),
    of({ 'Patient.gender': { fixedString: 'male' } }),
    of({ 'Patient.gender': { patternCode: 'male', fixedCode: 'male' } }),
    of({ 'Patient.birthDate': { minValueDate: '2026', maxValueDate: '2020' } }),
    of({ 'Patient.birthDate': { minValueInteger: 1 } }),
    of({ 'Patient.name': { maxLength: 5 } }),
    of({ 'Patient.active': { maxLength: 5 } }),
    of({ 'Patient.identifier': { slicing: { rules: 'open' } } }),
    of({
      'Patient.identifier': { slicing: { discriminator: [{ type: 'value', path: 'none' }], rules: 'open' } },
      'Patient.identifier:a': {},
    }),
    of({
      'Patient.identifier': { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' } },
      'Patient.identifier:a': { min: 1 },
    }),
    of({ 'Patient.identifier:a': { min: 1 } }),
    of({
      'Patient.identifier': { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'closed' } },
      'Patient.identifier:a': { min: 3, max: '2' },
    }),
    of({
      'Patient.identifier': {
        slicing: { discriminator: [{ type: 'value', path: "system.where(a = 'b')" }], rules: 'open' },
      },
    }),
    of({ 'Patient.identifier': { slicing: { discriminator: [{ type: 'none', path: 'system' }], rules: 'open' } } }),
    of({
      'Patient.identifier': {
        max: '1',
        slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
      },
      'Patient.identifier:a': { max: '3' },
    }),
    of({
      'Patient.identifier': { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' } },
      'Patient.identifier:a': { min: 1 },
      'Patient.identifier:b': { min: 1 },
    }),
    of({ 'Patient.name': { constraint: [{ key: 'pat-1', severity: 'error', human: 'a', expression: 'true' }] } }),
    of({ 'Patient.name': { constraint: [{ key: 'a-1', severity: 'error', human: 'a' }] } }),
    of({
      'Patient.name': {
        constraint: [
          { key: 'a-1', severity: 'error', human: 'a', expression: 'family.exists()' },
          { key: 'a-1', severity: 'error', human: 'a', expression: 'given.exists()' },
        ],
      },
    }),
    of({
      'Patient.name': { constraint: [{ key: 'a 1', severity: 'error', human: 'a', expression: 'none.exists()' }] },
    }),
    of({ 'Patient.name': { condition: ['none'] } }),
    of({ 'Patient.name': { isModifier: true } }),
    of({ 'Patient.name': { isSummary: false } }),
    of({ 'Patient.active': { isModifier: false } }),
    of({
      'Patient.name': {
        mustSupport: true,
        extension: [
          {
            url: core('obligation'),
            extension: [
              { url: 'code', valueCode: random.pick(['SHALL:populate', 'none', 'SHALL:process']) },
              { url: 'actor', valueCanonical: 'http://none.test/ActorDefinition/a' },
            ],
          },
        ],
      },
    }),
    of({ 'Patient.contact.name': { mustHaveValue: true } }),
    of({ 'Patient.birthDate': { valueAlternatives: ['http://none.test/e'] } }),
    of({ 'Patient.birthDate': { defaultValueDate: '2026' } }),
    of({ 'Patient.birthDate': { meaningWhenMissing: 'a' } }),
    of({ 'Patient.name': { contentReference: '#Patient.contact' } }),
    of({ 'Patient.extension:a': { type: [{ code: 'Extension', profile: ['http://none.test/e'] }] } }),
    of({ 'Patient.extension:a': { type: [{ code: 'Extension', profile: [core('patient-animal')] }] } }),
    of({ 'Patient.extension:a': { type: [{ code: 'Extension', profile: [core('Patient')] }] } }),
    of({ 'Patient.modifierExtension:a': { type: [{ code: 'Extension', profile: [core('patient-animal')] }] } }),
    of({ 'Patient.text': { max: '0' }, 'Patient.id': { min: 1 }, 'Patient.meta.profile': { min: 1 } }),
    of({
      'Patient.birthDate.extension:a': { min: 1, type: [{ code: 'Extension', profile: [core('patient-birthTime')] }] },
    }),
    of({ 'Patient.birthDate': {}, 'Patient.active': {} }),
    of({ Patient: { min: 1, max: '*' } }),
    of({
      Patient: {
        short: 'a',
        constraint: [{ key: 'own-1', severity: 'warning', human: 'a', expression: 'name.exists()' }],
      },
    }),
    of({ 'Patient.name': { example: [{ label: 'a', valueString: 'a' }] } }),
    of({ 'Patient.name': { alias: ['a'], mapping: [{ identity: 'none', map: 'a' }] } }),
    of({
      'Patient.name': { slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'open', ordered: true } },
      'Patient.name:a': { sliceName: 'b' },
    }),
    of({ 'Patient.name:a.family': { min: 1 } }),
    of({
      'Patient.contained': { slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' } },
      'Patient.contained:a': { type: [{ code: 'Organization' }] },
    }),
    of({ 'Patient.name': { min: 1 } }, { baseDefinition: 'http://none.test/a' }),
    of({ 'Patient.name': { min: 1 } }, { baseDefinition: `${core('Patient')}|4.0.1` }),
    of({ 'Patient.name': { min: 1 } }, { baseDefinition: core('Observation') }),
    of({ 'Patient.name': { min: 1 } }, { type: 'None' }),
    of({ 'Patient.name': { min: 1 } }, { derivation: 'specialization' }),
    of({ 'Patient.name': { min: 1 } }, { kind: 'logical' }),
    of({ 'Patient.name': { min: 1 } }, { snapshot: { element: [{ id: 'Patient', path: 'Patient' }] } }),
    of(
      { 'Patient.name': { min: 1 } },
      {
        extension: [
          {
            url: core('structuredefinition-imposeProfile'),
            valueCanonical: random.pick(['http://none.test/a', core('Observation'), core('Patient')]),
          },
        ],
      },
    ),
    of(
      { 'Patient.name': { min: 1 } },
      {
        extension: [
          {
            url: core('structuredefinition-compliesWithProfile'),
            valueCanonical: random.pick(['http://none.test/a', core('Observation'), core('Patient')]),
          },
        ],
      },
    ),
    of({ 'Patient.name': { min: 1 } }, { mapping: [{ identity: 'a' }] }),
  ]);
  return {
    resource: random.oneIn(3)
      ? {
          ...resource,
          ...at(random, 2, { status: 'retired' }),
          ...at(random, 3, { url: `${home}/StructureDefinition/other` }),
          ...at(random, 3, { keyword: [{ code: 'a' }] }),
        }
      : resource,
  };
};

/** Logical models and what is made of them. */
const logical: Topic = (random, id) => {
  const model = (more: Json = {}, elements: readonly Json[] = []): Json =>
    defined('StructureDefinition', id, {
      fhirVersion: '5.0.0',
      kind: 'logical',
      abstract: false,
      type: structure(id),
      baseDefinition: core('Base'),
      derivation: 'specialization',
      differential: {
        element: [
          { id: 'Model', path: 'Model', short: 'a', definition: 'a', min: 0, max: '*' },
          { id: 'Model.a', path: 'Model.a', short: 'a', definition: 'a', min: 1, max: '1', type: [{ code: 'string' }] },
          {
            id: 'Model.b',
            path: 'Model.b',
            short: 'b',
            definition: 'b',
            min: 0,
            max: '*',
            type: [{ code: 'BackboneElement' }],
          },
          {
            id: 'Model.b.c',
            path: 'Model.b.c',
            short: 'c',
            definition: 'c',
            min: 0,
            max: '1',
            type: [{ code: random.pick(['CodeableConcept', 'Reference', 'Quantity']) }],
          },
          ...elements,
        ],
      },
      ...more,
    });
  const element = (more: Json): Json => ({
    id: 'Model.d',
    path: 'Model.d',
    short: 'd',
    definition: 'd',
    min: 0,
    max: '1',
    type: [{ code: 'string' }],
    ...more,
  });
  return {
    resource: random.pick<Json>([
      model(),
      model({ type: 'Model' }),
      model({ type: 'Patient' }),
      model({ baseDefinition: core('Element') }),
      model({ baseDefinition: 'http://none.test/a' }),
      model({ baseDefinition: core('Patient') }),
      model({ derivation: 'constraint' }),
      model({ abstract: true }),
      model({
        extension: [
          {
            url: core('structuredefinition-type-characteristics'),
            valueCode: random.pick(['can-bind', 'none', 'can-be-target']),
          },
        ],
      }),
      model({
        extension: [{ url: 'http://hl7.org/fhir/tools/StructureDefinition/logical-target', valueBoolean: true }],
      }),
      model({}, [element({ type: [{ code: 'None' }] })]),
      model({}, [element({ type: [{ code: 'http://none.test/StructureDefinition/a' }] })]),
      model({}, [element({ type: undefined })]),
      model({}, [element({ min: undefined })]),
      model({}, [element({ max: undefined })]),
      model({}, [element({ definition: undefined })]),
      model({}, [element({ id: 'Model.e' })]),
      model({}, [element({ path: 'Other.d' })]),
      model({}, [element({ path: 'Model.d[x]', id: 'Model.d[x]', type: [{ code: 'string' }, { code: 'date' }] })]),
      model({}, [element({ type: [{ code: 'string' }, { code: 'date' }] })]),
      model({}, [
        element({
          binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
          type: [{ code: 'code' }],
        }),
      ]),
      model({}, [element({ contentReference: '#Model.b', type: undefined })]),
      model({}, [element({ contentReference: '#Model.none', type: undefined })]),
      model({}, [
        element({
          constraint: [
            {
              key: 'm-1',
              severity: 'error',
              human: 'a',
              expression: random.pick(['a.exists()', '$this.exists()', 'd.', 'length() > 1']),
            },
          ],
        }),
      ]),
      model({}, [element({ type: [{ code: 'Reference', targetProfile: [structure('none'), structure(id)] }] })]),
      model({}, [element({ min: 2 })]),
      model({}, [element({ type: [{ code: 'BackboneElement' }] })]),
      model({}, [element({}), element({})]),
    ]),
  };
};

/** Parameters and others whose content is of any type, held to a profile. */
const anyContent: Topic = (random, id) => {
  const made = profile(id, 'Parameters', {
    'Parameters.parameter': {
      slicing: { discriminator: [{ type: 'value', path: 'name' }], rules: random.pick(['open', 'closed']) },
    },
    'Parameters.parameter:a': { min: 1, max: '1' },
    'Parameters.parameter:a.name': { fixedString: 'a' },
    'Parameters.parameter:a.value[x]': {
      min: random.below(2),
      type: [{ code: random.pick(['string', 'Coding', 'Reference']) }],
    },
    'Parameters.parameter:b': { max: '1' },
    'Parameters.parameter:b.name': { fixedString: 'b' },
    'Parameters.parameter:b.resource': { min: 1, type: [{ code: 'Patient' }] },
    ...at(random, 2, { 'Parameters.parameter:b.part': { max: '0' } }),
  });
  const parameter = few(
    random,
    [
      { name: 'a', valueString: 'x' },
      { name: 'a', valueCoding: { system: 'http://hl7.org/fhir/administrative-gender', code: 'male' } },
      { name: 'a' },
      { name: 'b', resource: { resourceType: 'Patient' } },
      { name: 'b', resource: { resourceType: 'Organization', name: 'O' } },
      { name: 'b', part: [{ name: 'c', valueInteger: 1 }] },
      { name: 'c', valueBoolean: true },
      { name: 'a', valueReference: { reference: '#p' } },
      { name: 'b', resource: { resourceType: 'Patient', gender: 'x' } },
      { valueString: 'a' },
      { name: 'a', valueString: 'x', resource: { resourceType: 'Patient' } },
    ],
    4,
  );
  return { resource: held({ resourceType: 'Parameters', parameter }, structure(id)), definitions: [made] };
};

export const structureTopics: Readonly<Record<string, Topic>> = {
  statements,
  'statements again': statements,
  'logical models': logical,
  'content of any type': anyContent,
};
