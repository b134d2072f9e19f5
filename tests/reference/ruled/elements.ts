/** Elements of definitions by what the specification states of their parts. https://hl7.org/fhir/R5/elementdefinition.html */
import { resourceTypes } from '@dhp/fhir-model';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, inItem, inResource, listed, type Fault, type Faults } from '../faults/fault.ts';

export const core = 'http://hl7.org/fhir/StructureDefinition';
export const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender';

/** An element of the differential, or of the snapshot now and then, changed. */
const element = (change: (element: Json, random: Random) => Json | undefined): Fault =>
  inResource('StructureDefinition', (definition, random) => {
    const view = random.oneIn(5) ? 'snapshot' : 'differential';
    const held = definition[view] as Json | undefined;
    const changed = held && inItem(held, 'element', random, (one) => change(one, random));
    return changed && { ...definition, [view]: changed };
  });
/** One of the parts, chosen by chance, put into an object. */
export const oneOf =
  (choices: readonly Json[]) =>
  (one: Json, random: Random): Json => ({ ...one, ...random.pick(choices) });
const ofType = (code: string, more: Json = {}): Json => ({ type: [{ code, ...more }] });

/** Expressions of rules, of which some cannot be read, or are of nothing that there is. */
export const expressions = [
  'name.exists()',
  'true',
  '1',
  '',
  'a b',
  '(',
  "code = 'a'",
  '%resource.id',
  '%context.id',
  '%rootResource.id',
  '%ucum',
  '%`vs-a`',
  '%none',
  "memberOf('http://example.org/none')",
  'resolve() is Patient',
  'value as Quantity',
  'value.as(Quantity).exists()',
  'ofType(None)',
  'extension(1)',
  'descendants().count() > 1',
  'trace()',
  "matches('[')",
  'id.length() > 1',
  'id + 1',
  "'a' > 1",
  'iif(true)',
  'all()',
  'children().ofType(string)',
  'hasValue()',
  "conformsTo('a')",
  'today() > now()',
  '@2026',
  '@T10:00',
  '{}',
  '$this',
  '$total',
  'name.first().given.lower()',
  'text.`div`.htmlChecks()',
];

export const elementFaults: Faults = {
  'element with other numbers': element(
    oneOf([
      { min: 0 },
      { min: 1 },
      { min: 2 },
      { max: '0' },
      { max: '1' },
      { max: '*' },
      { max: '2' },
      { min: 5, max: '*' },
      { min: -1 },
      { max: '-1' },
      { max: '1..*' },
    ]),
  ),
  'element of another type': element(
    oneOf([
      ofType('string'),
      ofType('Quantity'),
      ofType('Reference', { targetProfile: [`${core}/Patient`] }),
      ofType('Reference', { targetProfile: ['http://example.org/none'] }),
      ofType('Reference', { targetProfile: [`${core}/HumanName`] }),
      ofType('Reference', { profile: [`${core}/Patient`] }),
      ofType('canonical', { targetProfile: [`${core}/Patient`] }),
      ofType('CodeableReference', { targetProfile: [`${core}/Patient`] }),
      ofType('Quantity', { profile: [`${core}/SimpleQuantity`] }),
      ofType('Quantity', { profile: [`${core}/Age`] }),
      ofType('Extension', { profile: [`${core}/patient-birthPlace`] }),
      ofType('Extension', { profile: ['http://example.org/none'] }),
      ofType('BackboneElement'),
      ofType('Element'),
      ofType('Resource', { profile: [`${core}/bp`] }),
      ofType('http://hl7.org/fhirpath/System.String'),
      ofType('http://example.org/none'),
      ofType('Reference', { aggregation: ['contained', 'none'] }),
      ofType('string', { aggregation: ['contained'] }),
      ofType('string', { versioning: 'specific' }),
      { type: [{ code: 'string' }, { code: 'string' }] },
      { type: [{}] },
      { type: [] },
      { type: [{ code: 'string' }], contentReference: '#Patient.contact' },
      { contentReference: '#Patient.none' },
    ]),
  ),
  'element with a value': element(
    oneOf([
      { fixedString: 'a' },
      { fixedCode: 'a' },
      { fixedUri: 'http://example.org' },
      { patternCodeableConcept: { coding: [{ system: gender, code: 'a' }] } },
      { patternCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/administrative-gender', code: 'none' }] } },
      { patternQuantity: { system: 'http://unitsofmeasure.org', code: 'none' } },
      { fixedCodeableConcept: {} },
      { patternReference: { reference: '#none' } },
      { patternIdentifier: { system: 'a' } },
      { fixedCode: 'a', patternString: 'a' },
      { defaultValueString: 'a' },
      { fixedDate: '2026-13' },
      { patternString: '' },
      { minValueDate: '2026' },
      { maxValueInteger: 1 },
      { minValueInteger: 5, maxValueInteger: 1 },
      { minValueQuantity: { value: 1 } },
      { maxLength: 0 },
      { maxLength: 5 },
      { maxValueDateTime: '2026-13' },
    ]),
  ),
  'element with an example': element((one, random) =>
    added(
      one,
      'example',
      random.pick<Json>([
        { label: 'a', valueString: 'a' },
        { label: 'a' },
        { valueCode: 'a' },
        { label: 'a', valueDate: '2026-13' },
      ]),
    ),
  ),
  'element with a binding': element((one, random) => ({
    ...one,
    binding: random.pick<Json>([
      { strength: 'required', valueSet: gender },
      { strength: 'example', valueSet: gender },
      { strength: 'required', valueSet: `${gender}|1` },
      { strength: 'extensible', valueSet: 'http://example.org/none' },
      { strength: 'required' },
      { strength: 'preferred', description: 'a' },
      { strength: 'none', valueSet: gender },
      { valueSet: gender },
      { strength: 'required', valueSet: 'http://hl7.org/fhir/administrative-gender' },
      { strength: 'required', valueSet: 'a' },
      { strength: 'required', valueSet: '#a' },
      {
        strength: 'required',
        valueSet: gender,
        additional: [{ purpose: 'maximum', valueSet: 'http://example.org/none' }],
      },
      { strength: 'required', valueSet: gender, additional: [{ purpose: 'none', valueSet: gender }] },
      { strength: 'required', valueSet: gender, additional: [{ purpose: 'minimum' }] },
      {
        strength: 'required',
        valueSet: gender,
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet',
            valueCanonical: 'http://example.org/none',
          },
        ],
      },
    ]),
  })),
  'element with a rule': element((one, random) =>
    added(one, 'constraint', {
      key: random.pick(['x-1', 'x-2', 'ele-1', 'a b', 'dom-6']),
      severity: random.pick(['error', 'warning', 'none']),
      human: 'a',
      expression: random.pick(expressions),
      ...(random.oneIn(4) && { source: random.pick([`${core}/Patient`, 'http://example.org/none', 'a']) }),
      ...(random.oneIn(4) && { suppress: true }),
    }),
  ),
  'element with conditions': element((one, random) => ({
    ...one,
    condition: [random.pick(['ele-1', 'none', 'a b', 'x'.repeat(65)])],
  })),
  'element with slicing': element((one, random) => ({
    ...one,
    slicing: random.pick<Json>([
      { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' },
      { discriminator: [{ type: 'value', path: '$this' }], rules: 'closed' },
      { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' },
      { discriminator: [{ type: 'profile', path: 'resolve()' }], rules: 'open' },
      { discriminator: [{ type: 'exists', path: 'id' }], rules: 'openAtEnd', ordered: true },
      { discriminator: [{ type: 'pattern', path: 'code' }], rules: 'open' },
      { discriminator: [{ type: 'position', path: '$this' }], rules: 'open' },
      { discriminator: [{ type: 'value', path: 'a.b.c' }], rules: 'open' },
      { discriminator: [{ type: 'value', path: "extension('a').value" }], rules: 'open' },
      { discriminator: [{ type: 'value', path: 'where(a)' }], rules: 'open' },
      { discriminator: [{ type: 'none', path: 'id' }], rules: 'open' },
      { discriminator: [{ path: 'id' }], rules: 'none' },
      { rules: 'closed' },
      { description: 'a', rules: 'open' },
      {},
    ]),
  })),
  'element with a slice name': element((one, random) => ({
    ...one,
    sliceName: random.pick(['a', 'a/b', 'a b', '', 'a.b', 'a:b', 'x'.repeat(70), '@default']),
    ...(random.oneIn(2) && { id: `${String(one['id'])}:a` }),
  })),
  'element with flags': element(
    oneOf([
      { isModifier: true },
      { isModifier: true, isModifierReason: 'a' },
      { isModifierReason: 'a' },
      { mustSupport: true },
      { mustHaveValue: true },
      { valueAlternatives: [`${core}/data-absent-reason`] },
      { mustHaveValue: true, valueAlternatives: ['http://example.org/none'] },
      { valueAlternatives: ['http://example.org/none'] },
      { isSummary: true },
      { sliceIsConstraining: true },
      { meaningWhenMissing: 'a', defaultValueBoolean: true },
      { orderMeaning: 'a' },
      { requirements: 'a', alias: ['a'] },
      { representation: ['none'] },
      { representation: ['xmlAttr'] },
      { base: { path: 'Patient.none', min: 0, max: '1' } },
      { base: { path: 'Element', min: 5, max: '1' } },
      { label: '', code: [{ code: 'a' }] },
      { mapping: [{ identity: 'none', map: 'a' }] },
      { mapping: [{ identity: 'a b', map: '' }] },
    ]),
  ),
  'element at another path': element((one, random) => {
    const path = String(one['path']);
    return {
      ...one,
      ...random.pick<Json>([
        { path: `${path}.extension` },
        { path: path.replace(/\[x\]/, '') },
        { path: `${path}[x]` },
        { path: path.toLowerCase() },
        { path: `${path}.` },
        { path: path.split('.').slice(0, -1).join('.') || 'a' },
        { path: `${path}.id`, id: `${path}.id` },
        { id: path.replaceAll('.', '_') },
        { id: `${path}:a:b` },
        { path: 'a b' },
        { path: `${path}:a` },
        { path: undefined },
      ]),
    };
  }),
  'elements without the first': inResource('StructureDefinition', (one, random) => {
    const view = random.oneIn(3) ? 'snapshot' : 'differential';
    const elements = listed((one[view] as Json | undefined) ?? {}, 'element');
    if (elements.length < 2) return undefined;
    const at = random.oneIn(2) ? 0 : random.below(elements.length);
    return { ...one, [view]: { element: elements.filter((_one, i) => i !== at) } };
  }),
  'slices of an element': inResource('StructureDefinition', (one, random) => {
    const type = String(one['type']);
    if (!(resourceTypes as readonly string[]).includes(type)) return undefined;
    const slicing = random.pick<Json>([
      { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
      { discriminator: [{ type: 'value', path: 'none' }], rules: 'open' },
      { discriminator: [{ type: 'pattern', path: 'type' }], rules: 'closed' },
    ]);
    const path = `${type}.${random.pick(['identifier', 'extension', 'identifier', 'none'])}`;
    const slice = (name: string, more: Json = {}): Json => ({ id: `${path}:${name}`, path, sliceName: name, ...more });
    const elements = [
      { id: type, path: type },
      ...(random.oneIn(4) ? [] : [{ id: path, path, slicing }]),
      slice('a', random.pick<Json>([{}, { min: 1 }, { min: 1, max: '1' }, { max: '0' }])),
      {
        id: `${path}:a.system`,
        path: `${path}.system`,
        ...random.pick<Json>([
          { fixedUri: 'http://example.org/a' },
          { min: 1 },
          { patternUri: 'a' },
          { fixedString: 'a' },
        ]),
      },
      slice(random.pick(['a', 'b', 'b']), random.pick<Json>([{}, { min: 1 }])),
    ];
    return { ...one, snapshot: undefined, differential: { element: elements } };
  }),
};
