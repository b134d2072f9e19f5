/** Provocations of messages that are seldom told: in Bundles, references, narratives, extensions, codes and answers. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { amount, claiming, home, observation, patient, told, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const own = `${home}/StructureDefinition`;
const uuid = (n: number): string => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${n}`;
const at = (fullUrl: string, resource: Json): Json => ({ fullUrl, resource });
const collection = (...entry: readonly Json[]): Json => ({ resourceType: 'Bundle', type: 'collection', entry });
const about = (reference: string): Json => observation({ id: '1', ...told(), subject: { reference } });
const one = (more: Json = {}): Json => patient({ id: '1', active: true, ...more });

const document = (subject: string, ...entry: readonly Json[]): Json => ({
  ...{ resourceType: 'Bundle', type: 'document', timestamp: '2026-01-31T10:00:00Z' },
  identifier: { system: 'urn:ietf:rfc:3986', value: uuid(9) },
  entry: [
    at(`${home}/Composition/c`, {
      ...{ resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'A' }, date: '2026-01-31', title: 'A' },
      subject: [{ reference: subject }],
      author: [{ reference: `${home}/Practitioner/p` }],
      ...told(),
    }),
    at(`${home}/Practitioner/p`, { resourceType: 'Practitioner', id: 'p', ...told() }),
    ...entry,
  ],
});
const narrated = (more: Json = {}): Json => one({ ...told(), ...more });

const bundles: Provocations = {
  'reference in a document': [
    document('Patient/1', at(`${home}/Patient/1`, narrated()), at(`${home}/Patient/1`, narrated())),
    document(
      `${home}/Patient/1`,
      ...['1', '2'].map((versionId) => at(`${home}/Patient/1`, narrated({ meta: { versionId } }))),
    ),
    document('Patient/1', at('http://other.test/fhir/Patient/1', narrated())),
    document('Patient/1', at(uuid(1), narrated()), at(uuid(2), narrated())),
    document(`${home}/Patient/1#a`, at(`${home}/Patient/1`, narrated())),
    document(`${home}/Patient/1#a`, at(`${home}/Patient/1`, narrated({ name: [{ id: 'a', text: 'A' }] }))),
    document(
      `${home}/Patient/1#a`,
      at(
        `${home}/Patient/1`,
        narrated({
          name: [
            { id: 'a', text: 'A' },
            { id: 'a', text: 'B' },
          ],
        }),
      ),
    ),
  ],
  'reference in a collection': [
    collection(at(`${home}/Observation/1`, about('Patient/1/_history/2')), at(`${home}/Patient/1`, one())),
    collection(
      at(`${home}/Observation/1`, about('Patient/1')),
      ...['http://a.test', 'http://b.test'].map((base) => at(`${base}/Patient/1`, one())),
    ),
    collection(
      at(uuid(0), about('Patient/0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1')),
      at(uuid(1), { resourceType: 'Practitioner', active: true }),
    ),
    ...['Patient', 'Patient/1/2', 'a/Patient/1', 'Patient/1/2/3/4'].flatMap((reference) => [
      collection(at(`${home}/Observation/1`, about(reference))),
      {
        ...{ resourceType: 'Bundle', type: 'transaction' },
        entry: [
          {
            ...at(`${home}/Observation/1`, about(reference)),
            request: { method: 'PUT', url: 'Observation/1' },
          },
        ],
      },
    ]),
    collection(
      at(`${home}/ValueSet/a`, { resourceType: 'ValueSet', status: 'active', url: `${home}/ValueSet/a`, id: 'b' }),
    ),
    collection(
      at('http://other.test/a', { resourceType: 'ValueSet', status: 'active', url: 'http://other.test/a', id: 'a' }),
    ),
  ],
};

const div = (inner: string, more: Json = {}): Json => ({
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`, ...more },
});
const names: Json = {
  name: [
    { id: 'a', text: 'A' },
    { id: 'a', text: 'B' },
  ],
};
const linked = (...parts: readonly (readonly [url: string, member: string, value: string])[]): Json => ({
  extension: [
    { url: `${core}/textLink`, extension: parts.map(([url, member, value]) => ({ url, [`value${member}`]: value })) },
  ],
});

const texts: Provocations = {
  'narrative of a language': ['text-in-its-language', 'text-in-uzbek'].flatMap((name) => [
    patient({ ...claiming(name), ...div('<p>a</p>') }),
    patient({ ...claiming(name), language: 'uz', ...div('<p>a</p>') }),
    patient({ ...claiming(name), ...div('<div lang="ru" xml:lang="ru"><p>a</p></div>') }),
    patient({ ...claiming(name), language: 'uz', ...div('<div lang="ru" xml:lang="ru"><p>a</p></div>') }),
    patient({ ...claiming(name), language: 'uz', ...div('<div lang="uz" xml:lang="uz"><p>a</p></div>') }),
  ]),
  'narrative of sources': ['text-of-sources', 'text-of-sources-warned'].flatMap((name) => [
    patient({ ...claiming(name), ...div('<p>a</p><p class="original">b</p>') }),
    patient({ ...claiming(name), ...div('<p class="generated">a</p>') }),
  ]),
  'narrative that leads to several': [
    patient({ ...names, ...div('<p><a href="#a">A</a></p>') }),
    patient({ ...names, ...div('<p><img src="#a" alt="A"/></p>') }),
    patient({ ...div('<p id="a">A</p><p id="a"><a href="#a">A</a></p>') }),
    patient({ ...div('<p>A &unknown; B</p>') }),
    patient({ ...div('<p>A &nbsp; &copy; B</p>') }),
    patient({ ...div('<p>A<!-- B --></p>') }),
    patient({ ...div('<p>A<?b?></p>') }),
    patient({ ...div('<p><img src="javascript:a" alt="A"/></p>') }),
  ],
  'link of a narrative': [
    patient({
      ...names,
      ...div('<p id="p">A</p>', linked(['htmlid', 'String', 'p'], ['data', 'Uri', '#a'])),
    }),
    patient({ ...names, text: { status: 'generated', ...linked(['htmlid', 'String', 'p'], ['data', 'Uri', '#a']) } }),
  ],
};

const within = (more: Json): Json => patient({ extension: [more] });
const tagged = (tag: Json): Json => patient({ meta: { tag: [tag] } });

const elements: Provocations = {
  'extension in an odd place': [
    patient({ id: 'a', _id: { extension: [{ url: `${own}/of-everything`, valueString: 'a' }] } }),
    ...[0, 1, 2].map((i) => within({ url: `${own}/of-a-profile-${i}`, valueString: 'a' })),
    within({ url: `${own}/simple`, extension: [{ url: 'a', valueString: 'a' }] }),
    within({ url: `${own}/of-everything|1.0.0`, valueString: 'a' }),
    patient({ ...claiming('modifying-slice'), extension: [{ url: `${own}/simple`, valueString: 'a' }] }),
  ],
  'fixed name or concept': [
    patient({ ...claiming('fixed-given'), name: [{ given: ['Aziza'] }] }),
    patient({ ...claiming('fixed-given'), name: [{ given: ['Aziza'], family: 'Karimova' }] }),
    patient({ ...claiming('fixed-given'), name: [{ family: 'Karimova' }] }),
    ...[[], ['simple'], ['typed'], ['simple', 'typed']].map((urls) =>
      patient({
        ...claiming('fixed-extended'),
        maritalStatus: {
          text: 'Married',
          ...(urls.length > 0 && { extension: urls.map((url) => ({ url: `${own}/${url}`, valueString: 'a' })) }),
        },
      }),
    ),
  ],
  'profile that cannot be followed': [
    patient(claiming('broken-rule')),
    observation({ ...claiming('unknown-target'), subject: { reference: 'Patient/1' } }),
    observation({ ...claiming('unknown-target'), subject: { reference: 'Patient/1', type: 'Patient' } }),
    observation({ ...claiming('unknown-target'), contained: [patient({ id: 'a' })], subject: { reference: '#a' } }),
    patient({ ...claiming('unknown-type-profile'), name: [{ text: 'A' }] }),
    observation({ ...claiming('limit-of-another-type'), valueQuantity: amount(4) }),
    patient({ ...claiming('limit-birth-in-months'), birthDate: '2020-01-01' }),
    patient({ ...claiming('limit-birth-in-metres'), birthDate: '2020-01-01' }),
    patient({ meta: { profile: ['http://hl7.org/fhir/5.0/StructureDefinition/Observation'] } }),
    patient({ meta: { profile: ['http://hl7.org/fhir/4.0/StructureDefinition/Patient'] } }),
    patient({ meta: { profile: ['http://hl7.org/fhir/5.0/StructureDefinition/Patient'] } }),
  ],
  'primitive at fault': [
    observation({ issued: '2026-13-01T10:00:00Z' }),
    observation({ issued: '2026-01-01' }),
    patient({ name: [{ text: '   ' }] }),
    within({ url: `${own}/of-everything`, valueDecimal: 'a' }),
    '{"resourceType":"Observation","status":"final","code":{"text":"A"},"valueQuantity":{"value":1e400}}',
    '{"resourceType":"Observation","status":"final","code":{"text":"A"},"valueQuantity":{"value":1e20}}',
    patient({ name: [{ _given: { extension: [{ url: `${own}/of-everything`, valueString: 'a' }] } }] }),
    patient({ _gender: {} }),
    patient({ contained: [{ resourceType: 'ValueSet', id: 'a', status: 'active', url: 'a' }], ...told() }),
    ...['icpc2', 'dsm5', 'none'].map((name) =>
      patient({ identifier: [{ system: `http://hl7.org/fhir/sid/${name}`, value: '1' }] }),
    ),
  ],
  'coding of an odd system': [
    ...[
      'http://build.fhir.org/codesystem-observation-status.html',
      'http://hl7.org/fhir/observation-status.html',
      'http://hl7.org/fhir/nothing-at-all',
      'https://hl7.org/fhir/observation-status',
      'http://www.hl7.org/fhir/observation-status',
      'http://snomed.info/sct/1',
      'http://loinc.org/x',
      'http://unitsofmeasure.org/x',
      'http://hl7.org/fhir/ValueSet/observation-status',
      `${home}/ValueSet/all-colours`,
      `${own}/simple`,
    ].flatMap((system) => [
      tagged({ system, code: 'final' }),
      observation({ code: { coding: [{ system, code: 'final' }] } }),
    ]),
    tagged({ system: 'http://hl7.org/fhir/observation-status', code: 'final', display: 'Wrong' }),
    observation({ ...claiming('maximum-string'), valueString: 'red' }),
    observation({ ...claiming('maximum-string'), valueString: 'blue' }),
    observation({ ...claiming('maximum-string'), valueString: 'none' }),
  ],
};

/** A code for each binding, and codes that are nearly it. */
const coded: readonly (readonly [set: string, ...codings: readonly Json[]])[] = [
  ['unversioned-codes', { system: `${home}/CodeSystem/unversioned`, code: 'none' }],
  [
    'designated-codes',
    { system: `${home}/CodeSystem/designated`, code: 'red', display: 'Crimson' },
    { system: `${home}/CodeSystem/designated`, code: 'red', display: 'Wrong' },
  ],
  ['active-colours', { system: `${home}/CodeSystem/colours`, code: 'old' }],
  ...['red', 'green', 'blue'].map(
    (code) => ['deprecated-colours', { system: `${home}/CodeSystem/colours`, code }] as const,
  ),
  ...['colours-of-a-version', 'colours-of-another-version'].flatMap((set) =>
    [undefined, '1.0.0', '2.0.0', '3.0.0'].map(
      (version) =>
        [
          set,
          { system: `${home}/CodeSystem/colours`, code: 'red', ...(version !== undefined && { version }) },
        ] as const,
    ),
  ),
  ['filter-without-value', { system: `${home}/CodeSystem/colours`, code: 'red' }],
  ['expanded-of-nothing', { system: `${home}/CodeSystem/none`, code: 'a' }],
  ['expanded-of-nothing', { system: `${home}/CodeSystem/none`, code: 'b' }],
  ['expanded-of-nothing', { system: `${own}/simple`, code: 'b' }],
];
const codes: Provocations = {
  'code of a binding': coded.flatMap(([set, ...codings]) => [
    observation({ ...claiming(`code-of-${set}`), code: { coding: codings } }),
    ...codings.map((coding) => patient({ meta: { profile: [`${own}/tag-of-${set}`], tag: [coding] } })),
  ]),
};

const answered = (linkId: string, ...answer: readonly Json[]): Json => ({
  ...{ resourceType: 'QuestionnaireResponse', questionnaire: `${home}/Questionnaire/asked-seldom` },
  ...{ status: 'completed', authored: '2026-03-01T10:00:00Z', item: [{ linkId, answer }] },
});
const quantities = [
  ...['g', 'm'].flatMap((unit) => [1, 3000, 30_000].map((value) => amount(value, unit))),
  ...[1, 3, 9].map((value) => amount(value)),
  { value: 3 },
  { value: 3, system: `${home}/units`, code: 'a' },
];

const answers: Provocations = {
  'amount within limits': quantities.map((valueQuantity) => answered('kg', { valueQuantity })),
  'amount of a unit': ['unit-lost', 'unit-set', 'unit'].map((linkId) =>
    answered(linkId, { valueQuantity: amount(1, 'g') }),
  ),
  'answer among options': [
    ...[1, 3].flatMap((value) => [
      answered('decimal-options', { valueDecimal: value }),
      answered('decimal-other-options', { valueDecimal: value }),
      answered('integer-other-options', { valueInteger: value }),
      answered('quantity-options', { valueQuantity: amount(value) }),
    ]),
    ...['coding-options', 'coding-lost', 'coding-set'].flatMap((linkId) =>
      ['red', 'blue', 'none'].map((code) =>
        answered(linkId, { valueCoding: { system: `${home}/CodeSystem/colours`, code } }),
      ),
    ),
    answered('coding-set', { valueCoding: { system: `${home}/CodeSystem/none`, code: 'a' } }),
    answered('coding-set', { valueCoding: { code: 'red' } }),
    answered('line', { valueString: 'a\nb' }),
    answered('lines', { valueString: 'a\nb' }),
    answered('typeless', { valueString: 'a' }),
  ],
};

export const seldomProvocations: Provocations = { ...bundles, ...texts, ...elements, ...codes, ...answers };
