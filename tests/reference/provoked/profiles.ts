/** Profiles, extensions and codes for provocations: they are beside R5 when these are validated. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { amount, defined, extension, home, profile } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';

const limit = (id: string, min: Json | undefined, max: Json | undefined): Json =>
  profile(id, 'Observation', {
    'Observation.value[x]': {
      type: [{ code: 'Quantity' }],
      ...(min !== undefined && { minValueQuantity: min }),
      ...(max !== undefined && { maxValueQuantity: max }),
    },
  });

const valued = (id: string, code: string, more: Json): Json =>
  profile(id, 'Observation', { 'Observation.value[x]': { type: [{ code }], ...more } });

const { unit: _unit, ...bare } = amount(5);
const { code: _code, ...uncoded } = bare as { code: string };
const { system: _system, ...unnamed } = bare as { system: string };
const { value: _value, ...empty } = bare as { value: number };

const limits: readonly Json[] = [
  limit('limit-kg', amount(1), amount(10)),
  limit('limit-no-system', unnamed, unnamed),
  limit('limit-no-code', uncoded, uncoded),
  limit('limit-no-value', empty, empty),
  limit(
    'limit-other-system',
    { value: 1, system: `${home}/units`, code: 'a' },
    { value: 3, system: `${home}/units`, code: 'a' },
  ),
  valued('limit-integer', 'integer', { minValueInteger: 3, maxValueInteger: 5 }),
  valued('limit-date-time', 'dateTime', { minValueDateTime: '2020-01-01', maxValueDateTime: '2021-01-01' }),
  valued('limit-time', 'time', { minValueTime: '08:00:00', maxValueTime: '10:00:00' }),
  valued('limit-string', 'string', {
    maxLength: 5,
    extension: [
      { url: `${core}/minLength`, valueInteger: 2 },
      { url: `${core}/regex`, valueString: '[a-z]+' },
    ],
  }),
  profile('limit-birth', 'Patient', {
    'Patient.birthDate': { minValueDate: '1900-01-01', maxValueDate: '2030-01-01' },
  }),
  profile('limit-birth-from-now', 'Patient', {
    'Patient.birthDate': { minValueQuantity: amount(30, 'a'), maxValueQuantity: amount(0, 'd') },
  }),
  profile('limit-birth-compared', 'Patient', {
    'Patient.birthDate': { maxValueQuantity: amount(1, 'd', { comparator: '<' }) },
  }),
  profile('limit-decimal', 'RiskAssessment', {
    'RiskAssessment.prediction.probability[x]': {
      type: [{ code: 'decimal' }],
      minValueDecimal: 0.1,
      maxValueDecimal: 0.5,
      extension: [{ url: `${core}/maxDecimalPlaces`, valueInteger: 2 }],
    },
  }),
  profile('limit-quantity-places', 'Observation', {
    'Observation.value[x]': {
      type: [{ code: 'Quantity' }],
      extension: [{ url: `${core}/maxDecimalPlaces`, valueInteger: 1 }],
    },
  }),
  profile('limit-photo', 'Patient', {
    'Patient.photo': { extension: [{ url: `${core}/maxSize`, valueDecimal: 3 }] },
  }),
  profile('limit-binary', 'Binary', {
    'Binary.data': { extension: [{ url: `${core}/maxSize`, valueDecimal: 3 }] },
  }),
  profile('must-have-value', 'Patient', { 'Patient.birthDate': { mustHaveValue: true } }),
  profile('value-alternatives', 'Patient', {
    'Patient.birthDate': { valueAlternatives: [`${core}/data-absent-reason`] },
  }),
];

const fixed = (id: string, type: string, path: string, name: string, value: unknown): Json =>
  profile(id, type, { [path]: { [name]: value } });

const name = { family: 'Karimova', given: ['Aziza', 'B'], prefix: ['Dr'], suffix: ['II'], use: 'official' };
const address = { line: ['Street 1', 'Door 2'], city: 'Toshkent', country: 'UZ' };

const exact: readonly Json[] = ['fixed', 'pattern'].flatMap((kind) => [
  fixed(`${kind}-name`, 'Patient', 'Patient.name', `${kind}HumanName`, name),
  fixed(`${kind}-address`, 'Patient', 'Patient.address', `${kind}Address`, address),
  fixed(`${kind}-identifier`, 'Patient', 'Patient.identifier', `${kind}Identifier`, {
    system: 'http://provoked.test/id',
    value: '1',
  }),
  fixed(`${kind}-telecom`, 'Patient', 'Patient.telecom', `${kind}ContactPoint`, {
    system: 'phone',
    value: '+998901234567',
  }),
  fixed(`${kind}-status`, 'Patient', 'Patient.maritalStatus', `${kind}CodeableConcept`, {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }],
    text: 'Married',
  }),
  fixed(`${kind}-organization`, 'Patient', 'Patient.managingOrganization', `${kind}Reference`, {
    reference: 'Organization/1',
    display: 'One',
  }),
  fixed(`${kind}-gender`, 'Patient', 'Patient.gender', `${kind}Code`, 'female'),
  fixed(`${kind}-active`, 'Patient', 'Patient.active', `${kind}Boolean`, true),
  fixed(`${kind}-birth`, 'Patient', 'Patient.birthDate', `${kind}Date`, '1990-05-14'),
  fixed(`${kind}-photo`, 'Patient', 'Patient.photo', `${kind}Attachment`, { contentType: 'image/png', title: 'One' }),
  fixed(`${kind}-tag`, 'Patient', 'Patient.meta.tag', `${kind}Coding`, {
    system: 'http://provoked.test/tag',
    code: 'a',
  }),
  fixed(`${kind}-period`, 'Encounter', 'Encounter.actualPeriod', `${kind}Period`, {
    start: '2026-01-01',
    end: '2026-01-02',
  }),
  ...(
    [
      ['Quantity', amount(5)],
      ['Range', { low: { value: 1 }, high: { value: 2 } }],
      ['Ratio', { numerator: { value: 1 }, denominator: { value: 2 } }],
      ['SampledData', { origin: { value: 1 }, interval: 1, intervalUnit: 's', dimensions: 1, data: '1 2' }],
      ['Period', { start: '2026-01-01' }],
      ['String', 'one'],
      ['Integer', 1],
      ['DateTime', '2026-01-01'],
      ['Time', '10:00:00'],
    ] as const
  ).map(([type, value]) => {
    const code = type.charAt(0).toLowerCase() + type.slice(1);
    const isComplex = typeof value === 'object';
    return valued(`${kind}-value-${code.toLowerCase()}`, isComplex ? type : code, { [`${kind}${type}`]: value });
  }),
  fixed(`${kind}-timing`, 'ServiceRequest', 'ServiceRequest.occurrence[x]', `${kind}Timing`, {
    repeat: { frequency: 1, period: 1, periodUnit: 'd' },
  }),
]);

const set = (id: string, include: Json): Json => defined('ValueSet', id, { compose: { include: [include] } });
const codes = `${home}/CodeSystem/colours`;

const terminology: readonly Json[] = [
  defined('CodeSystem', 'colours', {
    content: 'complete',
    caseSensitive: true,
    concept: [
      { code: 'red', display: 'Red' },
      { code: 'green', display: 'Green' },
      { code: 'blue', display: 'Blue' },
      {
        code: 'old',
        display: 'Old',
        property: [{ code: 'inactive', valueBoolean: true }],
      },
      { code: 'group', display: 'Group', property: [{ code: 'notSelectable', valueBoolean: true }] },
      { code: 'retired', display: 'Retired', property: [{ code: 'status', valueCode: 'retired' }] },
      { code: 'deprecated', display: 'Deprecated', property: [{ code: 'status', valueCode: 'deprecated' }] },
    ],
    property: [
      { code: 'inactive', uri: 'http://hl7.org/fhir/concept-properties#inactive', type: 'boolean' },
      { code: 'notSelectable', uri: 'http://hl7.org/fhir/concept-properties#notSelectable', type: 'boolean' },
      { code: 'status', uri: 'http://hl7.org/fhir/concept-properties#status', type: 'code' },
    ],
  }),
  defined('CodeSystem', 'loose', {
    content: 'complete',
    caseSensitive: false,
    concept: [{ code: 'One', display: 'One' }],
  }),
  defined('CodeSystem', 'piece', { content: 'fragment', caseSensitive: true, concept: [{ code: 'a', display: 'A' }] }),
  defined('CodeSystem', 'absent', { content: 'not-present', caseSensitive: true }),
  defined('CodeSystem', 'added', { content: 'supplement', supplements: codes, concept: [{ code: 'red' }] }),
  set('all-colours', { system: codes }),
  set('some-colours', { system: codes, concept: [{ code: 'red' }, { code: 'green' }] }),
  set('one-colour', { system: codes, concept: [{ code: 'red' }] }),
  set('loose-codes', { system: `${home}/CodeSystem/loose` }),
  set('piece-codes', { system: `${home}/CodeSystem/piece` }),
  set('absent-codes', { system: `${home}/CodeSystem/absent` }),
  set('selectable-colours', { system: codes, filter: [{ property: 'notSelectable', op: '=', value: 'false' }] }),
];

const bound = (id: string, path: string, strength: string, more: Json = {}): Json =>
  profile(id, path.split('.')[0]!, {
    [path]: { binding: { strength, valueSet: `${home}/ValueSet/some-colours`, ...more } },
  });

const maximum = [{ url: `${core}/elementdefinition-maxValueSet`, valueCanonical: `${home}/ValueSet/all-colours` }];

const bindings: readonly Json[] = [
  ...['required', 'extensible', 'preferred'].flatMap((strength) => [
    bound(`${strength}-concept`, 'Observation.code', strength),
    bound(`${strength}-coding`, 'Encounter.class', strength),
    bound(`${strength}-tag`, 'Patient.meta.tag', strength),
    profile(`${strength}-string`, 'Observation', {
      'Observation.value[x]': {
        type: [{ code: 'string' }],
        binding: { strength, valueSet: `${home}/ValueSet/some-colours` },
      },
    }),
    profile(`${strength}-unit`, 'Observation', {
      'Observation.value[x]': {
        type: [{ code: 'Quantity' }],
        binding: { strength, valueSet: `${home}/ValueSet/some-colours` },
      },
    }),
  ]),
  bound('maximum-concept', 'Observation.code', 'extensible', { extension: maximum }),
  bound('maximum-tag', 'Patient.meta.tag', 'extensible', { extension: maximum }),
  bound('unknown-set', 'Observation.code', 'required', { valueSet: `${home}/ValueSet/no-such` }),
  bound('system-as-set', 'Observation.code', 'required', { valueSet: codes }),
  bound('loose-set', 'Observation.code', 'required', { valueSet: `${home}/ValueSet/loose-codes` }),
  bound('piece-set', 'Observation.code', 'required', { valueSet: `${home}/ValueSet/piece-codes` }),
  bound('absent-set', 'Observation.code', 'required', { valueSet: `${home}/ValueSet/absent-codes` }),
  bound('all-set', 'Observation.code', 'required', { valueSet: `${home}/ValueSet/all-colours` }),
  bound('additional-set', 'Observation.code', 'extensible', {
    additional: [{ purpose: 'required', valueSet: `${home}/ValueSet/all-colours` }],
  }),
  bound('additional-maximum', 'Observation.code', 'extensible', {
    additional: [{ purpose: 'maximum', valueSet: `${home}/ValueSet/one-colour` }],
  }),
];

/** All definitions that are loaded beside R5. */
export const definitions: readonly Json[] = [
  ...limits,
  ...exact,
  ...terminology,
  ...bindings,
  extension('simple', { 'Extension.value[x]': { min: 1, type: [{ code: 'string' }] } }),
  extension(
    'other-place',
    { 'Extension.value[x]': { type: [{ code: 'string' }] } },
    { context: [{ type: 'element', expression: 'Observation' }] },
  ),
  extension(
    'by-path',
    { 'Extension.value[x]': { type: [{ code: 'string' }] } },
    { context: [{ type: 'fhirpath', expression: 'Patient.contact' }] },
  ),
  extension(
    'within-simple',
    { 'Extension.value[x]': { type: [{ code: 'string' }] } },
    { context: [{ type: 'extension', expression: `${home}/StructureDefinition/simple` }] },
  ),
  extension(
    'only-adults',
    { 'Extension.value[x]': { type: [{ code: 'string' }] } },
    { contextInvariant: ['birthDate.exists()'] },
  ),
  extension('modifying', {
    Extension: { isModifier: true, isModifierReason: 'It negates.' },
    'Extension.value[x]': { type: [{ code: 'boolean' }] },
  }),
  extension('complex', {
    'Extension.extension': {
      slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'closed', ordered: false },
    },
    'Extension.extension:a': { min: 1, max: '1' },
    'Extension.extension:a.url': { fixedUri: 'a' },
    'Extension.extension:a.value[x]': { type: [{ code: 'string' }] },
    'Extension.value[x]': { max: '0' },
  }),
  extension(
    'old-only',
    { 'Extension.value[x]': { type: [{ code: 'string' }] } },
    {
      extension: [
        {
          url: `${core}/version-specific-use`,
          extension: [
            { url: 'startFhirVersion', valueCode: '3.0' },
            { url: 'endFhirVersion', valueCode: '4.0' },
          ],
        },
      ],
    },
  ),
  extension(
    'later-only',
    { 'Extension.value[x]': { type: [{ code: 'string' }] } },
    {
      extension: [{ url: `${core}/version-specific-use`, extension: [{ url: 'startFhirVersion', valueCode: '6.0' }] }],
    },
  ),
];
