/** Profiles sliced by each kind of discriminator at paths of every form, and items that are in their slices or beside them. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { extension, home, profile } from '../provoked/definition.ts';

const identity = 'http://terminology.hl7.org/CodeSystem/v2-0203';
const loinc = (code: string): Json => ({ coding: [{ system: 'http://provoked.test/codes', code }] });
const structure = (id: string): string => `${home}/StructureDefinition/${id}`;
const noted = (id: string, value: Json): Json => ({ extension: [{ url: structure(id), ...value }] });

/** A list that may be sliced: ways to tell its items apart, each with what its slices say, and items. */
interface Sliced {
  readonly type: string;
  /** Path of the list without the type. */
  readonly list: string;
  readonly ways: readonly {
    readonly discriminator: readonly Json[];
    /** Elements of the slices by their paths below the slice; '' is the slice itself. */
    readonly slices: readonly Readonly<Record<string, Json>>[];
  }[];
  readonly items: readonly unknown[];
  /** The resource around the items. */
  readonly around: (items: readonly unknown[]) => Json;
}

const by = (type: string, path: string): Json => ({ type, path });

const observation = (more: Json): Json => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'a' },
  ...more,
});
const patient = (more: Json): Json => ({ resourceType: 'Patient', ...more });
const listed = (name: string, items: readonly unknown[]): Json => (items.length === 0 ? {} : { [name]: items });

const slicedLists: readonly Sliced[] = [
  {
    type: 'Patient',
    list: 'identifier',
    ways: [
      {
        discriminator: [by('value', 'system')],
        slices: ['a', 'b', 'c'].map((one) => ({ system: { min: 1, fixedUri: `http://provoked.test/${one}` } })),
      },
      {
        discriminator: [by('value', 'type.coding.code')],
        slices: ['MR', 'DL'].map((code) => ({ 'type.coding.code': { min: 1, fixedCode: code } })),
      },
      {
        discriminator: [by('pattern', 'type')],
        slices: ['MR', 'DL'].map((code) => ({
          type: { min: 1, patternCodeableConcept: { coding: [{ system: identity, code }] } },
        })),
      },
      {
        discriminator: [by('value', 'type')],
        slices: [
          { type: { min: 1, binding: { strength: 'required', valueSet: `${home}/ValueSet/shaped-two` } } },
          { type: { min: 1, patternCodeableConcept: { text: 'a' } } },
        ],
      },
      { discriminator: [by('exists', 'period')], slices: [{ period: { min: 1 } }, { period: { max: '0' } }] },
      {
        discriminator: [by('value', `extension('${structure('shaped-note')}').value`)],
        slices: ['a', 'b'].map((one) => ({
          extension: { min: 1 },
          'extension:note': { min: 1, type: [{ code: 'Extension', profile: [structure('shaped-note')] }] },
          'extension:note.value[x]': { min: 1, fixedString: one },
        })),
      },
      {
        discriminator: [by('value', 'system'), by('value', 'use')],
        slices: ['official', 'usual'].map((use) => ({
          use: { min: 1, fixedCode: use },
          system: { min: 1, fixedUri: 'http://provoked.test/a' },
        })),
      },
      { discriminator: [by('position', '$this')], slices: [{ '': { min: 1 } }, { '': { max: '1' } }] },
      {
        discriminator: [by('value', 'assigner.display')],
        slices: ['a', 'b'].map((one) => ({ assigner: { min: 1 }, 'assigner.display': { min: 1, fixedString: one } })),
      },
    ],
    items: [
      { system: 'http://provoked.test/a', value: 'a' },
      { system: 'http://provoked.test/b', value: 'b' },
      { system: 'http://provoked.test/a', use: 'official', value: 'c' },
      { system: 'http://provoked.test/a', use: 'usual' },
      { type: { coding: [{ system: identity, code: 'MR' }] }, value: 'd' },
      { type: { coding: [{ system: identity, code: 'DL' }, { code: 'MR' }] }, period: { start: '2026' } },
      { type: { text: 'a' } },
      { ...noted('shaped-note', { valueString: 'a' }), value: 'a' },
      { ...noted('shaped-note', { valueString: 'b' }), value: 'b' },
      { value: 'a', assigner: { display: 'a' } },
      { value: 'a', assigner: { display: 'z' } },
    ],
    around: (items) => patient(listed('identifier', items)),
  },
  {
    type: 'Observation',
    list: 'component',
    ways: [
      {
        discriminator: [by('value', 'code')],
        slices: ['a', 'b'].map((code) => ({ code: { patternCodeableConcept: loinc(code) } })),
      },
      {
        discriminator: [by('pattern', 'code')],
        slices: ['a', 'b'].map((code) => ({
          code: { patternCodeableConcept: loinc(code) },
          'value[x]': { min: 1, type: [{ code: 'Quantity' }] },
        })),
      },
      {
        discriminator: [by('type', 'value')],
        slices: [
          { 'value[x]': { min: 1, type: [{ code: 'Quantity' }] } },
          { 'value[x]': { min: 1, type: [{ code: 'string' }] } },
        ],
      },
      {
        discriminator: [by('exists', 'value')],
        slices: [{ 'value[x]': { min: 1 } }, { 'value[x]': { max: '0' }, dataAbsentReason: { min: 1 } }],
      },
      {
        discriminator: [by('value', 'code.coding.code')],
        slices: ['a', 'b'].map((code) => ({
          'code.coding': { min: 1 },
          'code.coding.code': { min: 1, fixedCode: code },
        })),
      },
      {
        discriminator: [by('value', 'value.ofType(Quantity).code')],
        slices: ['mg', 'g'].map((code) => ({
          'value[x]': { min: 1, type: [{ code: 'Quantity' }] },
          'value[x].code': { min: 1, fixedCode: code },
        })),
      },
    ],
    items: [
      { code: loinc('a'), valueQuantity: { value: 1, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } },
      { code: loinc('b'), valueString: 'a' },
      { code: loinc('b'), valueQuantity: { value: 2, unit: 'g', system: 'http://unitsofmeasure.org', code: 'g' } },
      { code: loinc('c') },
      {
        code: { coding: [...(loinc('c')['coding'] as Json[]), ...(loinc('a')['coding'] as Json[])] },
        valueBoolean: true,
      },
      { code: { text: 'a' }, dataAbsentReason: { text: 'a' } },
    ],
    around: (items) => observation(listed('component', items)),
  },
  {
    type: 'Observation',
    list: 'category',
    ways: [
      {
        discriminator: [by('pattern', '$this')],
        slices: ['a', 'b'].map((code) => ({ '': { patternCodeableConcept: loinc(code) } })),
      },
      {
        discriminator: [by('value', '$this')],
        slices: [
          { '': { binding: { strength: 'required', valueSet: `${home}/ValueSet/shaped-two` } } },
          { '': { patternCodeableConcept: loinc('a') } },
        ],
      },
      {
        discriminator: [by('value', 'coding.system'), by('value', 'coding.code')],
        slices: ['a', 'b'].map((code) => ({
          'coding.system': { min: 1, fixedUri: 'http://provoked.test/codes' },
          'coding.code': { min: 1, fixedCode: code },
        })),
      },
      { discriminator: [by('exists', 'text')], slices: [{ text: { min: 1 } }, { text: { max: '0' } }] },
    ],
    items: [
      loinc('a'),
      loinc('b'),
      { ...loinc('a'), text: 'a' },
      { text: 'a' },
      { coding: [{ system: identity, code: 'MR' }] },
      {
        coding: [
          { system: identity, code: 'MR' },
          { system: 'http://provoked.test/codes', code: 'b' },
        ],
      },
    ],
    around: (items) => observation(listed('category', items)),
  },
  {
    type: 'Observation',
    list: 'hasMember',
    ways: [
      {
        discriminator: [by('type', 'resolve()')],
        slices: ['Observation', 'QuestionnaireResponse'].map((type) => ({
          '': { type: [{ code: 'Reference', targetProfile: [`http://hl7.org/fhir/StructureDefinition/${type}`] }] },
        })),
      },
      {
        discriminator: [by('profile', 'resolve()')],
        slices: ['shaped-target-a', 'shaped-target-b'].map((id) => ({
          '': { type: [{ code: 'Reference', targetProfile: [structure(id)] }] },
        })),
      },
      {
        discriminator: [by('value', 'display')],
        slices: ['a', 'b'].map((one) => ({ display: { min: 1, patternString: one } })),
      },
    ],
    items: [
      { reference: '#a', display: 'a' },
      { reference: '#b' },
      { reference: '#q' },
      { reference: 'Observation/1', display: 'b' },
      { reference: 'QuestionnaireResponse/1' },
      { display: 'a' },
    ],
    around: (items) =>
      observation({
        contained: contained.filter(({ id }) =>
          items.some((one) => (one as { reference?: string }).reference === `#${String(id)}`),
        ),
        ...listed('hasMember', items),
      }),
  },
  {
    type: 'Observation',
    list: 'value[x]',
    ways: [
      {
        discriminator: [by('type', '$this')],
        slices: ['Quantity', 'string', 'CodeableConcept'].map((type) => ({ '': { type: [{ code: type }] } })),
      },
    ],
    items: [
      { valueQuantity: { value: 1 } },
      { valueString: 'a' },
      { valueCodeableConcept: { text: 'a' } },
      { valueBoolean: true },
      { valuePeriod: { start: '2026' } },
    ],
    around: (items) => observation(items.length === 0 ? {} : (items[0] as Json)),
  },
  {
    type: 'Patient',
    list: 'extension',
    ways: [
      {
        discriminator: [by('value', 'url')],
        slices: ['shaped-note', 'shaped-count'].map((id) => ({
          '': { type: [{ code: 'Extension', profile: [structure(id)] }] },
        })),
      },
    ],
    items: [
      { url: structure('shaped-note'), valueString: 'a' },
      { url: structure('shaped-count'), valueInteger: 1 },
      { url: structure('shaped-count'), valueString: 'a' },
      { url: 'http://provoked.test/other', valueString: 'a' },
    ],
    around: (items) => patient(listed('extension', items)),
  },
  {
    type: 'Patient',
    list: 'contact',
    ways: [
      {
        discriminator: [by('exists', 'name')],
        slices: [{ name: { min: 1 } }, { name: { max: '0' }, organization: { min: 1 } }],
      },
      {
        discriminator: [by('value', 'relationship')],
        slices: ['a', 'b'].map((code) => ({ relationship: { min: 1, patternCodeableConcept: loinc(code) } })),
      },
      {
        discriminator: [by('value', 'name.family')],
        slices: ['a', 'b'].map((one) => ({ 'name.family': { min: 1, fixedString: one } })),
      },
    ],
    items: [
      { name: { family: 'a' }, relationship: [loinc('a')] },
      { relationship: [loinc('b'), loinc('a')], telecom: [{ system: 'phone', value: '1' }] },
      { organization: { display: 'a' } },
      { name: { text: 'a' } },
      { gender: 'male', name: { family: 'b' } },
    ],
    around: (items) => patient(listed('contact', items)),
  },
  {
    type: 'Bundle',
    list: 'entry',
    ways: [
      {
        discriminator: [by('type', 'resource')],
        slices: ['Patient', 'Observation'].map((type) => ({ resource: { min: 1, type: [{ code: type }] } })),
      },
      {
        discriminator: [by('profile', 'resource')],
        slices: ['shaped-target-a', 'shaped-target-b'].map((id) => ({
          resource: { min: 1, type: [{ code: 'Observation', profile: [structure(id)] }] },
        })),
      },
      {
        discriminator: [by('value', 'link.relation')],
        slices: [
          { 'link.relation': { min: 1, fixedCode: 'related' } },
          { 'link.relation': { min: 1, fixedCode: 'self' } },
        ],
      },
    ],
    items: [
      { fullUrl: 'http://provoked.test/Patient/1', resource: { resourceType: 'Patient', id: '1', active: true } },
      {
        fullUrl: 'http://provoked.test/Observation/a',
        resource: observation({ id: 'a', issued: '2026-01-31T10:00:00Z' }),
      },
      { fullUrl: 'http://provoked.test/Observation/b', resource: observation({ id: 'b', valueString: 'a' }) },
      { fullUrl: 'http://provoked.test/Basic/1', resource: { resourceType: 'Basic', id: '1', code: { text: 'a' } } },
      { link: [{ relation: 'related', url: 'http://provoked.test/a' }] },
    ],
    around: (items) => ({ resourceType: 'Bundle', type: 'collection', ...listed('entry', items) }),
  },
  {
    type: 'Composition',
    list: 'section',
    ways: [
      {
        discriminator: [by('value', 'code')],
        slices: ['a', 'b'].map((code) => ({ code: { min: 1, patternCodeableConcept: loinc(code) } })),
      },
      {
        discriminator: [by('value', 'title')],
        slices: ['a', 'b'].map((one) => ({ title: { min: 1, fixedString: one }, text: { min: 1 } })),
      },
      { discriminator: [by('exists', 'entry')], slices: [{ entry: { min: 1 } }, { entry: { max: '0' } }] },
    ],
    items: [
      {
        title: 'a',
        code: loinc('a'),
        text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' },
      },
      { title: 'b', code: loinc('b'), entry: [{ reference: 'Observation/1' }] },
      { title: 'c', entry: [{ display: 'a' }] },
      { title: 'a', section: [{ title: 'b', entry: [{ display: 'a' }] }] },
    ],
    around: (items) => ({
      ...{ resourceType: 'Composition', status: 'final', type: { text: 'a' }, date: '2026-01-31', title: 'a' },
      author: [{ display: 'a' }],
      ...listed('section', items),
    }),
  },
];

const contained: readonly Json[] = [
  observation({ id: 'a', issued: '2026-01-31T10:00:00Z' }),
  observation({ id: 'b', valueString: 'a' }),
  { resourceType: 'QuestionnaireResponse', id: 'q', status: 'completed', questionnaire: 'http://provoked.test/q' },
];

/** Definitions that the sliced profiles name. */
export const sliceTargets: readonly Json[] = [
  profile('shaped-target-a', 'Observation', { 'Observation.issued': { min: 1 } }),
  profile('shaped-target-b', 'Observation', { 'Observation.value[x]': { min: 1 }, 'Observation.issued': { max: '0' } }),
  extension(
    'shaped-note',
    { 'Extension.url': {}, 'Extension.value[x]': { min: 1, type: [{ code: 'string' }] } },
    {
      context: [{ type: 'element', expression: 'Element' }],
    },
  ),
  extension(
    'shaped-count',
    { 'Extension.url': {}, 'Extension.value[x]': { min: 1, type: [{ code: 'integer' }] } },
    {
      context: [{ type: 'element', expression: 'Patient' }],
    },
  ),
];

/** A sliced profile of chance, with the list that it is about. */
export function slicedProfile(id: string, random: Random): { readonly definition: Json; readonly of: Sliced } {
  const of = random.pick(slicedLists);
  const { discriminator, slices } = random.pick(of.ways);
  const root = `${of.type}.${of.list}`;
  const rules = random.pick(['open', 'open', 'closed', 'openAtEnd']);
  const ordered = rules === 'openAtEnd' || random.oneIn(5);
  const isChoice = of.list === 'value[x]';
  const elements: Record<string, Json> = {
    [root]: {
      slicing: { discriminator, rules, ...(ordered && !isChoice && { ordered }) },
      ...(random.oneIn(4) && !isChoice && { min: 1 }),
      ...(random.oneIn(6) && !isChoice && { max: random.pick(['2', '3']) }),
    },
  };
  for (const [i, told] of slices.entries()) {
    const name = isChoice ? typeSlice(told) : 'abc'.charAt(i);
    const slice = `${root}:${name}`;
    const own = told[''] ?? {};
    elements[slice] = {
      // A choice that must be of one type cannot be of others.
      min: isChoice && !random.oneIn(8) ? 0 : random.below(2),
      ...(isChoice ? { max: '1' } : random.oneIn(4) ? {} : { max: random.pick(['1', '1', '2', '*']) }),
      ...own,
    };
    for (const [path, element] of Object.entries(told)) if (path !== '') elements[`${slice}.${path}`] = element;
  }
  return { definition: profile(id, of.type, elements), of };
}

/** A slice of a choice has the name of its type. */
function typeSlice(told: Readonly<Record<string, Json>>): string {
  const [{ code }] = told['']!['type'] as readonly [{ code: string }];
  return `value${code.charAt(0).toUpperCase()}${code.slice(1)}`;
}

/** A resource with items of chance. */
export const slicedInstance = (of: Sliced, random: Random): Json =>
  of.around(Array.from({ length: of.list === 'value[x]' ? 1 : random.below(4) }, () => random.pick(of.items)));
