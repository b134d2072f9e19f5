/** Searches for the two resources of `resources.ts`: the value of each parameter for `a` and for `b`. */
import { loinc, pick, questionnaire, snomed, type Variant } from './resources.ts';

type Value = (x: Variant) => string;

const code = pick;
const sct = (a: string, b: string): Value => pick(`${snomed}|${a}`, `${snomed}|${b}`);
const ref =
  (type: string): Value =>
  (x) =>
    `${type}/${x}`;
const day = pick('2026-03-10', '2026-08-20');
const identifier: Value = (x) => `https://id.example.uz|10-${x}`;
const name = pick('Usmonov', 'Karimova');
const city = pick('Toshkent', 'Samarqand');
const active = pick('true', 'false');
const diseases = sct('73211009', '38341003');
const contextValue = pick(`focus$${snomed}|73211009`, `jurisdiction$${snomed}|38341003`);

/** A search of the guide: parameters that are used together. */
export type GuideSearch = readonly [type: string, ...parameters: (readonly [name: string, value: Value])[]];

const each = (type: string, ...parameters: (readonly [string, Value])[]): GuideSearch[] =>
  parameters.map((parameter) => [type, parameter]);

export const guideSearches: readonly GuideSearch[] = [
  ...each('Patient', ['identifier', identifier]),
  ['Patient', ['family', name], ['birthdate', pick('1990-01-15', '1985-06-30')]],
  ['Patient', ['name', pick('Anvar', 'Nodira')], ['gender', code('male', 'female')]],
  ...each(
    'Patient',
    ['general-practitioner', ref('Practitioner')],
    ['organization', ref('Organization')],
    ['address-city', city],
  ),
  ...each('RelatedPerson', ['patient', ref('Patient')], ['relationship', code('MTH', 'FTH')]),
  ...each('RelatedPerson', ['identifier', identifier], ['name', name]),
  ...each('Practitioner', ['identifier', identifier]),
  ['Practitioner', ['family', name], ['given', pick('Anvar', 'Nodira')]],
  ['Practitioner', ['qualification-code', sct('309343006', '224535009')], ['active', active]],
  ['PractitionerRole', ['practitioner', ref('Practitioner')], ['active', active]],
  ...each('PractitionerRole', ['organization', ref('Organization')], ['specialty', sct('394579002', '394585009')]),
  ['PractitionerRole', ['role', sct('59058001', '224535009')], ['location', ref('Location')]],
  ...each('Organization', ['identifier', identifier]),
  ['Organization', ['name', pick('Shifoxona', 'Laboratoriya')], ['active', active]],
  ['Organization', ['type', code('prov', 'dept')], ['address-city', city]],
  ...each('Organization', ['partof', pick('Organization/of-a', 'Organization/of-b')]),
  ...each('Location', ['identifier', identifier], ['type', code('HOSP', 'PHARM')]),
  ['Location', ['organization', ref('Organization')], ['status', code('active', 'inactive')]],
  ['Location', ['name', pick('Birinchi', 'Ikkinchi')], ['address-city', city]],
  ['HealthcareService', ['organization', ref('Organization')], ['active', active]],
  [
    'HealthcareService',
    ['service-category', sct('708175003', '310000008')],
    ['service-type', sct('788001001', '310128004')],
  ],
  ...each('HealthcareService', ['location', ref('Location')], ['specialty', sct('394579002', '394585009')]),
  ...each(
    'Encounter',
    ['patient', ref('Patient')],
    ['status', code('completed', 'planned')],
    ['class', code('AMB', 'IMP')],
    ['date', day],
    ['type', sct('185349003', '183807002')],
    ['episode-of-care', ref('EpisodeOfCare')],
    ['service-provider', ref('Organization')],
    ['practitioner', ref('Practitioner')],
    ['location', ref('Location')],
  ),
  ...each(
    'EpisodeOfCare',
    ['patient', ref('Patient')],
    ['status', code('active', 'finished')],
    ['type', sct('182813001', '310128004')],
    ['date', day],
    ['organization', ref('Organization')],
    ['care-manager', ref('Practitioner')],
  ),
  ...each(
    'Condition',
    ['patient', ref('Patient')],
    ['category', code('problem-list-item', 'encounter-diagnosis')],
    ['code', diseases],
    ['encounter', ref('Encounter')],
    ['onset-date', day],
    ['recorded-date', day],
  ),
  [
    'Condition',
    ['clinical-status', code('active', 'resolved')],
    ['verification-status', code('confirmed', 'provisional')],
  ],
  ...each(
    'Observation',
    ['patient', ref('Patient')],
    ['category', code('social-history', 'laboratory')],
    ['code', pick(`${loinc}|72166-2`, `${loinc}|883-9`)],
    ['date', day],
    ['status', code('final', 'preliminary')],
    ['encounter', ref('Encounter')],
    ['based-on', ref('ServiceRequest')],
    ['specimen', ref('Specimen')],
    ['performer', ref('Practitioner')],
    ['value-concept', sct('8517006', '112144000')],
  ),
  ['Observation', ['patient', ref('Patient')], ['category', code('social-history', 'laboratory')]],
  ['Observation', ['category', code('social-history', 'laboratory')], ['code', code('72166-2', '883-9')]],
  ...each(
    'Procedure',
    ['patient', ref('Patient')],
    ['code', sct('80146002', '387713003')],
    ['date', day],
    ['encounter', ref('Encounter')],
    ['status', code('completed', 'in-progress')],
    ['based-on', ref('ServiceRequest')],
    ['performer', ref('Practitioner')],
  ),
  ...each(
    'AllergyIntolerance',
    ['patient', ref('Patient')],
    ['clinical-status', code('active', 'resolved')],
    ['category', code('food', 'medication')],
    ['criticality', code('high', 'low')],
    ['verification-status', code('confirmed', 'unconfirmed')],
    ['code', sct('91935009', '91936005')],
  ),
  ...each(
    'Immunization',
    ['patient', ref('Patient')],
    ['vaccine-code', code('08', '19')],
    ['status', code('completed', 'not-done')],
    ['date', day],
    ['lot-number', pick('LOT-a', 'LOT-b')],
    ['performer', ref('Practitioner')],
  ),
  ...each(
    'ImmunizationRecommendation',
    ['patient', ref('Patient')],
    ['status', code('due', 'overdue')],
    ['target-disease', sct('66071002', '56717001')],
    ['vaccine-type', code('08', '19')],
  ),
  ...each(
    'AdverseEvent',
    ['subject', ref('Patient')],
    ['seriousness', code('serious', 'non-serious')],
    ['date', day],
    ['status', code('completed', 'in-progress')],
    ['code', sct('304386008', '418634005')],
  ),
  ...each(
    'Goal',
    ['patient', ref('Patient')],
    ['lifecycle-status', code('active', 'completed')],
    ['category', code('dietary', 'safety')],
    ['achievement-status', code('improving', 'achieved')],
    ['target-date', day],
    ['description', sct('289169006', '8943002')],
  ),
  ...each(
    'Specimen',
    ['patient', ref('Patient')],
    ['type', sct('119297000', '122575003')],
    ['status', code('available', 'unavailable')],
    ['collected', day],
    ['accession', pick('https://lab.example.uz|A-a', 'https://lab.example.uz|A-b')],
  ),
  ...each(
    'Consent',
    ['patient', ref('Patient')],
    ['status', code('active', 'inactive')],
    ['category', code('59284-0', '57016-8')],
    ['period', day],
    ['date', day],
  ),
  ...each(
    'AuditEvent',
    ['patient', ref('Patient')],
    ['date', day],
    ['agent', ref('Practitioner')],
    ['action', code('R', 'U')],
    ['category', code('rest', 'object')],
    ['entity', ref('Condition')],
    ['outcome', code('success', 'error')],
  ),
  ...each(
    'Provenance',
    ['target', ref('Condition')],
    ['patient', ref('Patient')],
    ['agent', ref('Practitioner')],
    ['when', day],
    ['entity', ref('Observation')],
  ),
  ...each(
    'PlanDefinition',
    ['status', code('active', 'draft')],
    ['name', pick('Diabetes', 'Hypertension')],
    ['title', pick('Qandli', 'Gipertenziya')],
    ['version', code('1.0', '2.0')],
    ['date', day],
    ['context-type-value', contextValue],
  ),
  ...each(
    'Questionnaire',
    ['status', code('active', 'draft')],
    ['name', pick('Smoking', 'Alcohol')],
    ['title', pick('Chekish', 'Ichish')],
    ['url', questionnaire],
    ['version', code('1.0', '2.0')],
    ['date', day],
    ['context', diseases],
  ),
  ...each(
    'QuestionnaireResponse',
    ['patient', ref('Patient')],
    ['status', code('completed', 'in-progress')],
    ['questionnaire', questionnaire],
    ['authored', day],
    ['author', ref('Practitioner')],
    ['encounter', ref('Encounter')],
    ['based-on', ref('ServiceRequest')],
  ),
  ['ServiceRequest', ['patient', ref('Patient')], ['status', code('active', 'completed')]],
  ['MedicationRequest', ['patient', ref('Patient')], ['status', code('active', 'stopped')]],
  ...each('MedicationDispense', ['prescription', ref('MedicationRequest')]),
  ['Composition', ['subject', ref('Patient')], ['category', code('LP173421-1', 'LP173418-7')]],
  ...each('Task', ['based-on', ref('ServiceRequest')]),
  ...each('DiagnosticReport', ['based-on', ref('ServiceRequest')]),
];
