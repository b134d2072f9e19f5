/** Resources that are held to limits of every type, to slices within slices, and to bindings beside bindings. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { amount, claiming, home, observation, patient, told, type Provocations } from './definition.ts';
import { limited, named } from './held-profiles.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const at = (name: string): string => `${home}/StructureDefinition/${name}`;
const colours = `${home}/CodeSystem/colours`;

const extended = (name: string, value: Json): Json => patient({ ...told(), extension: [{ url: at(name), ...value }] });
const held = (name: string, more: Json): Json => patient({ id: 'a', ...claiming(name), ...told(), ...more });
const seen = (name: string, more: Json): Json => observation({ id: 'a', ...claiming(name), ...told(), ...more });
const red: Json = { coding: [{ system: colours, code: 'red' }] };
const concept = (code: string, system = colours): Json => ({ coding: [{ system, code }] });

export const heldProvocations: Provocations = {
  'value held to limits': Object.entries(limited).flatMap(([type, [, , , values]]) =>
    values.map((value) => extended(`held-${type}`, { [`value${named(type)}`]: value })),
  ),
  'text held to a length': ['string', 'markdown', 'code', 'uri', 'id', 'base64Binary'].flatMap((type) =>
    ['abcd', 'abcde', 'AAAAAAAA', 'ўғқҳ', '😀😀😀'].map((value) =>
      extended(`held-length-${type}`, { [`value${named(type)}`]: value }),
    ),
  ),
  'number held to places': [
    ...['1', '1.10', '1.100', '1.001', '1e-3', '1.0E1'].map(
      (value) => `{"resourceType":"Patient","extension":[{"url":"${at('held-places')}","valueDecimal":${value}}]}`,
    ),
    ...['1.10', '1.001'].map(
      (value) =>
        `{"resourceType":"Patient","extension":[{"url":"${at('held-places-quantity')}","valueQuantity":{"value":${value}}}]}`,
    ),
    ...['AB1234567', 'ab1234567', 'AB12345678', 'xAB1234567'].map((valueString) =>
      extended('held-pattern', { valueString }),
    ),
    ...['ab', 'abc', ' a '].map((valueString) => extended('held-shortest', { valueString })),
  ],
  'extension held to types': [
    { valueString: 'a' },
    { valueCodeableConcept: { text: 'a' } },
    { valueReference: { reference: 'Patient/1' } },
    { valueReference: { reference: 'Group/1' } },
    { valueCode: 'a' },
    { valueBoolean: true },
    {},
    { extension: [{ url: 'a', valueString: 'b' }] },
    { valueString: 'a', valueBoolean: true },
  ].map((value) => extended('held-types', value)),
  'complex extension held': [
    { extension: [{ url: 'one', valueString: 'a' }] },
    {
      extension: [
        { url: 'one', valueString: 'a' },
        { url: 'one', valueString: 'b' },
      ],
    },
    { extension: [{ url: 'one', valueCode: 'a' }] },
    { extension: [{ url: 'one' }] },
    { extension: [{ url: 'two', valueCoding: { system: colours, code: 'red' } }] },
    {
      extension: [
        { url: 'one', valueString: 'a' },
        { url: 'two', valueCoding: { system: colours, code: 'none' } },
      ],
    },
    {
      extension: [
        { url: 'one', valueString: 'a' },
        { url: 'three', valueString: 'a' },
      ],
    },
    {
      extension: [
        { url: 'one', valueString: 'a' },
        { url: 'http://example.org/other', valueString: 'a' },
      ],
    },
    { extension: [{ url: 'one', valueString: 'a' }], valueString: 'a' },
    { valueString: 'a' },
    {},
    { extension: [{ url: 'one', valueString: 'a' }], id: 'x' },
    { extension: [{ url: 'one', extension: [{ url: 'a', valueString: 'b' }] }] },
  ].map((value) => extended('held-complex', value)),
  'modifier held': [
    extended('held-modifier', { valueBoolean: true }),
    patient({ ...told(), modifierExtension: [{ url: at('held-modifier'), valueBoolean: true }] }),
    patient({ ...told(), modifierExtension: [{ url: at('held-types'), valueString: 'a' }] }),
    patient({
      ...told(),
      name: [{ text: 'a', modifierExtension: [{ url: at('held-modifier'), valueBoolean: true }] }],
    }),
    patient({
      ...told(),
      contact: [{ name: { text: 'a' }, modifierExtension: [{ url: at('held-modifier'), valueBoolean: true }] }],
    }),
    patient({ ...told(), name: [{ text: 'a', extension: [{ url: at('held-types'), valueString: 'a' }] }] }),
    observation({ ...told(), extension: [{ url: at('held-types'), valueString: 'a' }] }),
  ],
  'value of a profile': [
    { valueQuantity: amount(1) },
    { valueQuantity: { value: 1 } },
    { valueQuantity: { value: 1, code: 'kg', system: 'http://example.org' } },
    { valueString: 'a' },
    { valueInteger: 1 },
    {},
  ].map((more) => seen('held-value-profile', more)),
  'slices within slices': [
    [{ name: { text: 'a' }, telecom: [{ system: 'phone', value: '1' }] }],
    [{ name: { text: 'a' }, telecom: [{ system: 'phone' }] }],
    [{ name: { text: 'a' }, telecom: [{ system: 'email', value: 'a@b' }] }],
    [{ name: { text: 'a' } }],
    [{ telecom: [{ system: 'phone', value: '1' }] }],
    [
      {
        name: { text: 'a' },
        telecom: [
          { system: 'phone', value: '1' },
          { system: 'phone', value: '2' },
        ],
      },
    ],
    [
      { name: { text: 'a' }, telecom: [{ system: 'phone', value: '1' }] },
      { telecom: [{ system: 'phone', value: '1' }] },
      { telecom: [{ system: 'phone', value: '2' }] },
    ],
    [{ _gender: { extension: [{ url: `${core}/data-absent-reason`, valueCode: 'unknown' }] } }],
  ].map((contact) => held('held-within', { contact })),
  'slices sliced again': [
    [{ system: 'http://provoked.test/a', use: 'official', value: '1' }],
    [{ system: 'http://provoked.test/a', use: 'old', value: '1' }],
    [{ system: 'http://provoked.test/a', use: 'usual', value: '1' }],
    [{ system: 'http://provoked.test/a', value: '1' }],
    [{ system: 'http://provoked.test/b', use: 'usual', value: '1' }],
    ['official', 'official'].map((use) => ({ system: 'http://provoked.test/a', use, value: '1' })),
    ['official', 'old', 'old'].map((use) => ({ system: 'http://provoked.test/a', use, value: '1' })),
    [],
  ].map((identifier) => held('held-again', identifier.length === 0 ? {} : { identifier })),
  'slices of components': [
    [{ code: red, valueQuantity: amount(1) }],
    [{ code: red, valueString: 'a' }],
    [{ code: red }],
    [{ code: concept('green') }],
    [{ code: red, valueQuantity: amount(1) }, { code: concept('green') }],
    [
      { code: red, valueQuantity: amount(1) },
      { code: concept('green'), valueQuantity: amount(1) },
    ],
    [
      { code: red, valueQuantity: amount(1) },
      { code: red, valueQuantity: amount(1) },
    ],
    [
      {
        code: {
          coding: [
            { system: colours, code: 'red' },
            { system: colours, code: 'green' },
          ],
        },
        valueQuantity: amount(1),
      },
    ],
    [{ code: { coding: [{ code: 'red' }] }, valueQuantity: amount(1) }],
    [{ code: { text: 'red' }, valueQuantity: amount(1) }],
  ].map((component) => seen('held-coded', { component })),
  'slices by other discriminators': [
    ...[
      'Practitioner/1',
      'Organization/1',
      'Patient/1',
      '#p',
      '#q',
      'http://example.org/fhir/Practitioner/1',
      'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    ].map((reference) =>
      seen('held-by-resolve', {
        contained: [{ resourceType: 'Practitioner', id: 'p', active: true }],
        performer: [{ reference }],
      }),
    ),
    seen('held-by-resolve', { performer: [{ reference: 'Practitioner/1' }, { reference: 'Organization/1' }] }),
    seen('held-by-resolve', { performer: [{ type: 'Practitioner', display: 'a' }] }),
    ...[
      [{ family: 'a' }],
      [{ text: 'a' }],
      [{ family: 'a' }, { text: 'a' }],
      [{ family: 'a' }, { family: 'b' }],
      [{ family: 'a' }, { text: 'b' }, { use: 'old', text: 'c' }],
    ].map((name) => held('held-by-position', { name })),
  ],
  'slices of a choice held': [
    { valueQuantity: amount(1) },
    { valueQuantity: { value: 1 } },
    { valueCodeableConcept: red },
    { valueCodeableConcept: { text: 'a' } },
    { valueString: 'a' },
    {},
    { dataAbsentReason: { text: 'a' } },
  ].map((more) => seen('held-choice', more)),
  'bindings beside a binding': [
    ...['red', 'green', 'blue', 'none'].flatMap((code) => [
      seen('held-bindings', { code: concept(code) }),
      seen('held-bindings', { code: concept('red'), bodySite: concept(code) }),
      seen('held-bindings', { code: concept('red'), method: concept(code) }),
    ]),
    seen('held-bindings', { code: { text: 'a' } }),
    seen('held-bindings', { code: concept('a', 'http://example.org/x') }),
    seen('held-bindings', {
      code: {
        coding: [
          { system: colours, code: 'red' },
          { system: 'http://example.org/x', code: 'a' },
        ],
      },
    }),
    seen('held-bindings', {
      code: concept('red'),
      method: {
        coding: [
          { system: colours, code: 'red' },
          { system: 'http://example.org/x', code: 'a' },
        ],
      },
    }),
  ],
  'profile that leads to others': [
    'held-imposing',
    'held-complying',
    'held-abstract',
    'held-draft',
    'held-retired',
  ].flatMap((name) => [held(name, { birthDate: '2000-01-01' }), held(name, {})]),
  'rules held': [
    {},
    { name: [{ family: 'Karimova' }] },
    { name: [{ text: 'a' }] },
    { name: [{ family: 'a' }], birthDate: '2999-01-01' },
    { name: [{ family: 'a' }], birthDate: '2026' },
    { name: [{ family: 'a' }], telecom: [{ system: 'phone', value: '+998' }] },
    { name: [{ family: 'a' }], telecom: [{ system: 'phone', value: '998' }] },
    {
      name: [{ family: 'a' }],
      telecom: [
        { system: 'phone', value: '+1' },
        { system: 'phone', value: '+2' },
      ],
    },
    { name: [{ family: 'abcdefghijk' }] },
    { name: [{ family: 'a' }, { family: 'b' }] },
    { name: [{ family: 'a' }], contact: [{ relationship: [{ text: 'a' }], name: { text: 'a' } }] },
    { name: [{ family: 'a' }], deceasedDateTime: '2020' },
    { name: [{ family: 'a' }], deceasedBoolean: true },
    { name: [{ family: 'a' }], link: [{ other: { reference: 'Patient/2' }, type: 'refer' }] },
    { name: [{ family: 'a' }], link: [{ other: { reference: 'RelatedPerson/2' }, type: 'refer' }] },
  ].map((more) => held('held-rules', more)),
  'targets held': [
    ...[
      'Patient/1',
      '#p',
      '#q',
      'http://example.org/fhir/Patient/1',
      'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    ].map((reference) =>
      seen('held-targets', {
        contained: [patient({ id: 'p', birthDate: '2000-01-01' }), patient({ id: 'q', active: true })],
        subject: { reference },
        focus: [{ reference: '#p' }],
      }),
    ),
    seen('held-targets', { subject: { display: 'a' } }),
    seen('held-targets', { subject: { identifier: { value: '1' } } }),
    seen('held-targets', { subject: { reference: 'Patient/1' }, focus: [{ reference: 'Patient/1' }] }),
    seen('held-targets', { subject: { reference: 'Patient/1' }, focus: [{ reference: 'Patient/1/_history/1' }] }),
  ],
  'elements that are left out': [
    {},
    { photo: [{ url: 'http://example.org' }] },
    { name: [{ given: ['a'] }] },
    { name: [{ _given: [{ id: 'a' }] }] },
    { extension: [{ url: 'http://example.org/a', valueString: 'a' }] },
    { contact: [{ name: { text: 'a', extension: [{ url: 'http://example.org/a', valueString: 'a' }] } }] },
    { deceasedBoolean: false },
    { _deceasedBoolean: { id: 'a' } },
    { multipleBirthBoolean: true },
    { multipleBirthInteger: 1 },
    { id: undefined },
    { text: undefined },
    { photo: [] },
  ].map((more) => held('held-nothing', more)),
};
