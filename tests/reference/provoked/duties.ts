/** Provocations in profiles of obligations, operations with profiles on their parameters, and expressions of several items. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { defined, home, profile, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const flag: Json = { url: `${core}/obligation-profile`, valueBoolean: true };
const duty: Json = {
  url: `${core}/obligation`,
  extension: [{ url: 'code', valueCode: 'SHALL:populate' }],
};
const inherits = (canonical?: string): Json => ({
  url: `${core}/inherit-obligations`,
  ...(canonical !== undefined && { valueCanonical: canonical }),
});

const obliged = (elements: Readonly<Record<string, Json>>, more: Json = {}): Json =>
  profile('tested', 'Patient', elements, { extension: [flag], ...more });
const bound = (binding: Json): Json => obliged({ 'Patient.gender': { binding } });
const genders = 'http://hl7.org/fhir/ValueSet/administrative-gender|5.0.0';

/** A profile on Parameters whose slices say what an operation is given. */
const given = profile('given', 'Parameters', {
  'Parameters.parameter': {
    slicing: { discriminator: [{ type: 'value', path: 'name' }], rules: 'open', ordered: false },
  },
  'Parameters.parameter:one': { min: 1, max: '1' },
  'Parameters.parameter:one.name': { fixedString: 'one' },
  'Parameters.parameter:one.value[x]': { min: 1, type: [{ code: 'string' }] },
  'Parameters.parameter:one.resource': { max: '0' },
  'Parameters.parameter:one.part': { max: '0' },
  'Parameters.parameter:who': { min: 0, max: '*' },
  'Parameters.parameter:who.name': { fixedString: 'who' },
  'Parameters.parameter:who.value[x]': {
    min: 1,
    type: [{ code: 'Reference', targetProfile: [`${core}/Patient`] }],
  },
  'Parameters.parameter:who.resource': { max: '0' },
  'Parameters.parameter:who.part': { max: '0' },
});
const givenOddly = profile('given-oddly', 'Parameters', {
  'Parameters.parameter': {
    slicing: { discriminator: [{ type: 'value', path: 'name' }], rules: 'open', ordered: false },
  },
  'Parameters.parameter:none': { min: 1, max: '1' },
});

const obligatory = (id: string, more: Json = {}): Json =>
  profile(id, 'Patient', { 'Patient.name': { extension: [duty] } }, { extension: [flag], ...more });

export const dutyDefinitions: readonly Json[] = [
  given,
  givenOddly,
  obligatory('duties'),
  obligatory('duties-of-another', {
    type: 'Practitioner',
    baseDefinition: `${core}/Practitioner`,
    differential: undefined,
  }),
  profile('no-duties', 'Patient', { 'Patient.name': { min: 1 } }),
  profile('base-gender', 'Patient', { 'Patient.gender': { fixedCode: 'female' } }),
];

const obligations: Provocations = {
  'obligations of a profile': [
    obliged({ 'Patient.name': { extension: [duty], mustSupport: true } }),
    obliged({ 'Patient.name': { short: 'A name' } }),
    obliged({ 'Patient.name': { max: '1', min: 1 } }),
    obliged({ 'Patient.name': { extension: [{ url: `${core}/elementdefinition-bestpractice`, valueBoolean: true }] } }),
    obliged({ 'Patient.none': { extension: [duty] } }),
    obliged({ 'Patient.name': { path: 'Patient.telecom', extension: [duty] } }),
    obliged({ 'Patient.name': { binding: { strength: 'required', valueSet: genders } } }),
    bound({ strength: 'required' }),
    bound({ strength: 'required', valueSet: genders }),
    bound({ strength: 'extensible' }),
    ...['required', 'maximum', 'extensible', 'candidate', 'ui'].map((purpose) =>
      bound({ strength: 'required', additional: [{ purpose, valueSet: genders }] }),
    ),
    bound({ strength: 'required', extension: [{ url: `${core}/elementdefinition-bestpractice`, valueBoolean: true }] }),
    obliged({}, { derivation: 'specialization' }),
    obliged({}, { baseDefinition: `${home}/StructureDefinition/none` }),
    obliged({ 'Patient.name': { min: 1 } }, { extension: [{ ...flag, valueBoolean: false }] }),
  ],
  'obligations that are inherited': [undefined, 'none', 'duties', 'no-duties', 'duties-of-another'].map((id) =>
    profile(
      'tested',
      'Patient',
      {},
      {
        extension: [inherits(id === undefined ? undefined : `${home}/StructureDefinition/${id}`)],
      },
    ),
  ),
};

const operation = (parameter: readonly Json[], more: Json = {}): Json =>
  defined('OperationDefinition', 'tested', {
    ...{ kind: 'operation', code: 'tested', system: true, type: false, instance: false },
    inputProfile: `${home}/StructureDefinition/given`,
    parameter,
    ...more,
  });
const one: Json = { name: 'one', use: 'in', min: 1, max: '1', type: 'string' };
const who: Json = { name: 'who', use: 'in', min: 0, max: '*', type: 'Reference', targetProfile: [`${core}/Patient`] };

const operations: Provocations = {
  'parameters of a profile': [
    operation([one, who]),
    operation([one]),
    operation([who]),
    operation([one, who, { ...one, name: 'other' }]),
    operation([one, who, { ...one, name: 'out', use: 'out' }]),
    operation([{ ...one, min: 0 }, who]),
    operation([{ ...one, max: '2' }, who]),
    operation([{ ...one, type: 'integer' }, who]),
    operation([one, { ...who, targetProfile: [`${core}/Practitioner`] }]),
    operation([one, { ...who, targetProfile: [`${core}/Patient`, `${core}/Practitioner`] }]),
    operation([one, { ...who, type: 'Element', allowedType: ['Reference', 'canonical'], targetProfile: undefined }]),
    operation([one], { inputProfile: `${home}/StructureDefinition/given-oddly` }),
    operation([one], { base: `${home}/OperationDefinition/tested` }),
  ],
};

const rule = (path: string, expression: string): Json => {
  const { differential, ...rest } = profile('tested', 'Patient', {}) as { differential: Json };
  const constraint = [{ key: 'own-1', severity: 'error', human: 'A rule', expression }];
  const types: Readonly<Record<string, string>> = { 'Patient.name': 'HumanName', 'Patient.birthDate': 'date' };
  return {
    ...rest,
    snapshot: {
      element: [
        { id: 'Patient', path: 'Patient', min: 0, max: '*', ...(path === 'Patient' && { constraint }) },
        ...(path === 'Patient'
          ? []
          : [{ id: path, path, min: 0, max: '*', type: [{ code: types[path] }], constraint }]),
      ],
    },
    differential,
  };
};

const expressions = [
  "name.given = 'a'",
  "'a' = name.given",
  'name.given = contact.name.given',
  "name.family & 'x' = 'ax'",
  'name.period.start < @2020-01-01',
  'name.count() > 1 and birthDate.first().exists()',
  'name.first().first().exists()',
  'id.startsWith(name.family)',
  'name.iif(true, 1).exists()',
  'deceased is boolean or name is HumanName',
  "(name.family + 'x').exists()",
  'name.ofType(Quantity).exists()',
  "defineVariable('a', 1).defineVariable('a', 2).exists()",
  "name.where(given = 'a').exists()",
  'name.where(family).exists()',
  "extension('http://provoked.test/none').exists()",
  'link.other.resolve().first().exists()',
  'name.skip(1).take(2).exists()',
  "name.select(family) = 'a'",
  'name.given.join(name.family).exists()',
];

const doubts: Provocations = {
  'rule about several items': expressions.map((expression) => rule('Patient', expression)),
  'rule about several items of an element': [
    "given = 'a'",
    'given.first().exists()',
    'family.first().exists()',
    "given & 'a' = 'b'",
  ].map((expression) => rule('Patient.name', expression)),
  'search parameter for several items': [
    "Patient.name.given = 'a'",
    'Patient.birthDate.first()',
    'Patient.name.ofType(Quantity)',
    'Patient.name.period.start < today()',
  ].map((expression) =>
    defined('SearchParameter', 'tested', { code: 'a', base: ['Patient'], type: 'string', expression }),
  ),
};

export const dutyProvocations: Provocations = { ...obligations, ...operations, ...doubts };
