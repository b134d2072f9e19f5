/** Content rules for code systems, value sets and concept maps. */
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
