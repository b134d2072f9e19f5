import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ElementDefinition, StructureDefinition } from '../src/index.ts';
import type { Json } from './published.ts';
import { base, found, observation, patient, profile, url } from './tested-profile.ts';

describe('what a profile says of an element', () => {
  it('cardinality', () => {
    const of = profile('Patient', [
      { id: 'Patient.name', path: 'Patient.name', min: 1, max: '2' },
      { id: 'Patient.photo', path: 'Patient.photo', max: '0' },
      { id: 'Patient.name.family', path: 'Patient.name.family', min: 1 },
    ]);
    assert.deepEqual(found(patient({}), of), ['element-missing name Patient']);
    assert.deepEqual(found(patient({ name: [{ text: 'x' }] }), of), ['element-missing family Patient.name[0]']);
    const names = [1, 2, 3].map((n) => ({ family: String(n) }));
    assert.deepEqual(found(patient({ name: names, photo: [{ url: 'urn:x' }] }), of), [
      'too-many name Patient',
      'too-many photo Patient',
    ]);
  });

  it('fixed values and patterns, each part at its place', () => {
    const coding = { system: 'urn:s', code: 'c' };
    const of = (element: object) =>
      profile('Observation', [{ id: 'Observation.code', path: 'Observation.code', ...element }]);
    const pattern = of({ patternCodeableConcept: { coding: [coding], text: 't' } });
    assert.deepEqual(
      found(
        observation({
          code: {
            coding: [
              { system: 'urn:s', code: 'd' },
              { ...coding, display: 'x' },
            ],
            text: 't',
          },
        }),
        pattern,
      ),
      [],
    );
    assert.deepEqual(found(observation({ code: { coding: [coding] } }), pattern), [
      'fixed-value-missing Observation.code.text',
    ]);
    assert.deepEqual(found(observation({ code: { coding: [{ system: 'urn:t', code: 'c' }], text: 't' } }), pattern), [
      'pattern-value Observation.code',
    ]);
    const fixed = of({ fixedCodeableConcept: { coding: [coding] } });
    assert.deepEqual(found(observation({ code: { coding: [coding] } }), fixed), []);
    assert.deepEqual(found(observation({ code: { coding: [{ ...coding, display: 'x' }] } }), fixed), [
      'fixed-value-too-much Observation.code.coding.display',
    ]);
    assert.deepEqual(found(observation({ code: { coding: [{ ...coding, code: 'd' }] } }), fixed), [
      'fixed-value Observation.code.coding.code',
    ]);
  });

  it('types of a choice, range and length', () => {
    const of = profile('Observation', [
      {
        id: 'Observation.value[x]',
        path: 'Observation.value[x]',
        type: [{ code: 'integer' }, { code: 'string' }],
        maxLength: 3,
        minValueInteger: 1,
        maxValueInteger: 5,
      } as ElementDefinition,
    ]);
    assert.deepEqual(found(observation({ valueInteger: 5 }), of), []);
    assert.deepEqual(found(observation({ valueInteger: 0 }), of), [
      'value-below-minimum Observation.value.ofType(integer)',
    ]);
    assert.deepEqual(found(observation({ valueInteger: 6 }), of), [
      'value-above-maximum Observation.value.ofType(integer)',
    ]);
    assert.deepEqual(found(observation({ valueString: 'abcd' }), of), [
      'value-too-long Observation.value.ofType(string)',
    ]);
    assert.deepEqual(found(observation({ valueBoolean: true }), of), ['type-not-allowed Observation']);
  });

  it('a binding of the profile that is met takes the place of an extensible one of its base', () => {
    const path = 'Patient.maritalStatus';
    const bound = (binding?: object): StructureDefinition =>
      profile('Patient', [{ id: path, path, ...(binding !== undefined && { binding }) } as ElementDefinition]);
    const married = (code: string): Json => patient({ maritalStatus: { coding: [{ system: 'urn:own', code }] } });
    const told = (code: string, binding?: object): string[] =>
      found(married(code), bound(binding)).filter((one) => one.startsWith('concept-not'));
    const required = { strength: 'required', valueSet: 'urn:vs:a' };
    const warned = `concept-not-in-value-set ${path}`;
    assert.deepEqual(told('a'), [warned]);
    assert.deepEqual(told('a', required), []);
    // A violated binding is reported itself.
    assert.deepEqual(told('b', required), [warned]);
    // A maximum alone does not.
    const extension = [{ url: `${base}elementdefinition-maxValueSet`, valueCanonical: 'urn:vs:a' }];
    assert.deepEqual(told('a', { strength: 'example', extension }), [warned]);
  });

  it('bindings: required, extensible, maximum, additional with and without a usage', () => {
    const of = (binding: object) =>
      profile('Observation', [{ id: 'Observation.code', path: 'Observation.code', binding } as ElementDefinition]);
    const value = (code: string) =>
      observation({
        code: { coding: [{ system: 'urn:s', code }] },
        category: [{ coding: [{ system: 'urn:s', code: 'cat' }] }],
      });
    const required = of({ strength: 'required', valueSet: 'urn:vs:a' });
    assert.deepEqual(found(value('a1'), required), []);
    assert.deepEqual(found(value('b1'), required), ['concept-not-in-value-set Observation.code']);
    assert.deepEqual(found(observation({}), required), ['concept-without-code Observation.code']);
    assert.deepEqual(found(value('b1'), of({ strength: 'required', valueSet: 'urn:vs:other' })), [
      'value-set-unknown Observation.code',
    ]);
    const additional = (usage?: object[]) =>
      of({ strength: 'example', additional: [{ purpose: 'maximum', valueSet: 'urn:vs:a', usage }] });
    assert.deepEqual(found(value('b1'), additional()), ['code-outside-maximum Observation.code']);
    const usage = (code: string) => [
      {
        code: { system: url, code: 'Observation.category' },
        valueCodeableConcept: { coding: [{ system: 'urn:s', code }] },
      },
    ];
    assert.deepEqual(found(value('b1'), additional(usage('cat'))), ['code-outside-maximum Observation.code']);
    assert.deepEqual(found(value('b1'), additional(usage('dog'))), []);
  });

  it('invariants, a broken expression told as such', () => {
    const constraint = (expression: string) => [{ key: 'k-1', severity: 'error' as const, human: 'h', expression }];
    const of = (expression: string) =>
      profile('Patient', [{ id: 'Patient.name', path: 'Patient.name', constraint: constraint(expression) }]);
    assert.deepEqual(found(patient({ name: [{ family: 'x' }, { text: 'x' }] }), of('family.exists()')), [
      'invariant k-1 Patient.name[1]',
    ]);
    assert.deepEqual(found(patient({ name: [{ text: 'x' }] }), of('frobnicate()')), [
      'invariant-not-evaluated k-1 Patient.name[0]',
    ]);
    // Its key is the name of a member of every JavaScript object.
    const inherited = [{ key: 'constructor', severity: 'error' as const, human: 'h', expression: 'false' }];
    assert.deepEqual(
      found(patient({}), profile('Patient', [{ id: 'Patient', path: 'Patient', constraint: inherited }])),
      ['invariant constructor Patient'],
    );
    const conforms = of("%resource.conformsTo('http://example.org/StructureDefinition/other')");
    const other = profile('Patient', [{ id: 'Patient.active', path: 'Patient.active', min: 1 }], {
      url: 'http://example.org/StructureDefinition/other',
    });
    assert.deepEqual(found(patient({ name: [{ text: 'x' }] }), conforms, other), ['invariant k-1 Patient.name[0]']);
    assert.deepEqual(found(patient({ name: [{ text: 'x' }], active: true }), conforms, other), []);
  });

  it('profiles of types, and of what references lead to', () => {
    const phone = profile('ContactPoint', [{ id: 'ContactPoint.use', path: 'ContactPoint.use', min: 1 }], {
      url: 'urn:phone',
      kind: 'complex-type',
    });
    const named = profile('Organization', [{ id: 'Organization.name', path: 'Organization.name', min: 1 }], {
      url: 'urn:named',
    });
    const of = profile('Patient', [
      { id: 'Patient.telecom', path: 'Patient.telecom', type: [{ code: 'ContactPoint', profile: ['urn:phone'] }] },
      {
        id: 'Patient.managingOrganization',
        path: 'Patient.managingOrganization',
        type: [{ code: 'Reference', targetProfile: ['urn:named'] }],
      },
      {
        id: 'Patient.generalPractitioner',
        path: 'Patient.generalPractitioner',
        type: [{ code: 'Reference', targetProfile: [`${base}Practitioner`], aggregation: ['contained'] }],
      },
    ]);
    assert.deepEqual(found(patient({ telecom: [{ system: 'phone', value: '1' }] }), of, phone, named), [
      'element-missing use Patient.telecom[0]',
    ]);
    const organization = (members: object) =>
      patient({
        contained: [{ resourceType: 'Organization', id: 'o', ...members }],
        managingOrganization: { reference: '#o' },
      });
    assert.deepEqual(found(organization({ name: 'x' }), of, phone, named), []);
    assert.deepEqual(found(organization({ identifier: [{ value: '1' }] }), of, phone, named), [
      'reference-target-profile Patient.managingOrganization',
    ]);
    // In a Bundle the target is the entry. Targets elsewhere are not checked.
    const at = (id: string) => `http://example.org/fhir/${id}`;
    const inBundle = (reference: string, name: object): string[] =>
      found(
        {
          resourceType: 'Bundle',
          type: 'collection',
          entry: [
            {
              fullUrl: at('Patient/p'),
              resource: patient({ id: 'p', meta: { profile: [of.url] }, managingOrganization: { reference } }),
            },
            {
              fullUrl: at('Organization/o'),
              resource: { resourceType: 'Organization', id: 'o', identifier: [{ value: '1' }], ...name },
            },
          ],
        },
        of,
        phone,
        named,
      ).filter((one) => !one.startsWith('profile-for-other-type'));
    assert.deepEqual(inBundle('Organization/o', { name: 'x' }), []);
    assert.deepEqual(inBundle('Organization/elsewhere', {}), []);
    for (const reference of ['Organization/o', at('Organization/o')]) {
      assert.deepEqual(inBundle(reference, {}), [
        'reference-target-profile Bundle.entry[0].resource.managingOrganization',
      ]);
    }
    assert.deepEqual(found(patient({ generalPractitioner: [{ reference: 'Organization/1' }] }), of, phone, named), [
      'reference-aggregation Patient.generalPractitioner[0]',
      'reference-target Patient.generalPractitioner[0]',
    ]);
  });

  it('of an element that repeats itself, where the profile says so', () => {
    const content = {
      url: 'http://hl7.org/fhir/StructureDefinition/contentReferenceProfile',
      valueUri: `${url}#Questionnaire.item`,
    };
    const of = profile('Questionnaire', [
      { id: 'Questionnaire.item.text', path: 'Questionnaire.item.text', min: 1 },
      { id: 'Questionnaire.item.item', path: 'Questionnaire.item.item', extension: [content] },
    ]);
    const item = (linkId: string, more: object) => ({ linkId, type: 'group', ...more });
    const resource = {
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [item('1', { text: 'x', item: [item('2', { item: [{ linkId: '3', type: 'display', text: 'x' }] })] })],
    };
    assert.deepEqual(found(resource, of), ['element-missing text Questionnaire.item[0].item[0]']);
  });

  it('a chain of profiles adds up, a base that is not at hand leaves the snapshot', () => {
    const parent = profile('Patient', [{ id: 'Patient.name', path: 'Patient.name', min: 1 }], { url: 'urn:parent' });
    const child = profile('Patient', [{ id: 'Patient.birthDate', path: 'Patient.birthDate', min: 1 }], {
      baseDefinition: 'urn:parent',
    });
    assert.deepEqual(found(patient({}), child, parent), [
      'element-missing name Patient',
      'element-missing birthDate Patient',
    ]);
    const snapshot = { element: [{ path: 'Patient' }, { path: 'Patient.active', min: 1 }] };
    assert.deepEqual(found(patient({}), { ...child, baseDefinition: 'urn:away', snapshot }), [
      'element-missing active Patient',
    ]);
    assert.deepEqual(found(patient({}), { ...child, baseDefinition: 'urn:away' }), ['profile-unknown Patient']);
    assert.deepEqual(found(patient({}), profile('Observation', [])), ['profile-for-other-type Patient']);
  });
});

describe('parts of an extension whose definition has no snapshot', () => {
  const named = (url: string, from: string, name: object): StructureDefinition => ({
    ...profile('Extension', [{ id: 'Extension.extension:a.url', path: 'Extension.extension.url', ...name }]),
    ...{ url, baseDefinition: from, kind: 'complex-type', context: [{ type: 'element', expression: 'Patient' }] },
  });
  const parent = named('urn:parent', `${base}Extension`, { fixedUri: 'a' });
  const child = named('urn:child', 'urn:parent', { patternUri: 'b' });
  const any = profile('Patient', [], { url: `${base}Patient` });
  const of = (url: string, names: readonly string[], ...known: readonly StructureDefinition[]) => {
    const extension = [{ url, extension: names.map((name) => ({ url: name, valueString: 'x' })) }];
    return found(patient({ extension }), any, ...known).filter((one) => one.startsWith('extension-part-unknown'));
  };

  it('are those of its bases, too', () => {
    assert.deepEqual(of('urn:parent', ['a'], parent, child), []);
    assert.deepEqual(of('urn:child', ['a', 'b'], parent, child), []);
    assert.deepEqual(of('urn:child', ['c'], parent, child).length, 1);
    assert.deepEqual(of('urn:parent', ['b'], parent, child).length, 1);
  });

  it('are not judged where a base is not at hand', () => {
    assert.deepEqual(of('urn:child', ['a', 'b'], child), []);
  });
});

describe('extensions with a definition', () => {
  const extension: StructureDefinition = {
    ...profile('Extension', [
      { id: 'Extension.extension', path: 'Extension.extension', max: '0' },
      { id: 'Extension.value[x]', path: 'Extension.value[x]', min: 1, type: [{ code: 'code' }] },
    ]),
    url: 'http://example.org/x',
    kind: 'complex-type',
    context: [
      { type: 'element', expression: 'Patient.contact' },
      { type: 'element', expression: 'HumanName' },
    ],
  };
  const any = profile('Patient', [], { url: `${base}Patient` });
  const at = (member: string, value: object) => found(patient({ [member]: [value] }), any, extension);
  const value = { url: 'http://example.org/x', valueCode: 'a' };

  it('have the value that it allows, where it allows them', () => {
    assert.deepEqual(at('contact', { name: { text: 'x' }, extension: [value] }), []);
    assert.deepEqual(at('name', { text: 'x', extension: [value] }), []);
    assert.deepEqual(at('contact', { name: { text: 'x', extension: [value] } }), []);
    assert.deepEqual(at('telecom', { value: 'x', system: 'phone', extension: [value] }), [
      'extension-context Patient.telecom[0]',
    ]);
    assert.deepEqual(at('extension', value), ['extension-context Patient']);
    assert.deepEqual(at('name', { text: 'x', extension: [{ url: value.url, valueString: 'a' }] }), [
      'type-not-allowed Patient.name[0].extension[0]',
    ]);
    const nested = { url: value.url, extension: [{ url: 'a', valueString: 'x' }] };
    assert.deepEqual(at('name', { text: 'x', extension: [nested] }), [
      'too-many extension Patient.name[0].extension[0]',
      'element-missing value[x] Patient.name[0].extension[0]',
      'extension-part-unknown Patient.name[0].extension[0].extension[0]',
    ]);
    assert.deepEqual(at('contact', { name: { text: 'x' }, modifierExtension: [value] }), [
      'extension-not-modifier Patient.contact[0].modifierExtension[0]',
    ]);
  });
});

describe('profiles that a profile imposes', () => {
  const imposes = (valueCanonical: string) => ({
    url: `${base}structuredefinition-imposeProfile`,
    valueCanonical,
  });
  const imposed = (more: Partial<StructureDefinition> = {}): StructureDefinition =>
    profile('Patient', [{ id: 'Patient.birthDate', path: 'Patient.birthDate', min: 1 }], {
      url: `${url}-imposed`,
      version: '1.0.2',
      ...more,
    });
  const named = [{ id: 'Patient.name', path: 'Patient.name', min: 1 }];

  it('are to be met, too, also those of its base', () => {
    const of = profile('Patient', named, { extension: [imposes(`${url}-imposed`)] });
    assert.deepEqual(found(patient({}), of, imposed()), [
      'element-missing name Patient',
      'element-missing birthDate Patient',
    ]);
    const derived = profile('Patient', [], { url: `${url}-derived`, baseDefinition: url });
    assert.deepEqual(found(patient({ name: [{ text: 'x' }] }), derived, of, imposed()), [
      'element-missing birthDate Patient',
    ]);
  });

  it('may impose each other, and be of a version that is not at hand', () => {
    const of = profile('Patient', named, { extension: [imposes(`${url}-imposed|1.0`)] });
    assert.deepEqual(found(patient({}), of, imposed({ extension: [imposes(url)] })), [
      'element-missing name Patient',
      'element-missing birthDate Patient',
    ]);
    const other = profile('Patient', named, { extension: [imposes(`${url}-imposed|2.0`)] });
    assert.deepEqual(found(patient({}), other, imposed()), ['element-missing name Patient', 'profile-unknown Patient']);
  });
});

it('a profile that is claimed with its version and asked for without is checked once', () => {
  const of = profile('Patient', [{ id: 'Patient.name', path: 'Patient.name', min: 1 }], { version: '1.2.0' });
  assert.deepEqual(found(patient({ meta: { profile: [`${url}|1.2`] } }), of), ['element-missing name Patient']);
  assert.deepEqual(found(patient({ meta: { profile: [`${url}|1.3`] } }), of), [
    'profile-unknown Patient.meta.profile[0]',
    'element-missing name Patient',
  ]);
});
