/** Content rules for code systems, value sets and concept maps: properties, filters, expansions and scopes. */
import { describe } from 'node:test';
import { each } from './content-cases.ts';

const fhir = 'http://hl7.org/fhir/concept-properties#';

describe('properties of a code system', () => {
  const system = (...property: readonly object[]): object => ({
    resourceType: 'CodeSystem',
    url: 'http://example.org/codes',
    status: 'draft',
    content: 'complete',
    caseSensitive: true,
    property,
    concept: [{ code: 'a' }],
  });
  const at = 'CodeSystem.property[0]';
  each([
    [
      'have codes of their own',
      system({ code: 'p', type: 'string' }, { code: 'p', type: 'string' }),
      ['error code-system-property-code-twice CodeSystem.property[1]'],
    ],
    [
      'of HL7 are those that it defines',
      system({ code: 'p', type: 'string', uri: 'http://hl7.org/fhir/no-such' }),
      [`error url-not-defined ${at}.uri`, `error code-system-property-hl7 ${at}`],
    ],
    [
      'that FHIR defines keep their codes',
      system({ code: 'status', type: 'boolean', uri: `${fhir}inactive` }),
      [
        `error url-not-defined ${at}.uri`,
        `warning code-system-property-uri-unknown ${at}`,
        `error code-system-property-other-code ${at}`,
      ],
    ],
    [
      'that FHIR defines keep their types',
      system({ code: 'inactive', type: 'string', uri: `${fhir}inactive` }),
      [
        `error url-not-defined ${at}.uri`,
        `warning code-system-property-uri-unknown ${at}`,
        `error code-system-property-other-type ${at}`,
      ],
    ],
    [
      'with a code that FHIR defines say so',
      system({ code: 'inactive', type: 'string' }),
      [`warning code-system-property-uri-missing ${at}`, `warning code-system-property-other-type ${at}`],
    ],
    ['may be defined by a code that is known', system({ code: 'x', type: 'code', uri: 'urn:known#a' }), []],
    [
      'that hold codes say which',
      system({ code: 'x', type: 'code', uri: 'http://example.org/x' }),
      [`warning code-system-property-uri-unknown ${at}`],
    ],
  ]);
});

describe('concepts of a code system', () => {
  const system = (more: object): object => ({
    resourceType: 'CodeSystem',
    status: 'draft',
    content: 'complete',
    caseSensitive: true,
    concept: [{ code: 'a', display: 'A', definition: 'A', concept: [{ code: 'b', display: 'B', definition: 'B' }] }],
    ...more,
  });
  const parent = { code: 'parent', type: 'code', uri: `${fhir}parent` };
  each([
    ['may stand within others', system({}), []],
    [
      'of HL7 say what that means',
      system({ url: 'http://terminology.hl7.org/CodeSystem/x' }),
      ['warning code-system-hierarchy CodeSystem'],
    ],
    [
      'of HL7 are explained, told once',
      system({
        url: 'http://terminology.hl7.org/CodeSystem/x',
        concept: [{ code: 'a' }, { code: 'b', display: 'B', definition: 'B' }, { code: 'c' }],
      }),
      ['warning code-system-word CodeSystem.concept[0]', 'warning code-system-word CodeSystem.concept[0]'],
    ],
    [
      'have parents that there are',
      system({ property: [parent], concept: [{ code: 'a', property: [{ code: 'parent', valueCode: 'x' }] }] }),
      [
        'error url-not-defined CodeSystem.property[0].uri',
        'warning code-system-property-uri-unknown CodeSystem.property[0]',
        'error code-system-property-code CodeSystem.concept[0].property[0]',
      ],
    ],
  ]);
});

describe('a value set', () => {
  const including = (include: object): object => ({
    resourceType: 'ValueSet',
    status: 'draft',
    compose: { include: [include] },
  });
  const filtered = (property: string, op: string, value: string, system = 'urn:known'): object =>
    including({ system, filter: [{ property, op, value }] });
  const at = 'ValueSet.compose.include[0]';
  each([
    ['filters by what the code system has', filtered('flag', '=', 'true'), []],
    ['filters by no other property', filtered('none', '=', 'x'), [`warning value-set-filter-property ${at}.filter[0]`]],
    ['is not sure of a system that is not here', filtered('none', '=', 'x', 'urn:other'), []],
    [
      'filters by operators that fit',
      filtered('flag', 'in', 'true'),
      [`error value-set-filter-operator ${at}.filter[0]`],
    ],
    [
      'filters concepts by their place',
      filtered('concept', 'regex', 'a'),
      [`error value-set-filter-operator ${at}.filter[0]`, `error value-set-filter-regex ${at}.filter[0]`],
    ],
    ['filters by values of the type', filtered('flag', '=', 'yes'), [`error value-set-filter-value ${at}.filter[0]`]],
    [
      'filters by whether there is a value',
      filtered('concept', 'exists', 'a'),
      [`error value-set-filter-value ${at}.filter[0]`, `error value-set-filter-operator ${at}.filter[0]`],
    ],
    [
      'filters by each code of a list',
      filtered('concept', 'in', 'a,c'),
      [`error value-set-filter-code ${at}.filter[0]`],
    ],
    ['leaves the filters of SNOMED CT to its publisher', filtered('any', '=', 'x', 'http://snomed.info/sct'), []],
    ['is of a whole code system', including({ system: 'urn:part' }), [`warning value-set-system-content ${at}`]],
  ]);
  const expanded = (more: object): object => ({
    resourceType: 'ValueSet',
    status: 'draft',
    compose: { include: [{ system: 'urn:other' }] },
    expansion: { timestamp: '2026-01-31', parameter: [{ name: 'count', valueInteger: 2 }], ...more },
  });
  const contains = [{ system: 'urn:known', version: '1', code: 'a', property: [{ code: 'p', valueString: 'x' }] }];
  each([
    ['declares the properties of an expansion', expanded({ property: [{ code: 'p' }], contains }), []],
    ['has no others', expanded({ contains }), ['error expansion-property ValueSet.expansion']],
    [
      'has no more codes than in all',
      expanded({ total: 1, offset: 1, property: [{ code: 'p' }], contains }),
      ['warning expansion-count ValueSet.expansion'],
    ],
  ]);
});

describe('a map', () => {
  const map = (
    more: object,
    element: object = { code: 'a', target: [{ code: 'b', relationship: 'equivalent' }] },
  ): object => ({
    resourceType: 'ConceptMap',
    status: 'draft',
    group: [{ source: 'urn:known', target: 'urn:known', element: [element] }],
    ...more,
  });
  const at = 'ConceptMap.group[0].element[0]';
  const property = (system: string): object =>
    map(
      { property: [{ code: 'p', type: 'code', system }] },
      { code: 'a', target: [{ code: 'b', relationship: 'equivalent', property: [{ code: 'p', valueCode: 'z' }] }] },
    );
  each([
    ['is right', map({ sourceScopeUri: 'urn:set' }), []],
    ['maps codes of its scope', map({ targetScopeUri: 'urn:set' }), [`error map-code-outside ${at}.target[0].code`]],
    [
      'has a value set as its scope',
      map({ sourceScopeUri: 'urn:known' }),
      ['error canonical-target ConceptMap.sourceScope'],
    ],
    [
      'is between whole code systems',
      map({ group: [{ source: 'urn:part', target: 'urn:known', element: [{ code: 'a', noMap: true }] }] }),
      ['warning map-system-content ConceptMap.group[0].source'],
    ],
    [
      'declares properties of known systems',
      property('urn:none'),
      ['warning map-property-system-unknown ConceptMap.property[0]'],
    ],
    [
      'gives properties codes of their system',
      property('urn:known'),
      [`error map-code ${at}.target[0].property[0].value.ofType(code)`],
    ],
    [
      'says once that there is no target',
      map({
        group: [
          {
            source: 'urn:known',
            target: 'urn:known',
            element: [
              { code: 'a', noMap: true },
              { code: 'a', noMap: true },
            ],
          },
        ],
      }),
      ['warning map-twice ConceptMap.group[0].element[1]'],
    ],
  ]);
});
