/** Sliced profiles for provocations, and resources that meet them in part. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { claiming, extension, home, patient, profile, observation, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';

/** A profile whose `Patient.identifier` is sliced. */
const identifiers = (id: string, slicing: Json, slices: Readonly<Record<string, Json>>): Json =>
  profile(id, 'Patient', { 'Patient.identifier': { slicing }, ...slices });

const bySystem = (rules: string, ordered = false): Json => ({
  discriminator: [{ type: 'value', path: 'system' }],
  rules,
  ordered,
});

const systems = (a: Json = {}, b: Json = {}): Record<string, Json> => ({
  'Patient.identifier:a': a,
  'Patient.identifier:a.system': { min: 1, fixedUri: 'http://provoked.test/a' },
  'Patient.identifier:b': b,
  'Patient.identifier:b.system': { min: 1, fixedUri: 'http://provoked.test/b' },
});

export const slicedDefinitions: readonly Json[] = [
  identifiers('slices-open', bySystem('open'), systems({ min: 1, max: '1' }, { max: '1' })),
  identifiers('slices-closed', bySystem('closed'), systems({ min: 0, max: '1' }, { max: '1' })),
  identifiers('slices-ordered', bySystem('open', true), systems()),
  identifiers('slices-end', bySystem('openAtEnd', true), systems()),
  identifiers(
    'slices-exists',
    { discriminator: [{ type: 'exists', path: 'period' }], rules: 'closed' },
    {
      'Patient.identifier:with': { max: '1' },
      'Patient.identifier:with.period': { min: 1 },
      'Patient.identifier:without': { max: '1' },
      'Patient.identifier:without.period': { max: '0' },
    },
  ),
  identifiers(
    'slices-unclear',
    { discriminator: [{ type: 'exists', path: 'period' }], rules: 'open' },
    {
      'Patient.identifier:with': { max: '1' },
    },
  ),
  identifiers(
    'slices-pattern',
    { discriminator: [{ type: 'pattern', path: 'type' }], rules: 'open' },
    {
      'Patient.identifier:mr': { min: 1 },
      'Patient.identifier:mr.type': {
        min: 1,
        patternCodeableConcept: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
      },
    },
  ),
  identifiers('slices-no-value', bySystem('open'), { 'Patient.identifier:a': { min: 1 } }),
  identifiers('slices-bad-path', { discriminator: [{ type: 'value', path: 'no.such' }], rules: 'open' }, systems()),
  identifiers('slices-both', bySystem('open'), {
    'Patient.identifier:a': {},
    'Patient.identifier:a.system': { min: 1, patternUri: 'http://provoked.test/a' },
    'Patient.identifier:b': {},
    'Patient.identifier:b.system': { min: 1, patternUri: 'http://provoked.test/a' },
  }),
  identifiers(
    'slices-binding',
    { discriminator: [{ type: 'value', path: 'use' }], rules: 'closed' },
    {
      'Patient.identifier:use': { max: '1' },
      'Patient.identifier:use.use': {
        min: 1,
        binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/identifier-use' },
      },
    },
  ),
  profile('slices-type', 'Observation', {
    'Observation.value[x]': { slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'closed' } },
    'Observation.value[x]:valueQuantity': { min: 1, type: [{ code: 'Quantity' }] },
    'Observation.value[x]:valueQuantity.unit': { min: 1 },
  }),
  profile('slices-open-type', 'Observation', {
    'Observation.value[x]': { slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' } },
    'Observation.value[x]:valueString': { min: 0, max: '1', type: [{ code: 'string' }], maxLength: 3 },
  }),
  profile('slices-coding', 'Observation', {
    'Observation.code.coding': {
      min: 1,
      slicing: {
        discriminator: [
          { type: 'value', path: 'system' },
          { type: 'value', path: 'code' },
        ],
        rules: 'open',
      },
    },
    'Observation.code.coding:red': { min: 1, max: '1' },
    'Observation.code.coding:red.system': { min: 1, fixedUri: `${home}/CodeSystem/colours` },
    'Observation.code.coding:red.code': { min: 1, fixedCode: 'red' },
  }),
  profile('slices-extension', 'Patient', {
    'Patient.extension': { slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' } },
    'Patient.extension:simple': {
      min: 1,
      max: '1',
      type: [{ code: 'Extension', profile: [`${home}/StructureDefinition/simple`] }],
    },
  }),
  profile('closed-extensions', 'Patient', {
    'Patient.extension': { slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'closed' } },
    'Patient.extension:simple': {
      max: '1',
      type: [{ code: 'Extension', profile: [`${home}/StructureDefinition/simple`] }],
    },
  }),
  profile('slices-contained', 'Patient', {
    'Patient.contained': { slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'closed' } },
    'Patient.contained:organization': { max: '1', type: [{ code: 'Organization' }] },
  }),
  profile('slices-entries', 'Bundle', {
    'Bundle.entry': { slicing: { discriminator: [{ type: 'type', path: 'resource' }], rules: 'closed' } },
    'Bundle.entry:patient': { min: 1, max: '1' },
    'Bundle.entry:patient.resource': { min: 1, type: [{ code: 'Patient' }] },
  }),
  profile('slices-profile', 'Observation', {
    'Observation.hasMember': {
      slicing: { discriminator: [{ type: 'profile', path: 'resolve()' }], rules: 'closed' },
    },
    'Observation.hasMember:coded': {
      max: '1',
      type: [{ code: 'Reference', targetProfile: [`${home}/StructureDefinition/slices-coding`] }],
    },
  }),
  profile('entry-profiles', 'Bundle', {
    'Bundle.entry.resource': {
      type: [
        {
          code: 'Patient',
          profile: [`${home}/StructureDefinition/limit-birth`, `${home}/StructureDefinition/slices-open`],
        },
      ],
    },
  }),
  profile('entry-type', 'Bundle', { 'Bundle.entry.resource': { type: [{ code: 'Patient' }] } }),
  profile('entry-one-profile', 'Bundle', {
    'Bundle.entry.resource': { type: [{ code: 'Patient', profile: [`${home}/StructureDefinition/must-have-name`] }] },
  }),
  profile('must-have-name', 'Patient', { 'Patient.name': { min: 1, max: '1' } }),
  profile('reference-profile', 'Observation', {
    'Observation.subject': {
      type: [{ code: 'Reference', targetProfile: [`${home}/StructureDefinition/must-have-name`] }],
    },
  }),
  profile('reference-two-profiles', 'Observation', {
    'Observation.subject': {
      type: [
        {
          code: 'Reference',
          targetProfile: [`${home}/StructureDefinition/must-have-name`, `${home}/StructureDefinition/limit-birth`],
        },
      ],
    },
  }),
  profile('reference-contained', 'Observation', {
    'Observation.subject': {
      type: [{ code: 'Reference', targetProfile: [`${core}/Patient`], aggregation: ['contained'] }],
    },
  }),
  profile('reference-bundled', 'Observation', {
    'Observation.subject': {
      type: [{ code: 'Reference', targetProfile: [`${core}/Patient`], aggregation: ['bundled'] }],
    },
  }),
  profile('reference-referenced', 'Observation', {
    'Observation.subject': {
      type: [{ code: 'Reference', targetProfile: [`${core}/Patient`], aggregation: ['referenced'] }],
    },
  }),
  profile('invariants', 'Patient', {
    Patient: {
      constraint: [
        { key: 'own-1', severity: 'error', human: 'A name', expression: 'name.exists()' },
        { key: 'own-2', severity: 'warning', human: 'A gender', expression: 'gender.exists()' },
      ],
    },
  }),
  profile('narrow', 'Patient', {
    'Patient.name': { max: '1' },
    'Patient.telecom': { max: '0' },
    'Patient.deceased[x]': { type: [{ code: 'boolean' }] },
    'Patient.contact.name': { min: 1 },
    'Patient.multipleBirth[x]': { max: '0' },
  }),
  extension('typed', { 'Extension.value[x]': { min: 1, type: [{ code: 'Quantity' }, { code: 'string' }] } }),
  profile('minimum-extension', 'Patient', { 'Patient.extension': { min: 1 } }),
  profile('data-type', 'Patient', {
    'Patient.name': { type: [{ code: 'HumanName', profile: [`${home}/StructureDefinition/named`] }] },
  }),
  profile('named', 'HumanName', { 'HumanName.family': { min: 1 }, 'HumanName.given': { min: 1, max: '1' } }),
];

const id = (system: string, more: Json = {}): Json => ({
  system: `http://provoked.test/${system}`,
  value: '1',
  ...more,
});
const of = (name: string, ...identifier: readonly Json[]): Json => patient({ ...claiming(name), identifier });
const simple = (url: string, more: Json): Json => ({ url: `${home}/StructureDefinition/${url}`, ...more });

export const slicedProvocations: Provocations = {
  'open slices': [
    of('slices-open', id('b')),
    of('slices-open', id('a'), id('a')),
    of('slices-open', id('a'), id('c')),
    of('slices-open', id('a'), id('b'), id('b')),
  ],
  'closed slices': [of('slices-closed', id('c')), of('slices-closed', id('a'), id('b'), id('c'))],
  'ordered slices': [of('slices-ordered', id('b'), id('a')), of('slices-ordered', id('a'), id('b'), id('a'))],
  'slices open at the end': [of('slices-end', id('c'), id('a')), of('slices-end', id('a'), id('c'))],
  'slices by existence': [
    of('slices-exists', id('a'), id('b')),
    of('slices-exists', id('a', { period: { start: '2026' } }), id('a', { period: { start: '2026' } })),
    of('slices-unclear', id('a')),
  ],
  'slices by pattern': [
    of('slices-pattern', id('a')),
    of(
      'slices-pattern',
      id('a', { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'DL' }] } }),
    ),
  ],
  'slices without a value': [of('slices-no-value', id('a')), of('slices-bad-path', id('a'))],
  'slices that are alike': [of('slices-both', id('a'))],
  'slices by a binding': [
    of('slices-binding', id('a', { use: 'usual' }), id('b', { use: 'official' })),
    of('slices-binding', id('a')),
  ],
  'slices by type': [
    observation({ ...claiming('slices-type'), valueString: 'x' }),
    observation({ ...claiming('slices-type'), valueQuantity: { value: 1 } }),
    observation({ ...claiming('slices-type') }),
    observation({ ...claiming('slices-open-type'), valueString: 'long' }),
    observation({ ...claiming('slices-open-type'), valueInteger: 1 }),
  ],
  'slices of codings': [
    observation(claiming('slices-coding')),
    observation({
      ...claiming('slices-coding'),
      code: { coding: [{ system: `${home}/CodeSystem/colours`, code: 'green' }] },
    }),
  ],
  'slices of extensions': [
    patient(claiming('slices-extension')),
    patient({
      ...claiming('slices-extension'),
      extension: [simple('simple', { valueString: 'a' }), simple('simple', { valueString: 'b' })],
    }),
    patient({ ...claiming('closed-extensions'), extension: [simple('typed', { valueString: 'a' })] }),
    patient({ ...claiming('closed-extensions'), extension: [{ url: 'http://example.org/none', valueString: 'a' }] }),
    patient(claiming('minimum-extension')),
  ],
  'slices of contained resources': [
    patient({
      ...claiming('slices-contained'),
      contained: [{ resourceType: 'Location', id: 'a' }],
      managingOrganization: { reference: '#a' },
    }),
  ],
  'slices of entries': [
    {
      resourceType: 'Bundle',
      type: 'collection',
      ...claiming('slices-entries'),
      entry: [{ fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', resource: observation({}) }],
    },
  ],
  'slices by profile': [
    observation({
      ...claiming('slices-profile'),
      contained: [observation({ id: 'a' })],
      hasMember: [{ reference: '#a' }],
    }),
  ],
  'entries of profiles': ['entry-profiles', 'entry-type', 'entry-one-profile'].flatMap((name) =>
    [
      patient({ birthDate: '1800-01-01' }),
      patient({ name: [{ text: 'A' }], identifier: [id('a')] }),
      observation({}),
    ].map((resource) => ({
      ...{ resourceType: 'Bundle', type: 'collection', ...claiming(name) },
      entry: [{ fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', resource }],
    })),
  ),
  'targets of profiles': [
    observation({ ...claiming('reference-profile'), contained: [patient({ id: 'a' })], subject: { reference: '#a' } }),
    observation({
      ...claiming('reference-two-profiles'),
      contained: [patient({ id: 'a', birthDate: '1800' })],
      subject: { reference: '#a' },
    }),
    observation({
      ...claiming('reference-two-profiles'),
      contained: [patient({ id: 'a', name: [{ text: 'A' }] })],
      subject: { reference: '#a' },
    }),
    observation({ ...claiming('reference-profile'), subject: { reference: 'Group/1' } }),
  ],
  'kinds of references': ['reference-contained', 'reference-bundled', 'reference-referenced'].flatMap((name) => [
    observation({ ...claiming(name), contained: [patient({ id: 'a' })], subject: { reference: '#a' } }),
    observation({ ...claiming(name), subject: { reference: 'Patient/1' } }),
  ]),
  'rules of a profile': [patient(claiming('invariants'))],
  'less than the base': [
    patient({
      ...claiming('narrow'),
      name: [{ text: 'A' }, { text: 'B' }],
      telecom: [{ system: 'phone', value: '1' }],
      deceasedDateTime: '2026',
      contact: [{ telecom: [{ system: 'phone', value: '1' }] }],
      multipleBirthBoolean: true,
    }),
  ],
  'profiles of data types': [
    patient({ ...claiming('data-type'), name: [{ text: 'A' }, { family: 'A', given: ['B', 'C'] }] }),
  ],
  'profiles of other types': [
    observation(claiming('narrow')),
    patient({ meta: { profile: [`${home}/StructureDefinition/none`] } }),
  ],
};
