/** Rules between definitions and values: canonicals, systems, slices, contexts, options, lists in patterns. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator, type Codes } from '../src/index.ts';
import { definitionsOf } from './memory-codes.ts';
import { found as foundOf, patient, profile } from './tested-profile.ts';

const core = 'http://hl7.org/fhir/StructureDefinition/';
const home = 'http://example.org/';
const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender';

const definition = (id: string, type: string, element: object[], more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'StructureDefinition', id, url: home + id, name: id, status: 'draft', abstract: false, type },
  ...{ kind: type === 'Patient' ? 'resource' : 'complex-type', derivation: 'constraint', baseDefinition: core + type },
  differential: { element: [{ id: type, path: type }, ...element] },
  ...more,
});

const contextOf = (expression: string): object => ({ context: [{ type: 'element', expression }] });

const named = definition('named', 'Patient', [{ id: 'Patient.name', path: 'Patient.name', min: 1 }]);
const known = [
  named,
  definition('bound', 'Patient', [
    {
      ...{ id: 'Patient.maritalStatus', path: 'Patient.maritalStatus' },
      binding: { strength: 'required', valueSet: 'urn:set' },
    },
  ]),
  definition('whole', 'Patient', [], {
    snapshot: {
      element: ['Patient', 'Patient.name'].map((path) => ({ id: path, path })),
    },
  }),
  definition('of-named', 'Extension', [], contextOf(`${home}named#Patient`)),
  definition('of-nothing', 'Extension', [], contextOf(`${home}none#Patient`)),
];

const codes: Codes = {
  validate: () => 'unknown',
  concept: () => ({ known: 'unknown' }),
  system: (url) =>
    url === 'urn:system' ? { content: 'complete', isHierarchy: false, properties: [], filters: [] } : undefined,
  valueSetKnowledge: (url) => (url === 'urn:set' ? { includes: [{ system: 'urn:lost', isWhole: true }] } : undefined),
};

/** Returns errors and warnings of these kinds. */
function found(resource: object, kinds: RegExp): string[] {
  return new Validator({ definitions: definitionsOf(known), codes, unknownExtensions: 'ignore' })
    .validate(JSON.parse(JSON.stringify(resource)))
    .filter(({ id, severity }) => kinds.test(id) && severity !== 'information')
    .map(({ id, severity, code, expression }) => `${severity} ${code} ${id} ${expression}`);
}

describe('a canonical', () => {
  const system = (more: object): object => ({
    ...{ resourceType: 'CodeSystem', url: 'urn:x', status: 'draft', content: 'supplement' },
    ...more,
  });
  const of = (resource: object): string[] => found(resource, /^canonical-target$/);

  it('leads to a definition of the type that is asked for', () => {
    assert.deepEqual(of(system({ supplements: 'urn:system', valueSet: 'urn:set' })), []);
    assert.deepEqual(of(system({ supplements: gender })), ['error invalid canonical-target CodeSystem.supplements']);
    assert.deepEqual(of(system({ valueSet: 'urn:system|1' })), ['error invalid canonical-target CodeSystem.valueSet']);
    const asked = (derivedFrom: string): object => ({
      resourceType: 'Questionnaire',
      status: 'draft',
      derivedFrom: [derivedFrom],
    });
    assert.deepEqual(of(asked(`${home}named`)), ['error invalid canonical-target Questionnaire.derivedFrom[0]']);
    assert.deepEqual(of(asked('urn:nowhere')), []);
  });
});

describe('a code system', () => {
  it('gives a property values of the value set that it names for it', () => {
    const extension = [{ url: `${core}codesystem-property-valueset`, valueCanonical: gender }];
    const of = (valueCode: string): string[] =>
      found(
        {
          ...{ resourceType: 'CodeSystem', url: 'urn:x', status: 'draft', content: 'complete', caseSensitive: true },
          property: [{ code: 'p', type: 'code', uri: 'urn:p', extension }],
          concept: [{ code: 'a', property: [{ code: 'p', valueCode }] }],
        },
        /^code-system-property-listed$/,
      );
    assert.deepEqual(of('male'), []);
    assert.deepEqual(of('none'), ['error invalid code-system-property-listed CodeSystem.concept[0].property[0]']);
  });
});

describe('an expansion', () => {
  it('made of two versions of a system says of which one a code is', () => {
    const of = (more: object, ...versions: string[]): string[] =>
      found(
        {
          ...{ resourceType: 'ValueSet', status: 'draft', compose: { include: [{ system: 'urn:s' }] } },
          expansion: {
            timestamp: '2026-01-31',
            parameter: versions.map((one) => ({ name: 'used-codesystem', valueUri: `urn:s|${one}` })),
            contains: [{ system: 'urn:s', code: 'a', ...more }],
          },
        },
        /^expansion-system/,
      );
    assert.deepEqual(of({}, '1'), []);
    assert.deepEqual(of({}, '1', '2'), ['error invalid expansion-system-several ValueSet.expansion']);
    assert.deepEqual(of({ version: '1' }, '1', '2'), []);
  });
});

describe('a coding', () => {
  it('of the definition of a profile is one of its elements', () => {
    const coded = (system: string, code = 'a'): object => patient({ maritalStatus: { coding: [{ system, code }] } });
    assert.deepEqual(found(coded(`${home}whole`, 'Patient.name'), /^code-/), []);
    assert.deepEqual(found(coded(`${home}whole`), /^code-/), [
      'error code-invalid code-unknown Patient.maritalStatus.coding[0].code',
    ]);
    assert.deepEqual(found(coded('urn:else'), /^code-/), [
      'warning not-found code-system-unknown Patient.maritalStatus.coding[0].system',
    ]);
  });

  it('of a value set that is at hand is told of its system, once, where that is not', () => {
    const coded = { coding: [{ system: 'urn:lost', code: 'a' }] };
    const resource = patient({ meta: { profile: [`${home}bound`] }, maritalStatus: coded });
    assert.deepEqual(found(resource, /-unknown$/), [
      'warning not-found code-system-unknown Patient.maritalStatus.coding[0].system',
    ]);
  });
});

describe('the context of an extension', () => {
  const of = (url: string, more: object = {}): string[] =>
    found(patient({ extension: [{ url: home + url, valueString: 'a' }], ...more }), /^extension-context$/);

  it('may be a profile, which the resource meets', () => {
    assert.deepEqual(of('of-named', { name: [{ text: 'a' }] }), []);
    assert.deepEqual(of('of-named'), ['error structure extension-context Patient']);
    assert.deepEqual(of('of-nothing'), ['error structure extension-context Patient']);
  });

  it('is named by the url of a profile and an element, not by the url alone', () => {
    const stated = (expression: string): string[] =>
      found(definition('tested', 'Extension', [], contextOf(expression)), /^definition-context$/);
    assert.deepEqual(stated(`${home}named#Patient`), []);
    assert.deepEqual(stated(`${core}Patient`), ['error invalid definition-context StructureDefinition.context[0]']);
  });
});

describe('the type of an element', () => {
  it('is one of FHIR, or has an address', () => {
    const typed = (code: string): string[] =>
      found(
        definition('tested', 'Patient', [{ id: 'Patient.name', path: 'Patient.name', type: [{ code }] }]),
        /^code-not-in-value-set$/,
      );
    const place = 'StructureDefinition.differential.element[1].type[0].code';
    assert.deepEqual(typed('HumanName'), []);
    assert.deepEqual(typed('http://example.org/Name'), []);
    assert.deepEqual(typed('PersonName'), [`warning code-invalid code-not-in-value-set ${place}`]);
  });
});

describe('slices', () => {
  const sliced = (first: string, second: string) =>
    profile('Patient', [
      {
        ...{ id: 'Patient.identifier', path: 'Patient.identifier' },
        slicing: { discriminator: [{ type: 'value', path: 'period' }], rules: 'open' },
      },
      ...[first, second].flatMap((start, i) => [
        { id: `Patient.identifier:${i}`, path: 'Patient.identifier', sliceName: String(i) },
        { id: `Patient.identifier:${i}.period`, path: 'Patient.identifier.period', patternPeriod: { start } },
      ]),
    ]);
  const identified = patient({ identifier: [{ value: '1', period: { start: '2026' } }] });

  it('have no element in common', () => {
    assert.deepEqual(foundOf(identified, sliced('2026', '2025')), []);
    assert.deepEqual(foundOf(identified, sliced('2026', '2026')), ['slice-several Patient.identifier[0]']);
  });
});

describe('a list in a pattern', () => {
  it('is missing in its owner', () => {
    const patternHumanName = { given: ['Aziza'] };
    const called = profile('Patient', [{ id: 'Patient.name', path: 'Patient.name', patternHumanName } as never]);
    assert.deepEqual(foundOf(patient({ name: [{ text: 'a', given: ['B', 'Aziza'] }] }), called), []);
    assert.deepEqual(foundOf(patient({ name: [{ text: 'a' }] }), called), ['pattern-value Patient.name[0]']);
  });
});

describe('answers', () => {
  const answered = (question: object, answer: object[], status = 'completed'): string[] => {
    const questionnaire = { resourceType: 'Questionnaire', url: 'urn:q', status: 'active', item: [question] };
    const item = [{ linkId: '1', answer }];
    return new Validator({ definitions: definitionsOf([questionnaire]) })
      .validate({ resourceType: 'QuestionnaireResponse', questionnaire: 'urn:q', status, item })
      .filter(({ id }) => id.startsWith('response-'))
      .map(({ severity, id, expression }) => `${severity} ${id} ${expression.replace('QuestionnaireResponse', 'R')}`);
  };
  const occurs = (name: string, valueInteger: number): object => ({
    url: `${core}questionnaire-${name}`,
    valueInteger,
  });
  const yes = { valueBoolean: true };

  it('may be too few until the response is finished, which is a warning', () => {
    const question = { linkId: '1', type: 'boolean', repeats: true, extension: [occurs('minOccurs', 2)] };
    assert.deepEqual(answered(question, [yes]), ['error response-too-few-answers R.item[0]']);
    assert.deepEqual(answered(question, [yes], 'in-progress'), ['warning response-too-few-answers R.item[0]']);
  });

  it('are counted where they do not repeat, too', () => {
    const question = { linkId: '1', type: 'boolean', extension: [occurs('maxOccurs', 1)] };
    assert.deepEqual(answered(question, [yes, yes]), [
      'error response-too-many-answers R.item[0]',
      'error response-more-answers R.item[0]',
    ]);
  });

  it('beside texts are options', () => {
    const answerOption = [{ valueCoding: { system: 'urn:s', code: 'a' } }];
    const question = { linkId: '1', type: 'coding', answerConstraint: 'optionsOrString', answerOption };
    assert.deepEqual(answered(question, [{ valueString: 'words' }]), []);
    assert.deepEqual(answered(question, [{ valueCoding: { system: 'urn:s', code: 'b' } }]), [
      'error response-answer-option R.item[0].answer[0]',
    ]);
  });
});

describe('a resource that is contained', () => {
  const marked: Parameters<typeof foundOf>[1] = {
    ...profile('Practitioner', [{ path: 'Practitioner' }, { path: 'Practitioner.active', ...{ fixedBoolean: true } }]),
    url: `${home}marked`,
  };
  const target = [`${home}marked`];
  const led = (practitioner: object, ...element: NonNullable<Parameters<typeof profile>[1]>): string[] =>
    foundOf(
      patient({
        contained: [{ resourceType: 'Practitioner', id: 'p', active: true, ...practitioner }],
        generalPractitioner: [{ reference: '#p' }],
      }),
      profile('Patient', [{ path: 'Patient' }, ...element]),
      marked,
    );
  const stated = { path: 'Patient.generalPractitioner', type: [{ code: 'Reference', targetProfile: target }] };

  it('meets no profile where it has an error of its own, whatever the profile asks', () => {
    const told = 'reference-target-profile Patient.generalPractitioner[0]';
    assert.deepEqual(led({}, stated), []);
    // A warning does not count as an error.
    assert.deepEqual(
      led({ meta: { profile: ['urn:none'] } }, stated).filter((one) => one === told),
      [],
    );
    for (const fault of [{ birthDate: 'soon' }, { name: [{ use: 'none' }] }, { none: true }])
      assert.ok(led(fault, stated).includes(told), JSON.stringify(fault));
    assert.ok(led({ active: false }, stated).includes(told));
  });

  it('is in no slice of such a profile, either', () => {
    const sliced = [
      {
        path: 'Patient.generalPractitioner',
        slicing: { discriminator: [{ type: 'profile' as const, path: 'resolve()' }], rules: 'open' as const },
      },
      { ...stated, sliceName: 'marked', min: 1 },
    ];
    assert.deepEqual(led({}, ...sliced), []);
    assert.deepEqual(led({ gender: 'none' }, ...sliced), [
      'code-not-in-value-set Patient.contained[0].gender',
      'slice-missing generalPractitioner:marked Patient',
    ]);
  });
});

describe('a rule of a profile', () => {
  const rule = (key: string, expression: string) => ({ key, severity: 'error' as const, human: key, expression });
  const asks = (...constraint: ReturnType<typeof rule>[]) => profile('Patient', [{ path: 'Patient', constraint }]);
  const rules = (members: object, one = asks(rule('r-1', 'maritalStatus.exists()'))): string[] =>
    foundOf(patient(members), one).filter((text) => text.startsWith('invariant '));

  it('finds no element of which nothing can be read', () => {
    assert.deepEqual(rules({ maritalStatus: { text: 'x' } }), []);
    for (const maritalStatus of [{ reference: 'Patient/1' }, { txt: 'x' }, 'married', 7])
      assert.deepEqual(rules({ maritalStatus }), ['invariant r-1 Patient'], JSON.stringify(maritalStatus));
    const below = profile('Patient', [
      { path: 'Patient' },
      { path: 'Patient.contact', constraint: [rule('r-2', 'name.exists() or telecom.exists()')] },
    ]);
    const told = rules({ contact: [{ gender: 'male', name: { famly: 'A' } }] }, below);
    assert.ok(told.includes('invariant r-2 Patient.contact[0]'), told.join());
    assert.deepEqual(rules({ contact: [{ name: { family: 'A' } }] }, below), []);
  });

  it('is told once, however many profiles have it from one', () => {
    const twice = { ...asks(rule('r-1', 'maritalStatus.exists()')), url: `${home}base` };
    const derived = profile('Patient', [{ path: 'Patient' }], { baseDefinition: twice.url });
    const members = { meta: { profile: [twice.url] } };
    const told = foundOf(patient(members), derived, twice).filter((text) => text.startsWith('invariant '));
    assert.deepEqual(told, ['invariant r-1 Patient']);
    // Two different rules are both reported.
    assert.deepEqual(rules({}, asks(rule('r-1', 'maritalStatus.exists()'), rule('r-2', 'name.exists()'))), [
      'invariant r-1 Patient',
      'invariant r-2 Patient',
    ]);
  });
});

describe('a path of a definition', () => {
  it('is written as HL7 writes paths, also in logical models, or a warning tells', () => {
    const of = (path: string, kind: string): string[] =>
      found(
        {
          ...{ resourceType: 'StructureDefinition', url: `${home}m`, name: 'M', status: 'draft', abstract: false },
          ...{ kind, type: `${home}m`, baseDefinition: `${core}Base`, derivation: 'specialization' },
          differential: { element: [{ id: path, path, definition: 'x', min: 0, max: '1' }] },
        },
        /^invariant$/,
      ).filter((one) => one.startsWith('warning') && one.includes('.element['));
    for (const path of ['Seg_1.PID', 'Model.Name'])
      assert.deepEqual(of(path, 'logical'), [
        'warning invariant invariant StructureDefinition.differential.element[0]',
      ]);
    assert.deepEqual(of('Model.name', 'logical'), []);
  });
});
