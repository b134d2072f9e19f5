/** Topics of extensions: their use at places that they are for, or not, and their definitions. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { at, core, extension, few, structure, turned, type Topic } from './topic.ts';

const contexts: readonly Json[] = [
  { type: 'element', expression: 'Patient' },
  { type: 'element', expression: 'Patient.name' },
  { type: 'element', expression: 'HumanName' },
  { type: 'element', expression: 'Element' },
  { type: 'element', expression: 'Observation' },
  { type: 'element', expression: 'Patient.none' },
  { type: 'element', expression: 'None' },
  { type: 'element', expression: 'DomainResource' },
  { type: 'element', expression: 'date' },
  { type: 'element', expression: 'Patient.birthDate' },
  { type: 'element', expression: 'Patient.contact.name' },
  { type: 'element', expression: 'BackboneElement' },
  { type: 'element', expression: 'CanonicalResource' },
  { type: 'element', expression: 'Patient.deceased[x]' },
  { type: 'element', expression: 'http://hl7.org/fhir/StructureDefinition/Patient#Patient.name' },
  { type: 'fhirpath', expression: 'Patient.name' },
  { type: 'fhirpath', expression: "Patient.name.where(use = 'official')" },
  { type: 'fhirpath', expression: 'Patient.name.' },
  { type: 'fhirpath', expression: 'name' },
  { type: 'fhirpath', expression: '%resource.name' },
  { type: 'extension', expression: core('patient-animal') },
  { type: 'extension', expression: 'http://none.test/e' },
  { type: 'extension', expression: 'a' },
  { type: 'none', expression: 'Patient' },
  { type: 'element' },
  { expression: 'Patient' },
];

/** A definition with a code that there is not cannot be loaded. */
const readable = contexts.filter(({ type }) => type !== 'none');

/** Extensions used at places that their contexts allow, or do not. */
const extensionUse: Topic = (random, id) => {
  const complex = random.oneIn(3);
  const isModifier = random.oneIn(5);
  const made = extension(
    id,
    {
      ...(isModifier && { Extension: { isModifier: true, isModifierReason: 'it changes' } }),
      ...(complex
        ? {
            'Extension.extension': { slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'closed' } },
            'Extension.extension:a': { sliceName: 'a', min: random.below(2), max: '1' },
            'Extension.extension:a.extension': { max: '0' },
            'Extension.extension:a.url': { fixedUri: 'a' },
            'Extension.extension:a.value[x]': { min: 1, type: [{ code: 'string' }] },
            'Extension.extension:b': { sliceName: 'b', max: '*' },
            'Extension.extension:b.url': { fixedUri: 'b' },
            'Extension.extension:b.value[x]': {
              type: [{ code: 'code' }],
              binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
            },
            'Extension.value[x]': { max: '0' },
          }
        : {
            'Extension.extension': { max: '0' },
            'Extension.value[x]': {
              ...at(random, 2, { min: 1 }),
              type: [{ code: random.pick(['string', 'boolean', 'Reference', 'CodeableConcept', 'date']) }],
            },
          }),
    },
    {
      context: [random.pick(readable), ...few(random, readable, 1)],
      ...at(random, 4, {
        contextInvariant: [
          random.pick(['%resource.active = true', 'use.exists()', 'name.exists(', '%extension.value.exists()']),
        ],
      }),
      ...at(random, 6, { status: random.pick(['draft', 'retired']) }),
    },
  );
  const plain = random.pick<Json>([
    { valueString: 'a' },
    { valueBoolean: true },
    { valueReference: { reference: 'Patient/1' } },
    { valueCodeableConcept: { text: 'a' } },
    { valueDate: '2026' },
    {},
  ]);
  const nested: Json = {
    extension: few(
      random,
      [
        { url: 'a', valueString: 'x' },
        { url: 'a', valueString: 'y' },
        { url: 'b', valueCode: 'male' },
        { url: 'b', valueCode: 'none' },
        { url: 'c', valueString: 'x' },
        { url: 'a', valueInteger: 1 },
        { url: 'b' },
      ],
      3,
    ),
  };
  const own: Json = {
    url: structure(id) + random.pick(['', '', '', '', '|1.0.0']),
    ...(complex ? nested : plain),
    ...at(random, 10, { id: 'e' }),
  };
  const name = isModifier !== random.oneIn(8) ? 'modifierExtension' : 'extension';
  const used = { [name]: [own, ...(random.oneIn(8) ? [own] : [])] };
  return {
    resource: random.pick<Json>([
      { resourceType: 'Patient', ...used, active: true },
      { resourceType: 'Patient', name: [{ use: 'official', family: 'A', ...used }] },
      { resourceType: 'Patient', birthDate: '1970', _birthDate: used },
      { resourceType: 'Patient', contact: [{ name: { text: 'a', ...used } }] },
      { resourceType: 'Patient', deceasedBoolean: true, _deceasedBoolean: used },
      { resourceType: 'Observation', ...used, status: 'final', code: { text: 'a' } },
      {
        resourceType: 'Patient',
        extension: [
          {
            url: core('patient-animal'),
            extension: [{ url: 'species', valueCodeableConcept: { text: 'dog', ...used } }],
          },
        ],
      },
      {
        resourceType: 'Bundle',
        type: 'collection',
        entry: [{ ...used, resource: { resourceType: 'Patient', ...used } }],
      },
      {
        resourceType: 'Patient',
        contained: [{ resourceType: 'Organization', id: 'o', name: 'O', ...used }],
        managingOrganization: { reference: '#o' },
      },
    ]),
    definitions: [made],
  };
};

const extensionDefinition: Topic = (random, id) => {
  const made = extension(
    id,
    { 'Extension.value[x]': { min: 1, type: [{ code: 'string' }] } },
    { context: [random.pick(contexts)] },
  );
  return {
    resource: turned(random, made, [
      { context: undefined },
      { context: [random.pick(contexts), random.pick(contexts)] },
      { contextInvariant: [random.pick(['a and', 'name.exists()', "'a'"])] },
      { type: 'Patient' },
      { baseDefinition: core('Element') },
      { baseDefinition: 'http://none.test/a' },
      { kind: 'resource' },
      { kind: 'primitive-type' },
      { derivation: 'specialization' },
      { derivation: undefined },
      { abstract: true },
      { fhirVersion: '4.0.1' },
      { fhirVersion: undefined },
      { url: 'a' },
      { url: undefined },
      { name: 'a b' },
      { differential: undefined },
      { experimental: undefined },
      { status: 'none' },
      { extension: [{ url: core('structuredefinition-fhir-type'), valueUrl: 'a' }] },
      { extension: [{ url: core('structuredefinition-fmm'), valueInteger: 9 }] },
      {
        extension: [
          {
            url: core('structuredefinition-standards-status'),
            valueCode: random.pick(['normative', 'none', 'deprecated']),
          },
        ],
      },
      { extension: [{ url: core('structuredefinition-wg'), valueCode: 'none' }] },
      extension(id, {}, {}),
      extension(id, { 'Extension.value[x]': { max: '0' }, 'Extension.extension': { max: '0' } }),
      extension(id, { 'Extension.value[x]': { type: [{ code: 'None' }] } }),
      extension(id, { Extension: { isModifier: true }, 'Extension.value[x]': { type: [{ code: 'boolean' }] } }),
      extension(id, {
        'Extension.value[x]': { type: [{ code: 'Reference', targetProfile: ['http://none.test/a', core('None')] }] },
      }),
      extension(id, { 'Extension.value[x]': { type: [{ code: 'string', profile: [core('HumanName')] }] } }),
      extension(id, { 'Extension.extension:a': { sliceName: 'a' }, 'Extension.extension:a.url': { fixedUri: 'b' } }),
      extension(id, { 'Extension.valueString': { maxLength: 3 } }),
      extension(id, { 'Extension.value[x]:valueString': { sliceName: 'valueString', type: [{ code: 'string' }] } }),
    ]),
  };
};

export const extensionTopics: Readonly<Record<string, Topic>> = {
  'use of extensions': extensionUse,
  'definitions of extensions': extensionDefinition,
};
