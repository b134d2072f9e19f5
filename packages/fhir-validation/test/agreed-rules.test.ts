/** Rules that R5 states only in prose and that HL7's reference validator checks: names, labels, addresses, types of definitions. */
import { describe } from 'node:test';
import { each, narrative, patient, tagged } from './content-cases.ts';

describe('a link of a narrative', () => {
  const linked = (href: string): object => patient(narrative(`<p><a href="${href}">x</a></p>`));
  each([
    ['leads somewhere', linked('http://example.org'), []],
    ['is not empty', linked(''), ['error narrative-url Patient.text.div', 'error narrative-address Patient.text.div']],
    ['is no name that cannot be followed', linked('urn:uuid:x'), ['error narrative-address Patient.text.div']],
  ]);
});

describe('an identifier that is a UUID', () => {
  const identified = (value: string): object =>
    patient({ identifier: [{ system: 'https://tools.ietf.org/html/rfc4122', value }] });
  const uuid = '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';
  each([
    ['has the system of URIs', identified(uuid), ['warning identifier-uuid Patient.identifier[0]']],
    ['is one', identified('1'), ['error identifier-uuid Patient.identifier[0]']],
  ]);
});

describe('a statement of capabilities', () => {
  const stated = (type: string, definition: string): object => ({
    resourceType: 'CapabilityStatement',
    status: 'draft',
    date: '2026-01-31',
    kind: 'requirements',
    fhirVersion: '5.0.0',
    format: ['json'],
    rest: [{ mode: 'server', resource: [{ type: 'Patient', searchParam: [{ name: 'name', definition, type }] }] }],
  });
  const name = 'http://hl7.org/fhir/SearchParameter/Patient-name';
  each([
    ['gives parameters their type', stated('string', name), []],
    [
      'gives them no other',
      stated('token', name),
      ['error statement-parameter-type CapabilityStatement.rest[0].resource[0].searchParam[0]'],
    ],
    ['may have parameters of its own', stated('token', 'http://example.org/name'), []],
  ]);
});

describe('a search parameter that is derived', () => {
  const derived = (more: object): object => ({
    resourceType: 'SearchParameter',
    url: 'http://example.org/p',
    name: 'P',
    status: 'draft',
    description: 'x',
    code: 'p',
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.name',
    derivedFrom: 'http://hl7.org/fhir/SearchParameter/Patient-name',
    ...more,
  });
  each([
    ['narrows the other', derived({}), []],
    [
      'has its resources',
      derived({ base: ['Person'], expression: 'Person.name' }),
      ['error search-origin-base SearchParameter', 'warning search-origin-expression SearchParameter'],
    ],
    ['has its type', derived({ type: 'token' }), ['error search-origin-type SearchParameter']],
    [
      'names one that is known',
      derived({ derivedFrom: 'http://example.org/q' }),
      ['warning search-origin-unknown SearchParameter'],
    ],
  ]);
});

describe('the version of a definition', () => {
  each([
    [
      'has no #',
      { resourceType: 'Library', url: 'http://example.org/l', version: '1#2', status: 'draft', type: { text: 'x' } },
      ['warning canonical-version-hash Library'],
    ],
  ]);
});

describe('the type of a definition', () => {
  const url = 'http://example.org/fhir/StructureDefinition/x';
  const defined = (type: string, more: object = {}): object => ({
    resourceType: 'StructureDefinition',
    url,
    name: 'X',
    status: 'draft',
    kind: 'logical',
    abstract: false,
    type,
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Base',
    derivation: 'specialization',
    differential: { element: [{ id: type.split('/').at(-1), path: type.split('/').at(-1) }] },
    ...more,
  });
  const place = 'StructureDefinition.type';
  each([
    ['of a model is named by a URL', defined(url), []],
    [
      'is in the namespace of the definition',
      defined('http://example.com/x'),
      [`warning definition-type-namespace ${place}`],
    ],
    ['that is a URL is of a model', defined(url, { kind: 'resource' }), [`error definition-type-not-logical ${place}`]],
    ['is one that there is', defined('Nosuch', { kind: 'resource' }), [`error definition-type-unknown ${place}`]],
    ['of a model is no path', defined('Nosuch'), [`warning definition-type-unknown ${place}`]],
    ['of R5 is not defined anew', defined('Patient', { kind: 'resource' }), [`error definition-type-taken ${place}`]],
  ]);
});

describe('what a profile is derived from, and what it fixes', () => {
  const profile = (more: object, ...element: readonly object[]): object => ({
    resourceType: 'StructureDefinition',
    url: 'http://example.org/fhir/StructureDefinition/x',
    name: 'X',
    status: 'draft',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    differential: { element: [{ id: 'Patient', path: 'Patient' }, ...element] },
    ...more,
  });
  const on = (path: string, more: object = {}): object => ({ id: `Patient.${path}`, path: `Patient.${path}`, ...more });
  const at = 'StructureDefinition';
  const element = (i: number): string => `${at}.differential.element[${i}]`;
  each([
    [
      'is said',
      profile({ derivation: undefined }),
      [`error definition-derivation-missing ${at}`, `error definition-type-taken ${at}.type`],
    ],
    [
      'is of the same kind',
      profile({ kind: 'logical' }),
      [`error definition-kind ${at}`, `error definition-kind ${at}`],
    ],
    [
      'is not specialised by itself',
      profile({ derivation: 'specialization' }),
      [`error definition-specialises-itself ${at}`, `error definition-type-taken ${at}.type`],
    ],
    [
      'has the elements of the profile',
      profile({}, on('noSuch')),
      [`error definition-element-unknown ${at}`, `error definition-element-unknown ${element(1)}`],
    ],
    [
      'has them in the same order',
      profile({}, on('name'), on('active')),
      [`error definition-element-unknown ${at}`, `error definition-element-unknown ${element(1)}`],
    ],
    [
      'may have slices, each with its own elements',
      profile(
        {},
        on('identifier', { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' } }),
        { ...on('identifier:a', { sliceName: 'a' }), path: 'Patient.identifier' },
        { ...on('identifier:a.system'), path: 'Patient.identifier.system' },
        { ...on('identifier:b', { sliceName: 'b' }), path: 'Patient.identifier' },
        { ...on('identifier:b.system'), path: 'Patient.identifier.system' },
        on('active'),
      ),
      [],
    ],
    [
      'is not required less',
      profile(
        { type: 'Observation', baseDefinition: `http://hl7.org/fhir/StructureDefinition/Observation` },
        {
          id: 'Observation.code',
          path: 'Observation.code',
          min: 0,
        },
      ),
      [`error definition-less ${at}`, `error definition-path ${element(0)}`],
    ],
    ['allows as much', profile({}, on('active', { max: '2' })), [`error definition-more ${at}`]],
    [
      'requires its codes',
      profile({}, on('gender', { binding: { strength: 'extensible' } })),
      [`error definition-binding-weaker ${at}`],
    ],
    ['has the types', profile({}, on('gender', { type: [{ code: 'string' }] })), [`error definition-type-other ${at}`]],
    [
      'has the types of fixed values',
      profile({}, on('gender', { fixedBoolean: true })),
      [`error definition-value-other ${at}`],
    ],
    ['may have a choice of types', profile({}, on('deceased[x]', { type: [{ code: 'boolean' }] })), []],
    [
      'has the targets',
      profile(
        {},
        on('managingOrganization', {
          type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient'] }],
        }),
      ),
      [`error definition-target-other ${at}`],
    ],
  ]);
});

describe('a measure', () => {
  const measure = (...group: readonly object[]): object => ({ resourceType: 'Measure', status: 'draft', group });
  const code = { text: 'x' };
  const population = [{ description: 'All' }];
  each([
    ['has groups', { resourceType: 'Measure', status: 'draft' }, ['warning measure-group Measure']],
    ['of which one needs no code', measure({ population }), []],
    [
      'of which several say what they measure',
      measure({ population, code }, { population }),
      ['warning measure-group Measure.group[1]'],
    ],
    ['has populations', measure({ code }), ['warning measure-group Measure.group[0]']],
    [
      'of which several say what they are',
      measure({ population: [{ code }, { description: 'Some' }], stratifier: [{ component: [{ code }, {}] }] }),
      [
        'error object-empty Measure.group[0].stratifier[0].component[1]',
        'warning measure-code Measure.group[0].population[1]',
        'warning measure-code Measure.group[0].stratifier[0].component[1]',
      ],
    ],
    [
      'has criteria in CQL',
      measure({ population: [{ criteria: { language: 'text/fhirpath', expression: 'true' } }] }),
      ['warning measure-language Measure.group[0].population[0].criteria'],
    ],
  ]);
});

describe('a part of an extension', () => {
  const nationality = (...extension: readonly object[]): object =>
    patient({ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-nationality', extension }] });
  each([
    ['is one that its definition has', nationality({ url: 'code', valueCodeableConcept: { text: 'x' } }), []],
    [
      'is no other',
      nationality({ url: 'none', valueString: 'x' }),
      ['error extension-part-unknown Patient.extension[0].extension[0]'],
    ],
  ]);
});

describe('a canonical of a contained resource', () => {
  const response = (more: object): object => ({
    resourceType: 'PlanDefinition',
    status: 'draft',
    action: [{ definitionCanonical: '#a' }],
    ...more,
  });
  each([
    ['leads to one', response({ contained: [{ resourceType: 'ActivityDefinition', id: 'a', status: 'draft' }] }), []],
    [
      'leads nowhere without it',
      response({}),
      ['error canonical-unresolved PlanDefinition.action[0].definition.ofType(canonical)'],
    ],
  ]);
});

describe('a context', () => {
  const extension = (type: string, expression: string): object => ({
    resourceType: 'StructureDefinition',
    url: 'http://example.org/e',
    name: 'E',
    status: 'draft',
    kind: 'complex-type',
    abstract: false,
    type: 'Extension',
    derivation: 'constraint',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
    context: [{ type, expression }],
    differential: { element: [{ id: 'Extension.url', path: 'Extension.url', fixedUri: 'http://example.org/e' }] },
  });
  const at = 'StructureDefinition.context[0]';
  each([
    ['is an element', extension('element', 'Patient.name'), []],
    ['is not any element', extension('element', 'Element'), [`warning definition-context-any ${at}`]],
    [
      'is no path where an element does',
      extension('fhirpath', 'Patient.name'),
      [`warning definition-context-fhirpath ${at}`],
    ],
    ['may be a path', extension('fhirpath', "Patient.name.where(use = 'usual')"), []],
  ]);
});

describe('the system of a code that stands alone', () => {
  each([
    [
      'is a name that begins with http:',
      tagged({ system: 'https://loinc.org', code: '1-1' }),
      ['error coding-system-https Patient.meta.tag[0]'],
    ],
  ]);
});

describe('the stylesheet of a document', () => {
  const empty = 'error bundle-first-entry Bundle';
  const styled = (url: string): object => ({
    resourceType: 'Bundle',
    type: 'document',
    link: [{ relation: 'stylesheet', url }],
  });
  each([
    ['is that of FHIR', styled('https://hl7.org/fhir/fhir.css'), [empty]],
    ['is not outside', styled('https://example.org/a.css'), ['warning bundle-stylesheet Bundle.link[0].url', empty]],
    ['may be in its address', styled('data:text/css;base64,cHt9'), [empty]],
    ['is in the document', styled('Binary/a'), ['error bundle-stylesheet-missing Bundle.link[0].url', empty]],
  ]);
});

describe('a report of a measure', () => {
  each([
    [
      'is not compared with a measure that is not known',
      {
        resourceType: 'MeasureReport',
        status: 'complete',
        type: 'summary',
        measure: 'http://example.org/m',
        period: { start: '2026' },
      },
      ['warning measure-unknown MeasureReport'],
    ],
  ]);
});

describe('a claimed profile', () => {
  each([
    [
      'is no value set',
      patient({ meta: { profile: ['http://hl7.org/fhir/ValueSet/observation-status'] } }),
      ['error canonical-target Patient.meta.profile[0]'],
    ],
  ]);
});

describe('what is of HL7', () => {
  each([
    [
      'is no page of the specification',
      patient({ implicitRules: 'http://hl7.org/fhir/patient.html#notes' }),
      ['error url-not-defined Patient.implicitRules'],
    ],
  ]);
});

describe('ids', () => {
  each([
    [
      'of data types are ids',
      patient({ name: [{ id: 'a b', family: 'x' }] }),
      ['error value-format Patient.name[0].id'],
    ],
    ['of other elements may be any text', patient({ contact: [{ id: 'a b', name: { family: 'x' } }] }), []],
  ]);
});

describe('data of an attachment', () => {
  const photo = (more: object): object => patient({ photo: [{ contentType: 'image/png', ...more }] });
  each([
    [
      'has no white space where its size is stated',
      photo({ data: 'TW Fu', size: '3' }),
      ['error value-format Patient.photo[0].data', 'error attachment-data Patient.photo[0]'],
    ],
  ]);
});

describe('a reference', () => {
  const to = (reference: string): object => patient({ managingOrganization: { reference } });
  each([
    ['is no name of a type', to('Organization'), ['error reference-target Patient.managingOrganization']],
    ['may be of another server, whatever it looks like', to('http://example.org/fhir/Patient/1'), []],
    ['is of a type that is allowed', to('Patient/1'), ['error reference-target Patient.managingOrganization']],
  ]);
});
