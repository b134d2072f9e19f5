/** Profiles by what they can hold elements to: limits of every type, slices within slices, bindings beside bindings. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { extension, home, profile } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const at = (name: string): string => `${home}/StructureDefinition/${name}`;
const colours = `${home}/CodeSystem/colours`;

/** A limit of a type: the member of an ElementDefinition and values below, within and above it. */
export const limited: Readonly<
  Record<string, readonly [member: string, min: unknown, max: unknown, values: readonly unknown[]]>
> = {
  date: [
    'Date',
    '2020-02',
    '2020-06-15',
    ['2019', '2020', '2020-02', '2020-02-01', '2020-06-15', '2020-06-16', '2020-07'],
  ],
  instant: [
    'Instant',
    '2020-01-01T00:00:00Z',
    '2021-01-01T00:00:00Z',
    ['2019-12-31T23:59:59Z', '2020-01-01T02:00:00+05:00', '2020-01-01T05:00:00+05:00', '2021-01-01T00:00:00.001Z'],
  ],
  dateTime: [
    'DateTime',
    '2020-01-01T00:00:00Z',
    '2021-01-01T00:00:00Z',
    ['2019', '2019-12-31', '2020', '2020-01-01', '2020-01-01T02:00:00+05:00', '2021-01-01'],
  ],
  time: ['Time', '08:00:00', '10:00:00', ['07:59:59', '08:00:00', '10:00:00', '10:00:01']],
  decimal: ['Decimal', 0.5, 1.5, [0.49, 0.5, 1.5, 1.51, -1]],
  integer: ['Integer', -1, 1, [-2, -1, 1, 2]],
  positiveInt: ['PositiveInt', 2, 3, [1, 2, 3, 4]],
  unsignedInt: ['UnsignedInt', 2, 3, [0, 2, 3, 4]],
  integer64: ['Integer64', '2', '3', ['1', '2', '3', '4', 2]],
};

export const named = (type: string): string => type.charAt(0).toUpperCase() + type.slice(1);

/** The definition of an extension whose elements are in their order: of another one the reference makes no snapshot. */
function ordered(id: string, elements: Readonly<Record<string, Json>>, more: Json = {}): Json {
  const made = extension(id, elements, more);
  const { element } = made['differential'] as { element: { readonly id: string }[] };
  const isValue = ({ id: key }: { readonly id: string }): boolean => key.startsWith('Extension.value[x]');
  return {
    ...made,
    differential: { element: [...element.filter((one) => !isValue(one)), ...element.filter(isValue)] },
  };
}

const valued = (id: string, type: string, more: Json): Json =>
  ordered(`held-${id}`, { 'Extension.value[x]': { min: 1, type: [{ code: type }], ...more } });

const bySystem: Json = { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' };

export const heldDefinitions: readonly Json[] = [
  ...Object.entries(limited).map(([type, [member, min, max]]) =>
    valued(type, type, { [`minValue${member}`]: min, [`maxValue${member}`]: max }),
  ),
  ...['string', 'markdown', 'code', 'uri', 'id', 'base64Binary'].map((type) =>
    valued(`length-${type}`, type, { maxLength: 4 }),
  ),
  valued('places', 'decimal', { extension: [{ url: `${core}/maxDecimalPlaces`, valueInteger: 2 }] }),
  valued('places-quantity', 'Quantity', { extension: [{ url: `${core}/maxDecimalPlaces`, valueInteger: 2 }] }),
  valued('pattern', 'string', { extension: [{ url: `${core}/regex`, valueString: '[A-Z]{2}[0-9]{7}' }] }),
  valued('shortest', 'string', { extension: [{ url: `${core}/minLength`, valueInteger: 3 }] }),
  valued('types', 'CodeableConcept', {
    type: [{ code: 'CodeableConcept' }, { code: 'string' }, { code: 'Reference', targetProfile: [`${core}/Patient`] }],
  }),
  profile('held-quantity', 'Quantity', {
    'Quantity.code': { min: 1 },
    'Quantity.system': { min: 1, fixedUri: 'http://unitsofmeasure.org' },
  }),
  profile('held-value-profile', 'Observation', {
    'Observation.value[x]': { type: [{ code: 'Quantity', profile: [at('held-quantity')] }, { code: 'string' }] },
  }),
  profile('held-within', 'Patient', {
    'Patient.contact': { slicing: { discriminator: [{ type: 'exists', path: 'name' }], rules: 'open' } },
    'Patient.contact:named': { min: 1 },
    'Patient.contact:named.name': { min: 1 },
    'Patient.contact:named.telecom': { min: 1, slicing: bySystem },
    'Patient.contact:named.telecom:phone': { min: 1, max: '1' },
    'Patient.contact:named.telecom:phone.system': { min: 1, fixedCode: 'phone' },
    'Patient.contact:named.telecom:phone.value': { min: 1 },
    'Patient.contact:unnamed': { max: '1' },
    'Patient.contact:unnamed.name': { max: '0' },
  }),
  profile('held-again', 'Patient', {
    'Patient.identifier': { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' }, min: 1 },
    'Patient.identifier:a': { min: 0, slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'closed' } },
    'Patient.identifier:a.system': { min: 1, fixedUri: 'http://provoked.test/a' },
    'Patient.identifier:a/official': { min: 1, max: '1' },
    'Patient.identifier:a/official.use': { min: 1, fixedCode: 'official' },
    'Patient.identifier:a/official.system': { min: 1, fixedUri: 'http://provoked.test/a' },
    'Patient.identifier:a/old': { max: '1' },
    'Patient.identifier:a/old.use': { min: 1, fixedCode: 'old' },
    'Patient.identifier:a/old.system': { min: 1, fixedUri: 'http://provoked.test/a' },
  }),
  profile('held-coded', 'Observation', {
    'Observation.component': {
      slicing: { discriminator: [{ type: 'pattern', path: 'code' }], rules: 'open', ordered: false },
    },
    'Observation.component:red': { min: 1, max: '1' },
    'Observation.component:red.code': {
      min: 1,
      patternCodeableConcept: { coding: [{ system: colours, code: 'red' }] },
    },
    'Observation.component:red.value[x]': { min: 1, type: [{ code: 'Quantity' }] },
    'Observation.component:green': { max: '1' },
    'Observation.component:green.code': {
      min: 1,
      patternCodeableConcept: { coding: [{ system: colours, code: 'green' }] },
    },
    'Observation.component:green.value[x]': { max: '0' },
  }),
  profile('held-by-resolve', 'Observation', {
    'Observation.performer': { slicing: { discriminator: [{ type: 'type', path: 'resolve()' }], rules: 'closed' } },
    'Observation.performer:person': {
      min: 1,
      max: '1',
      type: [{ code: 'Reference', targetProfile: [`${core}/Practitioner`] }],
    },
    'Observation.performer:place': { max: '1', type: [{ code: 'Reference', targetProfile: [`${core}/Organization`] }] },
  }),
  profile('held-by-position', 'Patient', {
    'Patient.name': { slicing: { discriminator: [{ type: 'position', path: '$this' }], rules: 'open' } },
    'Patient.name:first': { min: 1, max: '1' },
    'Patient.name:first.family': { min: 1 },
    'Patient.name:second': { max: '1' },
    'Patient.name:second.text': { min: 1 },
  }),
  profile('held-choice', 'Observation', {
    'Observation.value[x]': { slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' }, min: 1 },
    'Observation.value[x]:valueQuantity': { type: [{ code: 'Quantity' }], max: '1' },
    'Observation.value[x]:valueQuantity.code': { min: 1 },
    'Observation.value[x]:valueCodeableConcept': { type: [{ code: 'CodeableConcept' }], max: '1' },
    'Observation.value[x]:valueCodeableConcept.text': { max: '0' },
  }),
  profile('held-bindings', 'Observation', {
    'Observation.code': {
      binding: {
        strength: 'extensible',
        valueSet: `${home}/ValueSet/all-colours`,
        additional: [
          { purpose: 'maximum', valueSet: `${home}/ValueSet/all-colours` },
          { purpose: 'required', valueSet: `${home}/ValueSet/some-colours` },
        ],
      },
    },
    'Observation.bodySite': {
      binding: {
        strength: 'example',
        additional: ['required', 'extensible', 'preferred', 'candidate', 'current', 'ui', 'starter', 'component'].map(
          (purpose) => ({ purpose, valueSet: `${home}/ValueSet/some-colours`, documentation: 'A' }),
        ),
      },
    },
    'Observation.method': {
      binding: {
        strength: 'example',
        additional: [
          { purpose: 'required', valueSet: `${home}/ValueSet/some-colours`, any: true },
          { purpose: 'extensible', valueSet: `${home}/ValueSet/all-colours` },
        ],
      },
    },
  }),
  profile(
    'held-imposing',
    'Patient',
    { Patient: {} },
    { extension: [{ url: `${core}/structuredefinition-imposeProfile`, valueCanonical: at('held-birth') }] },
  ),
  profile(
    'held-complying',
    'Patient',
    { Patient: {} },
    { extension: [{ url: `${core}/structuredefinition-compliesWithProfile`, valueCanonical: at('held-birth') }] },
  ),
  profile('held-birth', 'Patient', { 'Patient.birthDate': { min: 1 } }),
  profile('held-abstract', 'Patient', { 'Patient.birthDate': { min: 1 } }, { abstract: true }),
  profile('held-draft', 'Patient', { 'Patient.active': { mustSupport: true } }, { status: 'draft' }),
  profile('held-retired', 'Patient', { 'Patient.active': { mustSupport: true } }, { status: 'retired' }),
  profile('held-rules', 'Patient', {
    Patient: {
      constraint: [
        { key: 'p-1', severity: 'error', human: 'A', expression: 'name.exists() or identifier.exists()' },
        { key: 'p-2', severity: 'warning', human: 'B', expression: 'name.all(family.exists())' },
        { key: 'p-3', severity: 'error', human: 'C', expression: 'birthDate <= today()' },
        {
          key: 'p-4',
          severity: 'error',
          human: 'D',
          expression: "telecom.where(system='phone').value.matches('^\\\\+[0-9]+$')",
        },
        {
          key: 'p-5',
          severity: 'warning',
          human: 'E',
          expression: "contact.relationship.memberOf('http://hl7.org/fhir/ValueSet/patient-contactrelationship')",
        },
        { key: 'p-6', severity: 'error', human: 'F', expression: 'name.family.length() < 10' },
        { key: 'p-7', severity: 'error', human: 'G', expression: 'deceased is boolean or deceased.empty()' },
        { key: 'p-8', severity: 'error', human: 'H', expression: 'link.other.resolve().all($this is Patient)' },
      ],
    },
  }),
  profile('held-targets', 'Observation', {
    'Observation.subject': {
      min: 1,
      type: [{ code: 'Reference', targetProfile: [at('held-birth')], aggregation: ['contained', 'bundled'] }],
    },
    'Observation.focus': {
      max: '1',
      type: [
        { code: 'Reference', targetProfile: [`${core}/Patient`], aggregation: ['referenced'], versioning: 'specific' },
      ],
    },
  }),
  profile('held-nothing', 'Patient', {
    'Patient.id': { min: 1 },
    'Patient.text': { min: 1 },
    'Patient.extension': { max: '0' },
    'Patient.name.given': { max: '0' },
    'Patient.deceased[x]': { max: '0' },
    'Patient.multipleBirth[x]': { type: [{ code: 'integer' }] },
    'Patient.photo': { max: '0' },
    'Patient.contact.name.extension': { max: '0' },
  }),
  ordered('held-complex', {
    'Extension.extension': { slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'closed' } },
    'Extension.extension:one': { min: 1, max: '1' },
    'Extension.extension:one.url': { fixedUri: 'one' },
    'Extension.extension:one.value[x]': { min: 1, type: [{ code: 'string' }] },
    'Extension.extension:two': { max: '2' },
    'Extension.extension:two.url': { fixedUri: 'two' },
    'Extension.extension:two.value[x]': {
      min: 1,
      type: [{ code: 'Coding' }],
      binding: { strength: 'required', valueSet: `${home}/ValueSet/some-colours` },
    },
    'Extension.value[x]': { max: '0' },
  }),
  ordered('held-modifier', {
    Extension: { isModifier: true, isModifierReason: 'A' },
    'Extension.value[x]': { min: 1, type: [{ code: 'boolean' }] },
  }),
];
