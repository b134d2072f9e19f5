/** Rules of content of resources that define codes, shapes, searches and questions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { each, found, patient } from './content-cases.ts';

describe('a code system', () => {
  const system = (more: object): object => ({
    resourceType: 'CodeSystem',
    status: 'draft',
    content: 'complete',
    caseSensitive: true,
    concept: [{ code: 'a', display: 'A' }],
    ...more,
  });
  const supplement = (more: object): object =>
    system({ content: 'supplement', caseSensitive: undefined, supplements: 'urn:tree', ...more });
  const property = (one: object, declared: object = { code: 'p', type: 'string' }): object =>
    system({ property: [declared], concept: [{ code: 'a', property: [one] }] });
  each([
    [
      'that is not here has no concepts',
      system({ content: 'not-present' }),
      ['error code-system-not-present CodeSystem.concept[0]'],
    ],
    ['that is complete has concepts', system({ concept: undefined }), ['warning code-system-empty CodeSystem']],
    [
      'has each code once',
      system({ concept: [{ code: 'a' }, { code: 'b', concept: [{ code: 'a' }] }] }),
      ['error code-system-code-twice CodeSystem.concept[1].concept[0]'],
    ],
    [
      'calls a code by its display',
      system({ concept: [{ code: 'a', display: 'A', designation: [{ value: 'B' }] }] }),
      ['warning code-system-designation CodeSystem.concept[0].designation[0]'],
    ],
    [
      'may call it otherwise in another language',
      system({ concept: [{ code: 'a', display: 'A', designation: [{ language: 'uz', value: 'B' }] }] }),
      [],
    ],
    [
      'that adds to another says to which',
      system({ content: 'supplement', caseSensitive: undefined }),
      ['error code-system-supplements CodeSystem', 'error code-system-supplements CodeSystem.content'],
    ],
    [
      'that names another one adds to it',
      system({ supplements: 'urn:known' }),
      ['error code-system-supplement CodeSystem.content', 'error code-system-supplement-case CodeSystem.caseSensitive'],
    ],
    [
      'that adds to one that is not at hand is not checked',
      supplement({ supplements: 'urn:none' }),
      ['warning code-system-supplement-base CodeSystem'],
    ],
    ['that adds to one states what its base states', supplement({ hierarchyMeaning: 'is-a', valueSet: 'urn:all' }), []],
    [
      'that adds to one has no other hierarchy',
      supplement({ hierarchyMeaning: 'part-of' }),
      ['error code-system-supplement-hierarchy CodeSystem'],
    ],
    [
      'that adds to one has no value set of its own',
      supplement({ valueSet: 'urn:own' }),
      ['warning code-system-supplement-value-set CodeSystem'],
    ],
    [
      'declares its properties',
      property({ code: 'q', valueString: 'x' }),
      ['warning code-system-property-unknown CodeSystem.concept[0].property[0]'],
    ],
    [
      'has values of their types',
      property({ code: 'p', valueBoolean: true }),
      ['error code-system-property-type CodeSystem.concept[0].property[0]'],
    ],
    [
      'has values of properties',
      property({ code: 'p' }),
      [
        'error element-missing CodeSystem.concept[0].property[0]',
        'error code-system-property-value CodeSystem.concept[0].property[0]',
      ],
    ],
    [
      'has absolute properties',
      property({ code: 'p', valueString: 'x' }, { code: 'p', type: 'string', uri: 'p' }),
      ['error code-system-property-relative CodeSystem.property[0]'],
    ],
    [
      'has each property once',
      system({ property: ['p', 'q'].map((code) => ({ code, type: 'string', uri: 'http://example.org/p' })) }),
      ['error code-system-property-twice CodeSystem.property[1]'],
    ],
  ]);
});

describe('a value set', () => {
  const including = (include: object): object => ({
    resourceType: 'ValueSet',
    status: 'draft',
    compose: { include: [include] },
  });
  const at = 'ValueSet.compose.include[0]';
  const expanded = (...codes: readonly string[]): object => ({
    resourceType: 'ValueSet',
    status: 'draft',
    compose: { include: [{ system: 'urn:known' }] },
    expansion: {
      timestamp: '2026-01-01',
      parameter: [{ name: 'count', valueInteger: 9 }],
      contains: codes.map((code) => ({ system: 'urn:known', version: '1', code })),
    },
  });
  each([
    [
      'includes code systems',
      including({ system: 'http://hl7.org/fhir/ValueSet/observation-status' }),
      [`error value-set-system-is-value-set ${at}`],
    ],
    ['names versions apart', including({ system: 'urn:known|1' }), [`error value-set-system-version ${at}`]],
    ['names the system of its codes', including({ concept: [{ code: 'a' }] }), [`warning value-set-no-system ${at}`]],
    [
      'filters by codes that there are',
      including({ system: 'urn:known', filter: [{ property: 'concept', op: 'is-a', value: 'x' }] }),
      [`error value-set-filter-code ${at}.filter[0]`],
    ],
    [
      'includes a system, no supplement of one',
      including({ system: 'urn:more' }),
      [`error value-set-system-supplement ${at}`],
    ],
    [
      'is warned of a system without codes',
      including({ system: 'urn:absent' }),
      [`warning value-set-system-content ${at}`],
    ],
    [
      'says how it was expanded',
      {
        resourceType: 'ValueSet',
        status: 'draft',
        expansion: { timestamp: '2026-01-01', contains: [{ system: 'urn:known', code: 'a' }] },
      },
      [
        'warning expansion-parameters ValueSet.expansion',
        'warning expansion-system ValueSet.expansion',
        'warning expansion-alone ValueSet.expansion',
      ],
    ],
    ['is expanded to all its codes', expanded('a'), ['warning expansion-lacks ValueSet.expansion']],
    ['is expanded to no others', expanded('a', 'b', 'c'), ['warning expansion-has-more ValueSet.expansion']],
    ['is expanded to what it is made of', expanded('a', 'b'), []],
  ]);
});

describe('a filter of a value set', () => {
  const url = 'http://hl7.org/fhir/StructureDefinition';
  const at = 'ValueSet.compose.include[0].filter[0]';
  const below = `${at}.value.extension[0].value.ofType(Expression)`;
  const fhirpath = (expression: string): object => ({ language: 'text/fhirpath', expression });
  const filtered = (value: string | undefined, valueExpression?: object): object => {
    const extension = [{ url: `${url}/cqf-expression`, valueExpression }];
    const filter = {
      property: 'flag',
      op: '=',
      value,
      ...(valueExpression !== undefined && { _value: { extension } }),
    };
    return {
      ...{ resourceType: 'ValueSet', status: 'draft' },
      extension: [{ url: `${url}/valueset-parameter`, extension: [{ url: 'name', valueCode: 'age' }] }],
      compose: { include: [{ system: 'urn:known', filter: [filter] }] },
    };
  };
  for (const [name, resource, finding] of [
    ['has a value or an expression, not both', filtered('true', fhirpath('1')), `value-set-filter-value-twice ${at}`],
    ['has one of them', filtered(undefined), `value-set-filter-without-value ${at}`],
    [
      'has an expression in FHIRPath',
      filtered(undefined, { language: 'text/cql', expression: '1' }),
      `value-set-filter-language ${below}`,
    ],
    ['has one that can be read', filtered(undefined, fhirpath('((')), `value-set-filter-expression ${below}`],
    ['has declared parameters', filtered(undefined, fhirpath("%none & '%x'")), `value-set-filter-parameter ${below}`],
    ['may have an expression', filtered(undefined, fhirpath('%age')), undefined],
  ] as const)
    it(name, () => {
      const own = found(resource).filter((one) => one.includes('value-set-filter'));
      assert.deepEqual(own, finding === undefined ? [] : [`error ${finding}`]);
    });
});

describe('an implementation guide', () => {
  const guide = (dependsOn: object, more: object = {}): object => ({
    ...{ resourceType: 'ImplementationGuide', url: 'http://example.org/ImplementationGuide/a', name: 'A' },
    ...{ status: 'draft', packageId: 'a.b', fhirVersion: ['5.0.0'], dependsOn: [dependsOn], ...more },
  });
  const uri = 'http://example.org/ImplementationGuide/b';
  const at = 'ImplementationGuide.dependsOn[0]';
  each([
    ['names others well', guide({ uri, packageId: 'b.c', version: '1.0.0' }), []],
    ['may name the version twice', guide({ uri: `${uri}|1`, packageId: 'b.c', version: '1' }), []],
    ['names no other version', guide({ uri: `${uri}|1`, version: '2' }), [`error guide-canonical-version ${at}`]],
    ['names the version apart', guide({ uri: `${uri}|1` }), [`error guide-canonical-version ${at}`]],
    ['has no bar without a version', guide({ uri: `${uri}|`, version: '1' }), [`error guide-canonical-version ${at}`]],
    ['names guides', guide({ uri: 'http://example.org/b' }), [`error guide-canonical ${at}`]],
    ['names packages', guide({ uri, packageId: 'b' }), [`error guide-package ${at}`]],
    ['names versions', guide({ uri, packageId: 'b.c', version: '1..2' }), [`error guide-package-version ${at}`]],
    [
      'is for a version of FHIR',
      guide({ uri }, { fhirVersion: undefined }),
      ['error element-missing ImplementationGuide', 'warning guide-version-missing ImplementationGuide'],
    ],
  ]);
});

describe('a concept map', () => {
  const map = (group: object, more: object = {}): object => ({
    resourceType: 'ConceptMap',
    status: 'draft',
    group: [{ source: 'urn:known', target: 'urn:known', ...group }],
    ...more,
  });
  const element = (more: object = {}, code = 'a'): object => ({
    element: [{ code, target: [{ code: 'b', relationship: 'equivalent', ...more }] }],
  });
  const target = 'ConceptMap.group[0].element[0].target[0]';
  each([
    ['maps codes that there are', map(element({}, 'x')), ['error map-code ConceptMap.group[0].element[0].code']],
    ['maps to codes that there are', map(element({ code: 'x' })), [`error map-code ${target}.code`]],
    ['names its systems', map({ ...element(), source: undefined }), ['warning map-system-missing ConceptMap.group[0]']],
    [
      'maps code systems',
      map({ ...element(), target: 'http://hl7.org/fhir/ValueSet/observation-status' }),
      ['error canonical-target ConceptMap.group[0].target'],
    ],
    [
      'maps a code to another once',
      map({ element: [{ code: 'a', target: ['b', 'b'].map((code) => ({ code, relationship: 'equivalent' })) }] }),
      ['warning map-twice ConceptMap.group[0].element[0].target[1]'],
    ],
    [
      'declares what it uses',
      map(element({ property: [{ code: 'p', valueString: 'x' }] })),
      [`error map-property-unknown ${target}.property[0].code`],
    ],
    [
      'uses it as declared',
      map(element({ property: [{ code: 'p', valueString: 'x' }] }), { property: [{ code: 'p', type: 'boolean' }] }),
      [`error map-property-type ${target}.property[0].value.ofType(string)`],
    ],
    [
      'says of which system a property is',
      map(element(), { property: [{ code: 'p', type: 'code' }] }),
      ['error map-property-system ConceptMap.property[0]'],
    ],
  ]);
});

describe('a definition', () => {
  const profile = (element: object, more: object = {}): object => ({
    ...{
      resourceType: 'StructureDefinition',
      url: 'http://example.org/p',
      name: 'P',
      status: 'draft',
      kind: 'resource',
    },
    ...{ abstract: false, type: 'Patient', derivation: 'constraint' },
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    differential: { element: [{ id: 'Patient', path: 'Patient' }, element] },
    ...more,
  });
  const on = (path: string, more: object): object => ({ id: path, path, ...more });
  const at = 'StructureDefinition.differential.element[1]';
  const rule = (expression: string, key = 'x-1') => ({ key, severity: 'error', human: 'x', expression });
  const choice = (discriminator: readonly object[], slices: readonly (readonly [string, string?])[]): object =>
    profile(
      { id: 'Observation', path: 'Observation' },
      {
        type: 'Observation',
        baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
        differential: {
          element: [
            on('Observation.value[x]', { slicing: { discriminator, rules: 'open' } }),
            ...slices.map(([sliceName, code]) => ({
              ...{ id: `Observation.value[x]:${sliceName}`, path: 'Observation.value[x]' },
              ...{ sliceName, type: code === undefined ? undefined : [{ code }] },
            })),
          ],
        },
      },
    );
  const bound = (valueSet: string) => on('Patient.maritalStatus', { binding: { strength: 'required', valueSet } });
  each([
    ['is of its own type', profile(on('Basic.code', {})), [`error definition-path ${at}`]],
    [
      'binds codes',
      profile(
        on('Patient.active', {
          type: [{ code: 'boolean' }],
          binding: { strength: 'required', valueSet: 'urn:set' },
        }),
      ),
      [`error definition-not-for-type ${at}`],
    ],
    [
      'binds to a value set that is known',
      profile(bound('http://example.org/v')),
      [`warning definition-binding-unknown ${at}.binding`],
    ],
    [
      'binds to a value set, not a code system',
      profile(bound('urn:known')),
      [`error definition-binding-system ${at}.binding`],
    ],
    ['binds to no experiment', profile(bound('urn:trial')), [`warning definition-binding-experimental ${at}.binding`]],
    ['may bind to one as another', profile(bound('urn:trial'), { experimental: true }), []],
    [
      'binds to the codes that are meant',
      profile(bound('http://loinc.org/vs')),
      [`warning definition-binding-whole ${at}.binding`, `warning definition-binding-unknown ${at}.binding`],
    ],
    [
      'states rules of its own',
      profile(on('Patient.active', { constraint: [{ ...rule('true'), source: 'http://example.org/other' }] })),
      [`error definition-constraint-source ${at}.constraint[0]`],
    ],
    [
      'has rules that the types of their elements allow',
      profile(on('Patient.active', {}), {
        snapshot: {
          element: [
            { id: 'Patient', path: 'Patient', constraint: [rule('name.exists()'), rule('names.exists()', 'x-2')] },
            {
              id: 'Patient.contact',
              path: 'Patient.contact',
              type: [{ code: 'BackboneElement' }],
              constraint: [rule('name.exists()')],
            },
            {
              id: 'Patient.name',
              path: 'Patient.name',
              type: [{ code: 'HumanName' }],
              constraint: [rule('line.exists()')],
            },
          ],
        },
      }),
      [
        'error definition-expression StructureDefinition.snapshot.element[0].constraint[1]',
        'error definition-expression StructureDefinition.snapshot.element[2].constraint[0]',
      ],
    ],
    [
      'slices a choice by its types',
      choice([{ type: 'value', path: '$this' }], [['valueQuantity', 'Quantity']]),
      ['error definition-slices-of-type StructureDefinition'],
    ],
    [
      'names slices of a choice after the types',
      choice([{ type: 'type', path: '$this' }], [['other', 'Quantity']]),
      ['error definition-slices-of-type StructureDefinition'],
    ],
    ['may slice a choice of one type by its values', choice([{ type: 'value', path: '$this' }], [['flu']]), []],
    ['may slice a choice', choice([{ type: 'type', path: '$this' }], [['valueQuantity', 'Quantity']]), []],
    [
      'slices by values with paths that can be read',
      profile(on('Patient.name', { slicing: { rules: 'open', discriminator: [{ type: 'pattern', path: 'use(' }] } })),
      [
        `warning definition-discriminator-pattern ${at}.slicing.discriminator[0]`,
        `error definition-discriminator-path ${at}.slicing.discriminator[0]`,
      ],
    ],
    [
      'has targets of references',
      profile(
        on('Patient.active', {
          type: [{ code: 'boolean', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Basic'] }],
        }),
      ),
      [`error definition-not-for-type ${at}`],
    ],
    [
      'slices what repeats',
      profile(on('Patient.active', { slicing: { rules: 'open', discriminator: [{ type: 'value', path: '$this' }] } })),
      [`error definition-slicing ${at}.slicing`],
    ],
    [
      'has profiles of its types',
      profile(
        on('Patient.name', {
          type: [{ code: 'HumanName', profile: ['http://hl7.org/fhir/StructureDefinition/Basic'] }],
        }),
      ),
      [`error definition-profile-type ${at}.type[0].profile[0]`],
    ],
    [
      'has rules that can be read',
      profile(on('Patient.active', { constraint: [{ key: 'x-1', severity: 'error', human: 'x', expression: 'a +' }] })),
      [`warning definition-expression ${at}.constraint[0]`],
    ],
    [
      'has a base that is known',
      profile(on('Patient.active', {}), { baseDefinition: 'http://example.org/no-such' }),
      ['warning definition-base-unknown StructureDefinition'],
    ],
    [
      'is on the type of its base',
      profile(on('Patient.active', {}), { baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Basic' }),
      ['error definition-base-type StructureDefinition'],
    ],
    [
      'has contexts where it is an extension',
      profile(on('Patient.active', {}), { context: [{ type: 'element', expression: 'Patient' }] }),
      ['error definition-context-of-type StructureDefinition.context[0]'],
    ],
  ]);
});

describe('a code that is required', () => {
  const reason = { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' };
  each([
    ['is there', patient({ _gender: { extension: [reason] } }), ['error code-missing Patient.gender']],
    [
      'is not empty',
      patient({ gender: '' }),
      ['error value-empty Patient.gender', 'error code-missing Patient.gender'],
    ],
    ['may be missing where others will do', patient({ _birthDate: { extension: [reason] } }), []],
  ]);
});

describe('a search parameter', () => {
  const parameter = (more: object): object => ({
    ...{ resourceType: 'SearchParameter', url: 'http://example.org/s', name: 'S', status: 'draft', description: 'x' },
    ...{ code: 's', base: ['Patient'], type: 'string', expression: 'Patient.name' },
    ...more,
  });
  each([
    [
      'has an expression that can be read',
      parameter({ expression: 'a +' }),
      ['error search-expression SearchParameter.expression'],
    ],
    [
      'has an expression for its resources',
      parameter({ expression: 'Patient.name', base: ['Observation', 'Group'] }),
      ['error search-expression SearchParameter.expression'],
    ],
    [
      'may be for several resources',
      parameter({ expression: 'Patient.name | Group.name', base: ['Patient', 'Group'] }),
      [],
    ],
    ['has a code without marks of searches', parameter({ code: 'a.b' }), ['warning search-code SearchParameter']],
    ['that is composite has parts', parameter({ type: 'composite' }), ['error search-components SearchParameter']],
  ]);
});

describe('a questionnaire', () => {
  const asking = (question: string): object => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [
      {
        linkId: 'a',
        type: 'boolean',
        text: 'a',
        enableWhen: [{ question, operator: 'exists', answerBoolean: true }],
        item: [{ linkId: 'b', type: 'boolean', text: 'b' }],
      },
      { linkId: 'c', type: 'boolean', text: 'c' },
    ],
  });
  const at = 'Questionnaire.item[0]';
  each([
    ['asks of questions that there are', asking('x'), [`error questionnaire-condition-unknown ${at}`]],
    ['asks of others', asking('a'), [`error questionnaire-condition-within ${at}`]],
    ['asks of what is not within', asking('b'), [`error questionnaire-condition-within ${at}`]],
    ['asks of what came before', asking('c'), [`warning questionnaire-condition-after ${at}`]],
  ]);
});

describe('a measure', () => {
  const criteria = { language: 'text/cql.identifier', expression: 'x' };
  const measure = (more: object): object => ({
    resourceType: 'Measure',
    status: 'draft',
    group: [{ population: [{ criteria }] }],
    ...more,
  });
  each([
    ['in CQL has a library', measure({}), ['error measure-library-missing Measure.group[0].population[0].criteria']],
    ['may have one', measure({ library: ['http://example.org/l'] }), []],
  ]);
});
