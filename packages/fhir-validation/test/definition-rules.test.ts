/** Content rules for resources that define structures, searches and questionnaires. */
import { describe } from 'node:test';
import { each } from './content-cases.ts';

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
    ['names its packages', guide({ uri }), [`warning guide-dependency-package ${at}`]],
    ['names guides', guide({ uri: 'http://example.org/b' }), [`error guide-canonical ${at}`]],
    ['names packages', guide({ uri, packageId: 'b' }), [`error guide-package ${at}`]],
    ['names versions', guide({ uri, packageId: 'b.c', version: '1..2' }), [`error guide-package-version ${at}`]],
    [
      'is for a version of FHIR',
      guide({ uri, packageId: 'b.c', version: '1' }, { fhirVersion: undefined }),
      ['error element-missing ImplementationGuide', 'warning guide-version-missing ImplementationGuide'],
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
      [`error canonical-target ${at}.binding.valueSet`, `error definition-binding-system ${at}.binding`],
    ],
    ['binds to no experiment', profile(bound('urn:trial')), [`warning definition-binding-experimental ${at}.binding`]],
    ['may bind to one as another', profile(bound('urn:trial'), { experimental: true }), []],
    [
      'binds to the codes that are meant',
      profile(bound('http://loinc.org/vs')),
      [`warning definition-binding-whole ${at}.binding`],
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
              constraint: [rule('line.exists()', 'x-3')],
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
        `warning code-inactive ${at}.slicing.discriminator[0].type`,
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
      [`error definition-not-for-type ${at}`, `error definition-target-none ${at}.type[0].targetProfile[0]`],
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
      ['error definition-snapshot StructureDefinition', `error definition-profile-type ${at}.type[0].profile[0]`],
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
      ['error definition-base-type StructureDefinition', 'error definition-snapshot StructureDefinition'],
    ],
    [
      'has contexts where it is an extension',
      profile(on('Patient.active', {}), { context: [{ type: 'element', expression: 'Patient' }] }),
      ['error definition-context-of-type StructureDefinition.context[0]'],
    ],
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
