/** Topics of definitions for servers: search parameters, operations, capabilities, measures with reports. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { defined } from '../provoked/definition.ts';
import { core, turned, urlOf, type Topic } from './topic.ts';

const searchParameter: Topic = (random, id) => {
  const made = defined('SearchParameter', id, {
    code: 'a-code',
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.name.family',
    processingMode: 'normal',
  });
  return {
    resource: turned(random, made, [
      ...[
        'Patient.name.none',
        'Patient.name.',
        'name.family',
        'Observation.status',
        'Patient.birthDate',
        'Patient.name | Patient.contact.name',
        "Patient.name.where(use='official')",
        "Patient.extension('http://none.test/a').value",
        'Patient.name.family = 1',
        '%resource',
        "Patient.name.family.matches('a')",
        'Patient.managingOrganization.resolve()',
        'Patient.deceased.ofType(boolean)',
        '(Patient.deceased as dateTime)',
        'Patient.name.family.exists()',
        "'a'",
        'AllergyIntolerance.code | Patient.gender',
      ].map((expression) => ({ expression })),
      { expression: undefined },
      { type: 'reference', expression: 'Patient.managingOrganization', target: ['Organization'] },
      { type: 'reference', expression: 'Patient.managingOrganization' },
      { type: 'reference', expression: 'Patient.managingOrganization', target: ['None'] },
      { type: 'token' },
      { type: 'date', expression: 'Patient.name' },
      { type: 'composite' },
      { type: 'composite', component: [{ definition: 'http://none.test/a', expression: 'name' }] },
      {
        type: 'composite',
        component: [
          { definition: 'http://hl7.org/fhir/SearchParameter/Patient-active', expression: 'active' },
          { definition: 'a', expression: 'b and' },
        ],
      },
      { type: 'special' },
      { type: 'none' },
      { base: [] },
      { base: ['None'] },
      { base: ['Patient', 'Observation'] },
      { base: ['Resource'], expression: 'Resource.meta' },
      { base: undefined },
      { code: undefined },
      { code: '_id' },
      { derivedFrom: 'http://hl7.org/fhir/SearchParameter/individual-family' },
      { derivedFrom: 'http://none.test/a' },
      { derivedFrom: 'http://hl7.org/fhir/SearchParameter/Patient-active' },
      { processingMode: 'none' },
      { processingMode: undefined },
      { constraint: 'a and' },
      { multipleOr: true, multipleAnd: false },
      { comparator: ['gt', 'none'] },
      { modifier: ['exact', 'none'] },
      { chain: ['name'] },
      { target: ['Patient'] },
      { description: undefined },
      { url: 'a' },
      { name: 'a b' },
    ]),
  };
};

const operations: Topic = (random, id) => {
  const operation = defined('OperationDefinition', id, {
    kind: 'operation',
    code: 'run',
    system: false,
    type: true,
    instance: false,
    resource: ['Patient'],
    parameter: [
      { name: 'in', use: 'in', min: 0, max: '1', type: 'string' },
      { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle' },
    ],
  });
  const parameter = (more: Json): Json => ({
    parameter: [{ name: 'in', use: 'in', min: 0, max: '1', type: 'string', ...more }],
  });
  const statement = defined('CapabilityStatement', id, {
    kind: 'instance',
    implementation: { description: 'a' },
    fhirVersion: '5.0.0',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        resource: [
          {
            type: 'Patient',
            interaction: [{ code: 'read' }],
            searchParam: [
              { name: 'name', type: 'string', definition: 'http://hl7.org/fhir/SearchParameter/Patient-name' },
            ],
          },
        ],
      },
    ],
  });
  const rest = (more: Json, above: Json = {}): Json => ({
    rest: [{ mode: 'server', ...above, resource: [{ type: 'Patient', interaction: [{ code: 'read' }], ...more }] }],
  });
  return {
    resource: random.oneIn(2)
      ? turned(random, operation, [
          { resource: undefined },
          { resource: ['None'] },
          { system: true, type: false, resource: undefined },
          { kind: 'query' },
          { kind: 'none' },
          { code: '$run' },
          { code: 'a b' },
          { base: 'http://none.test/a' },
          { base: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' },
          { inputProfile: 'http://none.test/a' },
          { inputProfile: core('Patient') },
          { outputProfile: core('Parameters') },
          { overload: [{ parameterName: ['none'] }] },
          { affectsState: true },
          parameter({ type: 'None' }),
          parameter({ type: undefined }),
          parameter({ max: '0' }),
          parameter({ max: 'a' }),
          parameter({ min: 2 }),
          parameter({ use: 'none' }),
          parameter({ type: 'Reference', targetProfile: [core('None')] }),
          parameter({ targetProfile: [core('Patient')] }),
          parameter({ searchType: 'token' }),
          parameter({ searchType: 'token', type: 'string' }),
          parameter({ binding: { strength: 'required', valueSet: 'http://none.test/a' } }),
          parameter({ type: undefined, part: [{ name: 'a', use: 'in', min: 0, max: '1', type: 'string' }] }),
          parameter({ part: [{ name: 'a', use: 'in', min: 0, max: '1', type: 'string' }] }),
          parameter({ scope: ['instance'] }),
          parameter({ allowedType: ['string'] }),
          parameter({ type: 'Element', allowedType: ['string', 'None'] }),
          parameter({ referencedFrom: [{ source: 'a' }] }),
          parameter({ name: 'a b' }),
          {
            parameter: [
              { name: 'a', use: 'in', min: 0, max: '1', type: 'string' },
              { name: 'a', use: 'in', min: 0, max: '1', type: 'string' },
            ],
          },
          { parameter: undefined },
        ])
      : turned(random, statement, [
          rest({ type: 'None' }),
          rest({ profile: core('Observation') }),
          rest({ profile: 'http://none.test/a' }),
          rest({ supportedProfile: [core('Observation')] }),
          rest({ supportedProfile: ['http://none.test/a', 'http://none.test/a'] }),
          rest({ interaction: [{ code: 'none' }] }),
          rest({ interaction: [{ code: 'transaction' }] }),
          rest({
            searchParam: [
              { name: 'name', type: 'token', definition: 'http://hl7.org/fhir/SearchParameter/Patient-name' },
            ],
          }),
          rest({
            searchParam: [
              { name: 'a', type: 'string' },
              { name: 'a', type: 'string' },
            ],
          }),
          rest({
            searchParam: [
              { name: 'b', type: 'string', definition: 'http://hl7.org/fhir/SearchParameter/Patient-name' },
            ],
          }),
          rest({ searchParam: [{ name: 'b', type: 'string', definition: 'http://none.test/a' }] }),
          rest({ searchInclude: ['none', 'Patient:organization'], searchRevInclude: ['a:b'] }),
          rest({ operation: [{ name: 'run', definition: 'http://none.test/a' }] }),
          rest({
            operation: [
              { name: '$everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' },
            ],
          }),
          rest({ versioning: 'none' }),
          rest({}, { interaction: [{ code: 'transaction' }], compartment: ['http://none.test/a'] }),
          rest({}, { security: { service: [{ coding: [{ code: 'a' }] }] } }),
          { rest: [{ mode: 'server', resource: [{ type: 'Patient' }, { type: 'Patient' }] }] },
          { rest: [{ mode: 'server' }, { mode: 'server' }] },
          { kind: 'capability' },
          { kind: 'requirements' },
          { kind: 'requirements', implementation: undefined },
          { implementation: undefined },
          { instantiates: ['http://none.test/a', 'http://hl7.org/fhir/CapabilityStatement/base'] },
          { format: ['none'] },
          { format: undefined },
          { fhirVersion: '9' },
          { fhirVersion: undefined },
          { rest: undefined },
          { implementationGuide: ['a'] },
          { software: { name: 'a' }, kind: 'instance' },
          { messaging: [{ supportedMessage: [{ mode: 'sender', definition: 'http://none.test/a' }] }] },
          { messaging: [{ endpoint: [{ protocol: { code: 'a' }, address: 'http://none.test' }] }] },
          {
            document: [
              { mode: 'producer', profile: 'http://none.test/a' },
              { mode: 'producer', profile: 'http://none.test/a' },
            ],
          },
          { date: undefined },
        ]),
  };
};

const measures: Topic = (random, id) => {
  const scored = (code: string): Json => ({
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-scoring', code }],
  });
  const population = (code: string): Json => ({
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measure-population', code }],
  });
  const group = {
    linkId: 'g',
    code: { text: 'g' },
    population: [
      {
        linkId: 'i',
        code: population('initial-population'),
        criteria: { language: 'text/fhirpath', expression: 'true' },
      },
      { linkId: 'n', code: population('numerator'), criteria: { language: 'text/fhirpath', expression: 'true' } },
    ],
    stratifier: [{ linkId: 's', code: { text: 's' }, criteria: { language: 'text/fhirpath', expression: 'true' } }],
  };
  const measure = defined('Measure', id, {
    scoring: scored(random.pick(['proportion', 'ratio', 'cohort', 'continuous-variable', 'none'])),
    group: [group],
  });
  const reported = {
    linkId: 'g',
    code: { text: 'g' },
    population: [
      { linkId: 'i', code: population('initial-population'), count: 5 },
      { linkId: 'n', code: population('numerator'), count: 3 },
    ],
    measureScoreQuantity: { value: 0.6 },
    stratifier: [{ linkId: 's', code: { text: 's' }, stratum: [{ valueCodeableConcept: { text: 'a' } }] }],
  };
  const report: Json = {
    resourceType: 'MeasureReport',
    status: 'complete',
    type: 'summary',
    measure: urlOf('Measure', id),
    period: { start: '2026', end: '2026' },
    group: [reported],
  };
  const first = (more: Json): Json => ({ group: [{ ...reported, ...more }] });
  return {
    resource: random.oneIn(2)
      ? turned(random, report, [
          { measure: 'http://none.test/a' },
          { measure: undefined },
          { type: 'individual' },
          { type: 'none' },
          { type: 'data-exchange' },
          { period: undefined },
          { period: { start: '2027', end: '2026' } },
          { group: undefined },
          { group: [reported, reported] },
          { subject: { reference: 'Patient/1' } },
          { scoring: scored('cohort') },
          first({ linkId: 'x' }),
          first({ linkId: undefined }),
          first({ code: { text: 'x' } }),
          first({ population: [] }),
          first({ population: [{ linkId: 'x', count: 1 }] }),
          first({ population: [{ linkId: 'i', count: -1 }] }),
          first({ population: [{ linkId: 'i', code: population('none') }] }),
          first({
            population: [
              {
                linkId: 'i',
                code: population('initial-population'),
                count: 1,
                subjectResults: { reference: 'List/1' },
              },
            ],
          }),
          first({ measureScoreQuantity: undefined }),
          first({ measureScoreQuantity: { unit: 'a' } }),
          first({ measureScoreDateTime: '2026', measureScoreQuantity: undefined }),
          first({ measureScoreQuantity: { value: 0.5, system: 'http://unitsofmeasure.org', code: 'kg' } }),
          first({ stratifier: undefined }),
          first({ stratifier: [{ linkId: 'x' }] }),
          first({
            stratifier: [{ linkId: 's', stratum: [{ component: [{ code: { text: 'a' }, valueBoolean: true }] }] }],
          }),
        ])
      : turned(random, measure, [
          { group: undefined },
          { scoring: undefined },
          { library: ['http://none.test/a'] },
          { group: [{ ...group, scoring: scored('ratio') }] },
          { group: [group, group] },
          { group: [{ ...group, population: [{ linkId: 'x', criteria: { language: 'text/cql', expression: 'a' } }] }] },
          { group: [{ ...group, population: [{ criteria: { language: 'text/fhirpath', expression: 'a and' } }] }] },
          { group: [{ ...group, code: undefined }] },
          { scoringUnit: { text: 'a' } },
          { basis: 'None' },
          { url: undefined },
          { subjectCodeableConcept: { text: 'a' } },
          { improvementNotation: { coding: [{ code: 'a' }] } },
        ]),
  };
};

export const operationTopics: Readonly<Record<string, Topic>> = {
  'search parameters': searchParameter,
  'operations and capabilities': operations,
  measures,
};
