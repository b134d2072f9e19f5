/** Provocations in the elements of clinical resources: values, bindings, extensions, references. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { amount, claiming, home, observation, patient, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const measured = (name: string, valueQuantity: Json): Json => observation({ ...claiming(name), valueQuantity });
const own = { system: `${home}/units`, code: 'a' };
const colours = `${home}/CodeSystem/colours`;

const limits: Provocations = {
  'quantity beyond its limits': [
    measured('limit-kg', amount(0.5)),
    measured('limit-kg', amount(11)),
    measured('limit-kg', amount(100, 'g')),
    measured('limit-kg', amount(20_000, 'g')),
    measured('limit-kg', amount(5, 'm')),
    measured('limit-kg', { unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' }),
    measured('limit-kg', { value: 5, unit: 'kg' }),
    measured('limit-kg', { value: 5, unit: 'kg', system: 'http://unitsofmeasure.org' }),
    measured('limit-kg', { value: 5, ...own }),
    measured('limit-no-system', amount(3)),
    measured('limit-no-code', amount(3)),
    measured('limit-no-value', amount(3)),
    measured('limit-other-system', { value: 2, system: `${home}/units`, code: 'b' }),
    measured('limit-other-system', { value: 5, ...own }),
    measured('limit-quantity-places', amount(3.14)),
  ],
  'value beyond its limits': [
    observation({ ...claiming('limit-integer'), valueInteger: 2 }),
    observation({ ...claiming('limit-integer'), valueInteger: 6 }),
    observation({ ...claiming('limit-date-time'), valueDateTime: '2019' }),
    observation({ ...claiming('limit-date-time'), valueDateTime: '2022' }),
    observation({ ...claiming('limit-time'), valueTime: '07:00:00' }),
    observation({ ...claiming('limit-time'), valueTime: '11:00:00' }),
    observation({ ...claiming('limit-string'), valueString: 'a' }),
    observation({ ...claiming('limit-string'), valueString: 'abcdef' }),
    observation({ ...claiming('limit-string'), valueString: 'A1' }),
    patient({ ...claiming('limit-birth'), birthDate: '1850-01-01' }),
    patient({ ...claiming('limit-birth'), birthDate: '2031-01-01' }),
    patient({ ...claiming('limit-birth-from-now'), birthDate: '1950-01-01' }),
    patient({ ...claiming('limit-birth-from-now'), birthDate: '2090-01-01' }),
    patient({ ...claiming('limit-birth-compared'), birthDate: '2000-01-01' }),
    ...[0.05, 0.6, 0.333].map((probabilityDecimal) => ({
      ...{
        resourceType: 'RiskAssessment',
        ...claiming('limit-decimal'),
        status: 'final',
        subject: { reference: 'Patient/1' },
      },
      prediction: [{ probabilityDecimal }],
    })),
    patient({ ...claiming('limit-photo'), photo: [{ contentType: 'image/png', data: 'AAAAAAAA' }] }),
    { resourceType: 'Binary', ...claiming('limit-binary'), contentType: 'image/png', data: 'AAAAAAAA' },
    ...['must-have-value', 'value-alternatives'].map((name) =>
      patient({
        ...claiming(name),
        _birthDate: { extension: [{ url: `${core}/patient-birthTime`, valueDateTime: '2026-01-01T10:00:00Z' }] },
      }),
    ),
  ],
};

const person = { family: 'Other', given: ['A'], prefix: ['P', 'Q'], use: 'usual' };

const exact: Provocations = Object.fromEntries(
  ['fixed', 'pattern'].map((kind) => [
    `${kind} value`,
    [
      patient({ ...claiming(`${kind}-name`), name: [person] }),
      patient({
        ...claiming(`${kind}-name`),
        name: [
          { family: 'Karimova', given: ['Aziza', 'B'], prefix: ['Dr'], suffix: ['II'], use: 'official', text: 'More' },
        ],
      }),
      patient({ ...claiming(`${kind}-address`), address: [{ line: ['Street 1'], city: 'Samarqand' }] }),
      patient({
        ...claiming(`${kind}-identifier`),
        identifier: [{ system: 'http://provoked.test/id', value: '2', use: 'usual' }],
      }),
      patient({ ...claiming(`${kind}-telecom`), telecom: [{ system: 'email', value: 'a@example.org' }] }),
      patient({
        ...claiming(`${kind}-status`),
        maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'S' }] },
      }),
      patient({ ...claiming(`${kind}-status`), maritalStatus: { text: 'Married' } }),
      patient({ ...claiming(`${kind}-organization`), managingOrganization: { reference: 'Organization/2' } }),
      patient({ ...claiming(`${kind}-gender`), gender: 'male' }),
      patient({ ...claiming(`${kind}-active`), active: false }),
      patient({ ...claiming(`${kind}-birth`), birthDate: '1990-05-15' }),
      patient({ ...claiming(`${kind}-photo`), photo: [{ contentType: 'image/jpeg' }] }),
      patient({
        meta: {
          ...(claiming(`${kind}-tag`)['meta'] as Json),
          tag: [{ system: 'http://provoked.test/tag', code: 'b' }],
        },
      }),
      {
        resourceType: 'Encounter',
        ...claiming(`${kind}-period`),
        status: 'planned',
        actualPeriod: { start: '2026-01-02' },
      },
      observation({ ...claiming(`${kind}-value-quantity`), valueQuantity: amount(6, 'g') }),
      observation({
        ...claiming(`${kind}-value-quantity`),
        valueQuantity: { ...amount(5), extension: [{ url: 'http://example.org/e', valueString: 'x' }] },
      }),
      observation({ ...claiming(`${kind}-value-range`), valueRange: { low: { value: 1 }, high: { value: 3 } } }),
      observation({
        ...claiming(`${kind}-value-ratio`),
        valueRatio: { numerator: { value: 2 }, denominator: { value: 2 } },
      }),
      observation({
        ...claiming(`${kind}-value-sampleddata`),
        valueSampledData: { origin: { value: 2 }, interval: 1, intervalUnit: 's', dimensions: 1, data: '1 3' },
      }),
      observation({ ...claiming(`${kind}-value-period`), valuePeriod: { start: '2026-01-02' } }),
      observation({ ...claiming(`${kind}-value-string`), valueString: 'two' }),
      observation({ ...claiming(`${kind}-value-integer`), valueInteger: 2 }),
      observation({ ...claiming(`${kind}-value-datetime`), valueDateTime: '2026-01-02' }),
      observation({ ...claiming(`${kind}-value-time`), valueTime: '10:00:01' }),
      {
        ...{ resourceType: 'ServiceRequest', ...claiming(`${kind}-timing`), status: 'active', intent: 'order' },
        ...{
          subject: { reference: 'Patient/1' },
          occurrenceTiming: { repeat: { frequency: 2, period: 1, periodUnit: 'd' } },
        },
      },
    ],
  ]),
);

const coded = (name: string, ...coding: readonly Json[]): Json => observation({ ...claiming(name), code: { coding } });
const tagged = (name: string, tag: Json): Json =>
  patient({ meta: { ...(claiming(name)['meta'] as Json), tag: [tag] } });
const elsewhere = { system: 'http://example.org/none', code: 'x' };

const bindings: Provocations = {
  ...Object.fromEntries(
    ['required', 'extensible', 'preferred'].map((strength) => [
      `${strength} codes`,
      [
        coded(`${strength}-concept`, { system: colours, code: 'blue' }),
        coded(`${strength}-concept`, { system: colours, code: 'none' }),
        coded(`${strength}-concept`, { code: 'red' }),
        coded(`${strength}-concept`, { system: colours }),
        coded(`${strength}-concept`, elsewhere),
        coded(`${strength}-concept`, { system: colours, code: 'red', display: 'Green' }),
        coded(`${strength}-concept`, { system: colours, version: '9', code: 'red' }),
        coded(`${strength}-concept`, { system: colours, code: 'Red' }),
        coded(`${strength}-concept`, { system: colours, code: 'red' }, { system: colours, code: 'none' }),
        coded(`${strength}-concept`, { system: colours, code: 'blue' }, elsewhere),
        observation({ ...claiming(`${strength}-concept`), code: { text: 'Red' } }),
        tagged(`${strength}-tag`, { system: colours, code: 'blue' }),
        tagged(`${strength}-tag`, { system: colours, code: 'none' }),
        tagged(`${strength}-tag`, elsewhere),
        tagged(`${strength}-tag`, { display: 'Red' }),
        observation({ ...claiming(`${strength}-string`), valueString: 'violet' }),
        observation({ ...claiming(`${strength}-unit`), valueQuantity: amount(1, 'kg') }),
        observation({ ...claiming(`${strength}-unit`), valueQuantity: { value: 1, unit: 'kg' } }),
      ],
    ]),
  ),
  'codes outside of the maximum': [
    coded('maximum-concept', { system: colours, code: 'none' }),
    coded('maximum-concept', elsewhere),
    observation({ ...claiming('maximum-concept'), code: { text: 'Red' } }),
    tagged('maximum-tag', { system: colours, code: 'none' }),
    tagged('maximum-tag', elsewhere),
    coded('additional-set', elsewhere),
    coded('additional-maximum', { system: colours, code: 'green' }),
  ],
  'value sets of other kinds': [
    coded('unknown-set', { system: colours, code: 'red' }),
    coded('system-as-set', { system: colours, code: 'red' }),
    coded('loose-set', { system: `${home}/CodeSystem/loose`, code: 'one' }),
    coded('loose-set', { system: `${home}/CodeSystem/loose`, code: 'two' }),
    coded('piece-set', { system: `${home}/CodeSystem/piece`, code: 'b' }),
    coded('absent-set', { system: `${home}/CodeSystem/absent`, code: 'b' }),
    ...['old', 'group', 'retired', 'deprecated'].map((code) => coded('all-set', { system: colours, code })),
  ],
  'codes of no binding': [
    ...['old', 'group', 'retired', 'deprecated', 'none', 'Red'].map((code) =>
      observation({ valueCodeableConcept: { coding: [{ system: colours, code }] } }),
    ),
    ...[
      { system: `${home}/CodeSystem/added`, code: 'red' },
      { system: `${home}/CodeSystem/piece`, code: 'b' },
      { system: `${home}/CodeSystem/absent`, code: 'b' },
      { system: `${home}/CodeSystem/loose`, code: 'one' },
      { system: `${home}/ValueSet/all-colours`, code: 'red' },
      { system: `${home}/StructureDefinition/simple`, code: 'red' },
      { system: 'urn:oid:1.2.3.4.5.6', code: 'x' },
      { system: 'urn:oid:2.16.840.1.113883.6.96', code: '1' },
      { system: 'https://snomed.info/sct', code: '1' },
      { system: 'https://loinc.org', code: '1-1' },
      { system: 'http://build.fhir.org/codesystem-observation-status.html', code: 'final' },
      { system: 'http://hl7.org/fhir/codesystem-observation-status.html', code: 'final' },
      { system: 'http://hl7.org/fhir/sid/icpc2', code: 'A' },
      { system: 'http://snomed.info', code: '1' },
      { system: '#a', code: 'x' },
      { system: colours, code: 'red', userSelected: true, display: 'red' },
      { system: colours, code: 'red', display: '' },
    ].map((coding) => observation({ valueCodeableConcept: { coding: [coding] } })),
  ],
};

const extended = (...extension: readonly Json[]): Json => patient({ birthDate: '2000-01-01', extension });
const named = (name: string, more: Json): Json => ({ url: `${home}/StructureDefinition/${name}`, ...more });

const extensions: Provocations = {
  'extension at fault': [
    extended(named('simple', {})),
    extended(named('simple', { extension: [{ url: 'a', valueString: 'x' }] })),
    extended(named('simple', { valueInteger: 1 })),
    extended(named('other-place', { valueString: 'x' })),
    extended(named('by-path', { valueString: 'x' })),
    extended(named('within-simple', { valueString: 'x' })),
    patient({ extension: [named('only-adults', { valueString: 'x' })] }),
    extended(named('modifying', { valueBoolean: true })),
    patient({ modifierExtension: [named('simple', { valueString: 'x' })] }),
    patient({ modifierExtension: [named('none', { valueString: 'x' })] }),
    patient({ contact: [{ name: { text: 'A' }, modifierExtension: [named('modifying', { valueBoolean: true })] }] }),
    extended(named('complex', { valueString: 'x' })),
    extended(named('complex', { extension: [{ url: 'b', valueString: 'x' }] })),
    extended(named('complex', { extension: [{ url: 'a', valueInteger: 1 }] })),
    extended(
      named('complex', {
        extension: [
          { url: 'a', valueString: 'x' },
          { url: 'a', valueString: 'y' },
        ],
      }),
    ),
    extended(named('complex', {})),
    extended(named('old-only', { valueString: 'x' })),
    extended(named('later-only', { valueString: 'x' })),
    extended({ url: `${home}/StructureDefinition/simple|1.0.0`, valueString: 'x' }),
    extended({ url: `${home}/StructureDefinition/simple|2.0.0`, valueString: 'x' }),
    extended({ url: 'http://example.org/none|1.0.0', valueString: 'x' }),
    extended({ url: 'simple', valueString: 'x' }),
    extended({
      url: `${home}/StructureDefinition/simple`,
      valueString: 'x',
      extension: [{ url: 'http://example.org/none', valueString: 'y' }],
    }),
    extended({ url: `${core}/no-such`, valueString: 'x' }),
    extended({ url: `${core}/patient-birthPlace`, valueString: 'x' }),
    patient({ id: 'a', _id: { extension: [{ url: 'http://example.org/none', valueString: 'x' }] } }),
    patient({
      name: [{ extension: [{ url: `${core}/patient-birthPlace`, valueAddress: { city: 'Buxoro' } }], text: 'A' }],
    }),
    patient({
      _gender: {
        extension: [{ url: 'http://hl7.org/fhir/4.0/StructureDefinition/extension-Patient.gender', valueCode: 'x' }],
      },
    }),
  ],
};

const about = (subject: Json, more: Json = {}): Json => observation({ subject, ...more });

const references: Provocations = {
  'reference at fault': [
    about({ reference: 'Patient' }),
    about({ reference: 'Patient/' }),
    about({ reference: 'patient/1' }),
    about({ reference: 'Patient/1/2' }),
    about({ reference: 'Patient/1/_history/' }),
    about({ reference: 'Patient/a b' }),
    about({ reference: 'Nothing/1' }),
    about({ reference: 'http://example.org/fhir/Nothing/1' }),
    about({ reference: 'Patient?name=a' }),
    about({ reference: 'Patient?name' }),
    about({ reference: 'Patient?na me=a' }),
    about({ reference: '#none' }),
    about({ reference: '#' }),
    about({ reference: 'urn:uuid:1' }),
    about({ reference: 'urn:oid:1' }),
    about({ reference: 'Organization/1' }),
    about({ reference: 'Patient/1', type: 'Group' }),
    about({ reference: 'Patient/1', type: 'Organization' }),
    about({ type: 'Organization', display: 'A' }),
    about({ type: 'Patient' }),
    about({ identifier: { use: 'usual' } }),
    about({ reference: '#a' }, { contained: [{ resourceType: 'Organization', id: 'a' }] }),
    about({ reference: '#a' }, { contained: [patient({ id: 'a' }), patient({ id: 'a' })] }),
    about({ reference: 'Patient/1' }, { contained: [patient({ id: 'a' })] }),
    about({ reference: '#a' }, { contained: [patient({ id: 'a', contained: [patient({ id: 'b' })] })] }),
    about(
      { reference: '#a' },
      { contained: [patient({ id: 'a', meta: { versionId: '1', security: [{ code: 'x' }] } })] },
    ),
    about(
      { reference: '#a' },
      {
        contained: [
          patient({ id: 'a', text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">A</div>' } }),
        ],
      },
    ),
  ],
};

const content = 'SGVsbG8=';

const attachments: Provocations = {
  'attachment at fault': [
    { contentType: 'text/plain', data: content, size: '99' },
    { contentType: 'text/plain', data: content, size: '-1' },
    { contentType: 'text/plain', data: content, size: 'x' },
    { contentType: 'text/plain', data: content, hash: content },
    { contentType: 'text/plain', data: content, hash: '*' },
    { contentType: 'text/plain', data: 'SGVs bG8=' },
    { contentType: 'text/plain', data: 'SGVsbG8' },
    { contentType: 'text/plain', data: 'SGVsbG8==' },
    { contentType: 'text/plain', url: 'ftp://example.org/a', size: '3' },
    { contentType: 'text/plain', url: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', size: '3' },
    { contentType: 'text/plain', url: 'nosuch:thing', size: '3' },
    { data: content },
    { title: 'A' },
    { contentType: 'text', data: content },
    { contentType: 'nothing/none', url: 'http://example.org/a' },
  ].map((photo) => patient({ photo: [photo] })),
};

export const elementProvocations: Provocations = {
  ...limits,
  ...exact,
  ...bindings,
  ...extensions,
  ...references,
  ...attachments,
};
