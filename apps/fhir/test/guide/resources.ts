/**
 * Two resources, `a` and `b`, of each type that the pages of the national guide search. They differ in every searched value, and each
 * refers only to resources of the same letter.
 */
export type Variant = 'a' | 'b';
type Resource = Record<string, unknown>;

export const snomed = 'http://snomed.info/sct';
export const loinc = 'http://loinc.org';
const terminology = 'http://terminology.hl7.org/CodeSystem';

/** The first value for `a`, the second for `b`. */
export const pick =
  <Value>(a: Value, b: Value) =>
  (x: Variant): Value =>
    x === 'a' ? a : b;

const coding = (system: string, code: string): { coding: { system: string; code: string }[] } => ({
  coding: [{ system, code }],
});
const sct = (x: Variant, a: string, b: string): object => coding(snomed, pick(a, b)(x));
const identifier = (x: Variant): object[] => [{ system: 'https://id.example.uz', value: `10-${x}` }];
const to = (type: string, x: string): { reference: string } => ({ reference: `${type}/${x}` });

const day = pick('2026-03-10', '2026-08-20');
const moment = (x: Variant): string => `${day(x)}T10:00:00+05:00`;
const period = (x: Variant): object => ({ start: moment(x), end: `${day(x)}T11:00:00+05:00` });
const city = pick('Toshkent', 'Samarqand');
const name = pick('Usmonov', 'Karimova');
const given = pick('Anvar', 'Nodira');
const active = pick(true, false);

const context = (x: Variant): object[] => [
  {
    code: { system: `${terminology}/usage-context-type`, code: pick('focus', 'jurisdiction')(x) },
    valueCodeableConcept: sct(x, '73211009', '38341003'),
  },
];

/** Ordered so that references point to existing resources. */
export const resources: readonly ((x: Variant) => Resource)[] = [
  (x) => ({ resourceType: 'Organization', id: `of-${x}`, name: 'Vazirlik' }),
  (x) => ({
    resourceType: 'Organization',
    ...{ id: x, identifier: identifier(x), active: active(x), name: pick('Shifoxona', 'Laboratoriya')(x) },
    type: [coding(`${terminology}/organization-type`, pick('prov', 'dept')(x))],
    contact: [{ address: { city: city(x) } }],
    partOf: to('Organization', `of-${x}`),
  }),
  (x) => ({
    resourceType: 'Practitioner',
    ...{ id: x, identifier: identifier(x), active: active(x), name: [{ family: name(x), given: [given(x)] }] },
    qualification: [{ code: sct(x, '309343006', '224535009') }],
  }),
  (x) => ({
    resourceType: 'Patient',
    ...{ id: x, identifier: identifier(x), name: [{ family: name(x), given: [given(x)] }] },
    ...{ gender: pick('male', 'female')(x), birthDate: pick('1990-01-15', '1985-06-30')(x) },
    address: [{ city: city(x) }],
    generalPractitioner: [to('Practitioner', x)],
    managingOrganization: to('Organization', x),
  }),
  (x) => ({
    resourceType: 'RelatedPerson',
    ...{ id: x, identifier: identifier(x), patient: to('Patient', x), name: [{ family: name(x) }] },
    relationship: [coding(`${terminology}/v3-RoleCode`, pick('MTH', 'FTH')(x))],
  }),
  (x) => ({
    resourceType: 'Location',
    ...{ id: x, identifier: identifier(x), status: pick('active', 'inactive')(x) },
    ...{ name: pick('Birinchi xona', 'Ikkinchi xona')(x), address: { city: city(x) } },
    type: [coding(`${terminology}/v3-RoleCode`, pick('HOSP', 'PHARM')(x))],
    managingOrganization: to('Organization', x),
  }),
  (x) => ({
    resourceType: 'PractitionerRole',
    ...{ id: x, active: active(x), practitioner: to('Practitioner', x), organization: to('Organization', x) },
    code: [sct(x, '59058001', '224535009')],
    specialty: [sct(x, '394579002', '394585009')],
    location: [to('Location', x)],
  }),
  (x) => ({
    resourceType: 'HealthcareService',
    ...{ id: x, active: active(x), providedBy: to('Organization', x), location: [to('Location', x)] },
    category: [sct(x, '708175003', '310000008')],
    type: [sct(x, '788001001', '310128004')],
    specialty: [sct(x, '394579002', '394585009')],
  }),
  (x) => ({
    resourceType: 'EpisodeOfCare',
    ...{ id: x, status: pick('active', 'finished')(x), patient: to('Patient', x), period: period(x) },
    type: [sct(x, '182813001', '310128004')],
    ...{ managingOrganization: to('Organization', x), careManager: to('Practitioner', x) },
  }),
  (x) => ({
    resourceType: 'Encounter',
    ...{ id: x, status: pick('completed', 'planned')(x), subject: to('Patient', x), actualPeriod: period(x) },
    class: [coding(`${terminology}/v3-ActCode`, pick('AMB', 'IMP')(x))],
    type: [sct(x, '185349003', '183807002')],
    episodeOfCare: [to('EpisodeOfCare', x)],
    serviceProvider: to('Organization', x),
    participant: [{ actor: to('Practitioner', x) }],
    location: [{ location: to('Location', x) }],
  }),
  (x) => ({
    resourceType: 'Condition',
    ...{ id: x, subject: to('Patient', x), encounter: to('Encounter', x), code: sct(x, '73211009', '38341003') },
    category: [coding(`${terminology}/condition-category`, pick('problem-list-item', 'encounter-diagnosis')(x))],
    clinicalStatus: coding(`${terminology}/condition-clinical`, pick('active', 'resolved')(x)),
    verificationStatus: coding(`${terminology}/condition-ver-status`, pick('confirmed', 'provisional')(x)),
    ...{ onsetDateTime: day(x), recordedDate: moment(x) },
  }),
  (x) => ({
    resourceType: 'ServiceRequest',
    ...{ id: x, status: pick('active', 'completed')(x), intent: 'order', subject: to('Patient', x) },
  }),
  (x) => ({
    resourceType: 'Specimen',
    ...{ id: x, status: pick('available', 'unavailable')(x), subject: to('Patient', x) },
    ...{ type: sct(x, '119297000', '122575003'), collection: { collectedDateTime: moment(x) } },
    accessionIdentifier: { system: 'https://lab.example.uz', value: `A-${x}` },
  }),
  (x) => ({
    resourceType: 'Observation',
    ...{ id: x, status: pick('final', 'preliminary')(x), subject: to('Patient', x), effectiveDateTime: moment(x) },
    category: [coding(`${terminology}/observation-category`, pick('social-history', 'laboratory')(x))],
    ...{ code: coding(loinc, pick('72166-2', '883-9')(x)), valueCodeableConcept: sct(x, '8517006', '112144000') },
    ...{ encounter: to('Encounter', x), basedOn: [to('ServiceRequest', x)], specimen: to('Specimen', x) },
    performer: [to('Practitioner', x)],
  }),
  (x) => ({
    resourceType: 'Procedure',
    ...{ id: x, status: pick('completed', 'in-progress')(x), subject: to('Patient', x), occurrenceDateTime: moment(x) },
    ...{ code: sct(x, '80146002', '387713003'), encounter: to('Encounter', x), basedOn: [to('ServiceRequest', x)] },
    performer: [{ actor: to('Practitioner', x) }],
  }),
  (x) => ({
    resourceType: 'AllergyIntolerance',
    ...{ id: x, patient: to('Patient', x), code: sct(x, '91935009', '91936005') },
    clinicalStatus: coding(`${terminology}/allergyintolerance-clinical`, pick('active', 'resolved')(x)),
    verificationStatus: coding(`${terminology}/allergyintolerance-verification`, pick('confirmed', 'unconfirmed')(x)),
    ...{ category: [pick('food', 'medication')(x)], criticality: pick('high', 'low')(x) },
  }),
  (x) => ({
    resourceType: 'Immunization',
    ...{ id: x, status: pick('completed', 'not-done')(x), patient: to('Patient', x), occurrenceDateTime: moment(x) },
    ...{ vaccineCode: coding('http://hl7.org/fhir/sid/cvx', pick('08', '19')(x)), lotNumber: `LOT-${x}` },
    performer: [{ actor: to('Practitioner', x) }],
  }),
  (x) => ({
    resourceType: 'ImmunizationRecommendation',
    ...{ id: x, patient: to('Patient', x), date: moment(x) },
    recommendation: [
      {
        vaccineCode: [coding('http://hl7.org/fhir/sid/cvx', pick('08', '19')(x))],
        targetDisease: [sct(x, '66071002', '56717001')],
        forecastStatus: coding(`${terminology}/immunization-recommendation-status`, pick('due', 'overdue')(x)),
      },
    ],
  }),
  (x) => ({
    resourceType: 'AdverseEvent',
    ...{ id: x, status: pick('completed', 'in-progress')(x), actuality: 'actual', subject: to('Patient', x) },
    ...{ code: sct(x, '304386008', '418634005'), occurrenceDateTime: moment(x) },
    seriousness: coding(`${terminology}/adverse-event-seriousness`, pick('serious', 'non-serious')(x)),
  }),
  (x) => ({
    resourceType: 'Goal',
    ...{ id: x, lifecycleStatus: pick('active', 'completed')(x), subject: to('Patient', x) },
    category: [coding(`${terminology}/goal-category`, pick('dietary', 'safety')(x))],
    achievementStatus: coding(`${terminology}/goal-achievement`, pick('improving', 'achieved')(x)),
    ...{ description: sct(x, '289169006', '8943002'), target: [{ measure: sct(x, '1', '2'), dueDate: day(x) }] },
  }),
  (x) => ({
    resourceType: 'Consent',
    ...{
      id: x,
      status: pick('active', 'inactive')(x),
      subject: to('Patient', x),
      date: day(x),
      provision: [{ period: period(x) }],
    },
    category: [coding(loinc, pick('59284-0', '57016-8')(x))],
  }),
  (x) => ({
    resourceType: 'AuditEvent',
    ...{ id: x, recorded: moment(x), action: pick('R', 'U')(x), patient: to('Patient', x) },
    category: [coding(`${terminology}/audit-event-type`, pick('rest', 'object')(x))],
    code: coding('http://hl7.org/fhir/restful-interaction', 'read'),
    outcome: { code: { system: 'http://hl7.org/fhir/issue-severity', code: pick('success', 'error')(x) } },
    agent: [{ who: to('Practitioner', x) }],
    source: { observer: to('Organization', x) },
    entity: [{ what: to('Condition', x) }],
  }),
  (x) => ({
    resourceType: 'Provenance',
    ...{ id: x, target: [to('Condition', x)], occurredDateTime: moment(x), patient: to('Patient', x) },
    agent: [{ who: to('Practitioner', x) }],
    entity: [{ role: 'source', what: to('Observation', x) }],
  }),
  (x) => ({
    resourceType: 'PlanDefinition',
    ...{ id: x, status: pick('active', 'draft')(x), name: pick('DiabetesPlan', 'HypertensionPlan')(x) },
    ...{ title: pick('Qandli diabet', 'Gipertenziya')(x), version: pick('1.0', '2.0')(x), date: day(x) },
    useContext: context(x),
  }),
  (x) => ({
    resourceType: 'Questionnaire',
    ...{ id: x, status: pick('active', 'draft')(x), name: pick('Smoking', 'Alcohol')(x), date: day(x) },
    ...{ title: pick('Chekish', 'Ichish')(x), version: pick('1.0', '2.0')(x), url: questionnaire(x) },
    useContext: context(x),
  }),
  (x) => ({
    resourceType: 'QuestionnaireResponse',
    ...{ id: x, status: pick('completed', 'in-progress')(x), subject: to('Patient', x), authored: moment(x) },
    ...{ questionnaire: questionnaire(x), author: to('Practitioner', x), encounter: to('Encounter', x) },
    basedOn: [to('ServiceRequest', x)],
  }),
  (x) => ({
    resourceType: 'DiagnosticReport',
    ...{ id: x, status: 'final', code: coding(loinc, '58410-2'), subject: to('Patient', x) },
    ...{ basedOn: [to('ServiceRequest', x)], result: [to('Observation', x)] },
  }),
  (x) => ({
    resourceType: 'Task',
    ...{ id: x, status: 'requested', intent: 'order', basedOn: [to('ServiceRequest', x)], lastModified: moment(x) },
  }),
  (x) => ({
    resourceType: 'MedicationRequest',
    ...{ id: x, status: pick('active', 'stopped')(x), intent: 'order', subject: to('Patient', x) },
    medication: { concept: sct(x, '387207008', '372687004') },
  }),
  (x) => ({
    resourceType: 'MedicationDispense',
    ...{ id: x, status: 'completed', subject: to('Patient', x), authorizingPrescription: [to('MedicationRequest', x)] },
    medication: { concept: sct(x, '387207008', '372687004') },
  }),
  (x) => composition(x, x),
  (x) => ({
    resourceType: 'Bundle',
    ...{ id: x, type: pick('document', 'collection')(x), timestamp: moment(x) },
    ...(x === 'a'
      ? {
          identifier: { system: 'urn:ietf:rfc:3986', value: 'urn:uuid:0d3c7b62-9a5f-4d6c-8f52-3b8b0f5f7a10' },
          entry: [
            { fullUrl: 'https://example.uz/fhir/Composition/in-a', resource: composition(x, 'in-a') },
            { fullUrl: 'https://example.uz/fhir/Patient/a', resource: { resourceType: 'Patient', id: 'a' } },
            { fullUrl: 'https://example.uz/fhir/Practitioner/a', resource: { resourceType: 'Practitioner', id: 'a' } },
          ],
        }
      : {}),
  }),
];

export function questionnaire(x: Variant): string {
  return `https://dhp.example.uz/Questionnaire/${x}`;
}

function composition(x: Variant, id: string): Resource {
  return {
    resourceType: 'Composition',
    ...{ id, status: 'final', subject: [to('Patient', x)], date: moment(x), title: 'Xulosa' },
    ...{ type: coding(loinc, '34133-9'), category: [coding(loinc, pick('LP173421-1', 'LP173418-7')(x))] },
    author: [to('Practitioner', x)],
  };
}
