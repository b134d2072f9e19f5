/**
 * The reach of `patient/` scopes, as one table: for each resource type and each search parameter of the Patient compartment, whether a
 * reference to the token's patient lets that patient read the resource, and which reference it must be for the patient to write it.
 * `docs/api-access.md` shows the table; the rules of access and their tests are made from it.
 * https://hl7.org/fhir/R5/compartmentdefinition-patient.html, docs/decisions/0017-what-a-patient-may-write.md
 */
import type { CompartmentPath } from '@dhp/fhir-model/compartment';

/**
 * `owner`: read, and a write must have at least one reference here to the token's patient, and none to another. `named`: read, and a write
 * may name no other patient here. `none`: gives no right.
 */
export type PlaceRole = 'owner' | 'named' | 'none';

/** For each type `parameter=role`, in the order of the CompartmentDefinition. A test compares it with the definition. */
const table = `
  Account subject=owner
  AdverseEvent subject=owner
  AllergyIntolerance patient=owner participant=named
  Appointment actor=owner
  AppointmentResponse actor=owner
  AuditEvent patient=owner
  Basic patient=owner author=named
  BiologicallyDerivedProductDispense patient=owner
  BodyStructure patient=owner
  CarePlan patient=owner
  CareTeam patient=owner participant=named
  ChargeItem subject=owner
  Claim patient=owner payee=named
  ClaimResponse patient=owner
  ClinicalImpression subject=owner
  Communication subject=owner sender=named recipient=named
  CommunicationRequest subject=owner information-provider=named recipient=named requester=named
  Composition subject=owner author=named attester=named
  Condition patient=owner participant-actor=named
  Consent subject=owner
  Contract patient=owner
  Coverage policy-holder=named subscriber=named beneficiary=owner paymentby-party=named
  CoverageEligibilityRequest patient=owner
  CoverageEligibilityResponse patient=owner
  DetectedIssue patient=owner
  DeviceAssociation subject=owner operator=named
  DeviceRequest subject=owner performer=named
  DeviceUsage patient=owner
  DiagnosticReport subject=owner
  DocumentReference subject=owner author=named
  Encounter patient=owner
  EncounterHistory patient=owner
  EnrollmentRequest subject=owner
  EpisodeOfCare patient=owner
  ExplanationOfBenefit patient=owner payee=named
  FamilyMemberHistory patient=owner
  Flag patient=owner
  GenomicStudy patient=owner
  Goal patient=owner
  Group member=named
  GuidanceResponse patient=owner
  ImagingSelection patient=owner
  ImagingStudy patient=owner
  Immunization patient=owner
  ImmunizationEvaluation patient=owner
  ImmunizationRecommendation patient=owner
  Invoice subject=owner patient=owner recipient=named
  List subject=owner source=named
  MeasureReport patient=owner
  MedicationAdministration patient=owner subject=owner
  MedicationDispense subject=owner patient=owner receiver=named
  MedicationRequest subject=owner
  MedicationStatement subject=owner
  MolecularSequence subject=owner
  NutritionIntake subject=owner source=named
  NutritionOrder patient=owner
  Observation subject=owner performer=named
  Patient link=none
  Person patient=named
  Procedure patient=owner performer=named
  Provenance patient=owner
  QuestionnaireResponse subject=owner author=named
  RelatedPerson patient=owner
  RequestOrchestration subject=owner participant=named
  ResearchSubject subject=owner
  RiskAssessment subject=owner
  Schedule actor=owner
  ServiceRequest subject=owner performer=named
  Specimen subject=owner
  SupplyDelivery patient=owner
  SupplyRequest subject=owner
  Task patient=owner focus=named
  VisionPrescription patient=owner
`;

/**
 * Places that say whose record a resource is by the search parameters `patient` and `subject`, and are not of the compartment. They let
 * nobody read; a write may name no other patient here.
 */
export const subjectsOutsideCompartment: ReadonlyMap<string, readonly CompartmentPath[]> = new Map(
  Object.entries<readonly CompartmentPath[]>({
    Appointment: [{ param: 'patient', path: ['subject'] }],
    SupplyRequest: [{ param: 'patient', path: ['deliverFor'] }],
  }),
);

/** Types that a `patient/` scope may not write although it may read them, and why. */
export const notWrittenByPatients: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    Group: 'a member may not change who else is a member',
    Person: 'it says which records are of one human being',
  }),
);

/** Elements of the own Patient that a `patient/` scope does not change, and why. */
export const keptElementsOfPatient: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    link: 'it says which records are of one human being',
    identifier: 'others find the record by it, and put into it what they hold about that person',
    active: 'who keeps the record decides whether it is in use',
    deceasedBoolean: 'others have to confirm it',
    deceasedDateTime: 'others have to confirm it',
    managingOrganization: 'policies of health workers go by it',
    birthDate: 'the age goes by it from which on a guardian decides no more',
  }),
);

/**
 * Records of past events. No scope with `*` contains them (`namedOnly` of @dhp/smart-scopes), nobody changes or deletes them, and the
 * resources that they refer to may be deleted.
 */
export const recordTypes: ReadonlySet<string> = new Set(['AuditEvent', 'Provenance']);

/** The parameters of each type with their roles. */
export const patientAccess: ReadonlyMap<string, ReadonlyMap<string, PlaceRole>> = new Map(
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [type = '', ...places] = line.trim().split(' ');
      return [type, new Map(places.map((place) => place.split('=') as [string, PlaceRole]))];
    }),
);
