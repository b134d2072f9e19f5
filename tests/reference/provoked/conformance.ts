/** Provocations in resources that say what is conformant, other than structure definitions. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { defined, home, profile, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const of = (elements: Readonly<Record<string, Json>>, more: Json = {}): Json =>
  profile('tested', 'Patient', elements, more);
const parameter = (more: Json): Json =>
  defined('SearchParameter', 'tested', {
    code: 'tested',
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.name',
    ...more,
  });
const operation = (more: Json): Json =>
  defined('OperationDefinition', 'tested', {
    kind: 'operation',
    code: 'tested',
    system: false,
    type: false,
    instance: true,
    ...more,
  });
const statement = (more: Json): Json =>
  defined('CapabilityStatement', 'tested', {
    kind: 'instance',
    implementation: { description: 'x' },
    fhirVersion: '5.0.0',
    format: ['json'],
    ...more,
  });
const searched = (searchParam: Json): Json =>
  statement({ rest: [{ mode: 'server', resource: [{ type: 'Patient', searchParam: [searchParam] }] }] });

export const conformanceProvocations: Provocations = {
  'search parameter at fault': [
    parameter({ expression: '((' }),
    parameter({ expression: 'Patient.none' }),
    parameter({ expression: undefined }),
    parameter({ code: 'a$b' }),
    parameter({ type: 'composite' }),
    parameter({ base: ['None'] }),
    parameter({ derivedFrom: `${home}/SearchParameter/none` }),
    parameter({ derivedFrom: 'http://hl7.org/fhir/SearchParameter/Patient-birthdate' }),
    parameter({ derivedFrom: 'http://hl7.org/fhir/SearchParameter/Patient-name', base: ['Observation'] }),
    parameter({ derivedFrom: 'http://hl7.org/fhir/SearchParameter/Patient-name', expression: 'Patient.gender' }),
    parameter({
      type: 'composite',
      component: [
        { definition: 'http://hl7.org/fhir/SearchParameter/none', expression: '((' },
        { definition: 'http://hl7.org/fhir/SearchParameter/Patient-name', expression: 'name' },
      ],
    }),
    parameter({ target: ['Patient'] }),
    parameter({ chain: ['name'] }),
    parameter({ comparator: ['gt'], modifier: ['exact'] }),
  ],
  'operation at fault': [
    operation({ inputProfile: `${home}/StructureDefinition/none` }),
    operation({ inputProfile: `${home}/StructureDefinition/narrow` }),
    operation({
      inputProfile: `${core}/Parameters`,
      parameter: [{ name: 'a', use: 'in', min: 0, max: '1', type: 'string' }],
    }),
    operation({ base: `${home}/OperationDefinition/none` }),
    operation({ instance: false }),
    operation({ resource: ['Patient'] }),
    operation({ parameter: [{ name: 'a', use: 'in', min: 0, max: '1' }] }),
    operation({ parameter: [{ name: 'a', use: 'in', min: 0, max: '1', type: 'None' }] }),
    operation({ parameter: [{ name: 'a', use: 'in', min: 0, max: '1', type: 'string', searchType: 'string' }] }),
    operation({
      parameter: [{ name: 'a', use: 'in', min: 0, max: '1', type: 'string', targetProfile: [`${core}/Patient`] }],
    }),
    operation({
      parameter: [
        {
          name: 'a',
          use: 'in',
          min: 2,
          max: '1',
          type: 'string',
          binding: { strength: 'required', valueSet: `${home}/ValueSet/none` },
        },
      ],
    }),
  ],
  'capability statement at fault': [
    searched({ name: 'name', type: 'token', definition: 'http://hl7.org/fhir/SearchParameter/Patient-name' }),
    searched({ name: 'other', type: 'string', definition: 'http://hl7.org/fhir/SearchParameter/Patient-name' }),
    searched({ name: 'name', type: 'string', definition: `${home}/SearchParameter/none` }),
    searched({ name: 'name', type: 'token' }),
    searched({ name: 'none', type: 'string' }),
    statement({}),
    statement({ rest: [{ mode: 'server', resource: [{ type: 'Patient' }, { type: 'Patient' }] }] }),
    statement({ rest: [{ mode: 'server', resource: [{ type: 'Patient', profile: `${core}/Observation` }] }] }),
    statement({
      rest: [
        { mode: 'server', resource: [{ type: 'Patient', supportedProfile: [`${home}/StructureDefinition/none`] }] },
      ],
    }),
    statement({ kind: 'requirements' }),
    statement({ messaging: [{}] }),
  ],
  'parameters at fault': [
    { resourceType: 'Parameters', parameter: [{ name: 'a' }] },
    {
      resourceType: 'Parameters',
      parameter: [{ name: 'a', valueString: 'x', part: [{ name: 'b', valueString: 'x' }] }],
    },
    { resourceType: 'Parameters', parameter: [{ name: 'a', valueString: 'x', resource: { resourceType: 'Patient' } }] },
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'valueSet', valueString: 'x' },
        { name: 'system', valueInteger: 1 },
        { name: 'resource', valueString: 'x' },
        { name: 'url' },
      ],
    },
    { resourceType: 'Parameters', parameter: [{ valueString: 'x' }] },
  ],
  'status of what is named': ['draft', 'retired', 'unknown'].flatMap((status) => [
    of({}, { status, extension: [{ url: `${core}/structuredefinition-standards-status`, valueCode: 'deprecated' }] }),
    of({}, { status, extension: [{ url: `${core}/structuredefinition-standards-status`, valueCode: 'trial-use' }] }),
  ]),
  'guide at fault': [
    ...[
      { uri: `${home}/ImplementationGuide/none`, packageId: 'none', version: '1.0.0' },
      { uri: `${home}/none`, packageId: 'a b', version: 'x y' },
      { uri: `${home}/ImplementationGuide/none|1.0.0`, packageId: 'none' },
      { uri: `${home}/ImplementationGuide/none|1.0.0`, packageId: 'none', version: '2.0.0' },
      { uri: `${home}/ImplementationGuide/none|`, packageId: 'none', version: '2.0.0' },
      {
        uri: 'http://terminology.hl7.org/ImplementationGuide/hl7.terminology',
        packageId: 'hl7.fhir.us.core',
        version: '1.0.0',
      },
      { uri: `${home}/ImplementationGuide/none` },
    ].map((dependsOn) =>
      defined('ImplementationGuide', 'tested', { packageId: 'a.b', fhirVersion: ['5.0.0'], dependsOn: [dependsOn] }),
    ),
    defined('ImplementationGuide', 'tested', {
      packageId: 'a.b',
      fhirVersion: [],
      dependsOn: [{ uri: `${home}/ImplementationGuide/none` }],
    }),
  ],
};
