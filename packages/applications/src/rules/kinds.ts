/** Kinds of applications, and the tasks that each may be registered for: a developer chooses by these words, never by scopes. */
import { deviceGrant } from '@dhp/clients/fields';

export const kindNames = ['backend', 'web', 'single-page', 'telephone', 'device'] as const;
export type KindName = (typeof kindNames)[number];

interface Kind {
  readonly grants: readonly string[];
  /** The application runs where a secret could not be protected. */
  readonly isPublic: boolean;
  /** People sign in by a browser and are sent back. */
  readonly hasRedirects: boolean;
  readonly tasks: Readonly<Record<string, readonly string[]>>;
}

const forRecords = (...words: string[]): string[] => ['Patient.rs', 'Practitioner.rs', 'Organization.rs', ...words];
const system = (words: readonly string[]): string[] => words.map((word) => `system/${word}`);
/** Without search: nobody may search the subscriptions of others, which contain the addresses of their receivers. */
const toldOfChanges = ['Subscription.cru', 'SubscriptionTopic.rs'];

/** Scopes of each task of a program that acts for itself. */
const programs: Kind['tasks'] = {
  laboratory: system(
    forRecords(
      'ServiceRequest.rs',
      'Specimen.crus',
      'Observation.crus',
      'DiagnosticReport.crus',
      'Encounter.rs',
      ...toldOfChanges,
    ),
  ),
  pharmacy: system(forRecords('Medication.rs', 'MedicationRequest.rs', 'MedicationDispense.crus', ...toldOfChanges)),
  clinic: system([
    ...['Patient.crus', 'Practitioner.rs', 'PractitionerRole.rs', 'Organization.rs', 'Encounter.crus'],
    ...['Condition.crus', 'AllergyIntolerance.crus', 'Observation.crus', 'Procedure.crus'],
    ...['ServiceRequest.crus', 'MedicationRequest.crus', 'DiagnosticReport.rs', ...toldOfChanges],
  ]),
  immunisation: system(forRecords('Immunization.crus', 'ImmunizationRecommendation.rs', ...toldOfChanges)),
  reporting: system(['Encounter.rs', 'Condition.rs', 'Observation.rs', 'Immunization.rs', 'Organization.rs']),
};

/** Scopes of each task of an application at which people sign in. */
const withPeople: Kind['tasks'] = {
  'own-record': ['openid', 'fhirUser', 'launch/patient', 'patient/*.rs', 'offline_access'],
  'health-worker': ['openid', 'profile', 'fhirUser', 'launch', 'user/*.rs', 'offline_access'],
  'sign-in': ['openid', 'profile'],
};

const byCode = ['authorization_code', 'refresh_token'];

export const kinds: Readonly<Record<KindName, Kind>> = {
  backend: { grants: ['client_credentials'], isPublic: false, hasRedirects: false, tasks: programs },
  web: { grants: byCode, isPublic: false, hasRedirects: true, tasks: withPeople },
  'single-page': { grants: byCode, isPublic: true, hasRedirects: true, tasks: withPeople },
  telephone: { grants: byCode, isPublic: true, hasRedirects: true, tasks: withPeople },
  device: { grants: [deviceGrant, 'refresh_token'], isPublic: true, hasRedirects: false, tasks: withPeople },
};
