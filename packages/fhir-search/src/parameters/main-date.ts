/**
 * Types with a parameter for the time when the event happened or was written; all of them have at most one value. People and lasting things
 * have none: a list of them begins with the last entered, not with the youngest.
 */
const byType: Readonly<Record<string, string>> = {
  AdverseEvent: 'date',
  AllergyIntolerance: 'date',
  Appointment: 'date',
  ArtifactAssessment: 'date',
  AuditEvent: 'date',
  Basic: 'created',
  Bundle: 'timestamp',
  CarePlan: 'date',
  CareTeam: 'date',
  ChargeItem: 'occurrence',
  Claim: 'created',
  ClaimResponse: 'created',
  ClinicalImpression: 'date',
  Communication: 'sent',
  CommunicationRequest: 'authored',
  Composition: 'date',
  Condition: 'recorded-date',
  Consent: 'date',
  Contract: 'issued',
  CoverageEligibilityRequest: 'created',
  CoverageEligibilityResponse: 'created',
  DetectedIssue: 'identified',
  DeviceRequest: 'authored-on',
  DiagnosticReport: 'date',
  DocumentReference: 'date',
  Encounter: 'date',
  EpisodeOfCare: 'date',
  ExplanationOfBenefit: 'created',
  FamilyMemberHistory: 'date',
  Flag: 'date',
  Goal: 'start-date',
  ImagingSelection: 'issued',
  ImagingStudy: 'started',
  Immunization: 'date',
  ImmunizationEvaluation: 'date',
  ImmunizationRecommendation: 'date',
  Invoice: 'date',
  List: 'date',
  MeasureReport: 'date',
  MedicationAdministration: 'date',
  MedicationDispense: 'whenhandedover',
  MedicationRequest: 'authoredon',
  MedicationStatement: 'effective',
  NutritionIntake: 'date',
  NutritionOrder: 'datetime',
  Observation: 'date',
  PaymentNotice: 'created',
  PaymentReconciliation: 'created',
  Procedure: 'date',
  Provenance: 'recorded',
  QuestionnaireResponse: 'authored',
  RequestOrchestration: 'authored',
  ResearchStudy: 'date',
  ResearchSubject: 'date',
  RiskAssessment: 'date',
  Schedule: 'date',
  ServiceRequest: 'authored',
  Slot: 'start',
  Specimen: 'collected',
  SupplyRequest: 'date',
  Task: 'authored-on',
  TestReport: 'issued',
  VerificationResult: 'status-date',
  VisionPrescription: 'datewritten',
};

/** Definitions all have it: when they were last changed. https://hl7.org/fhir/R5/canonicalresource.html */
const canonicalResources = [
  ...['ActivityDefinition', 'ActorDefinition', 'CapabilityStatement', 'ChargeItemDefinition', 'Citation', 'CodeSystem'],
  ...['CompartmentDefinition', 'ConceptMap', 'ConditionDefinition', 'EventDefinition', 'Evidence', 'EvidenceVariable'],
  ...['ExampleScenario', 'GraphDefinition', 'ImplementationGuide', 'Library', 'Measure', 'MessageDefinition'],
  ...['NamingSystem', 'OperationDefinition', 'PlanDefinition', 'Questionnaire', 'Requirements', 'SearchParameter'],
  ...['StructureDefinition', 'StructureMap', 'SubscriptionTopic', 'TerminologyCapabilities', 'TestScript', 'ValueSet'],
];

const all = new Map([...Object.entries(byType), ...canonicalResources.map((type) => [type, 'date'] as const)]);

/**
 * The date that is the default order of resources of a type: the code of a search parameter of type date, kept in separate columns
 * (`IndexRow.mainDate`), so it has one value at most. Undefined if a type has no such date.
 * @example
 * mainDateParameter('Observation'); // 'date'
 */
export function mainDateParameter(type: string): string | undefined {
  return all.get(type);
}
