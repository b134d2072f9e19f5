/**
 * The concrete resource types of FHIR R5, in the order that fixes their number in the database (a smallint; the first is 1).
 * APPEND ONLY: the position of a name is stored in every row, so a name is never moved or removed.
 * https://hl7.org/fhir/R5/resourcelist.html
 */
const numbered = [
  'Account',
  'ActivityDefinition',
  'ActorDefinition',
  'AdministrableProductDefinition',
  'AdverseEvent',
  'AllergyIntolerance',
  'Appointment',
  'AppointmentResponse',
  'ArtifactAssessment',
  'AuditEvent',
  'Basic',
  'Binary',
  'BiologicallyDerivedProduct',
  'BiologicallyDerivedProductDispense',
  'BodyStructure',
  'Bundle',
  'CapabilityStatement',
  'CarePlan',
  'CareTeam',
  'ChargeItem',
  'ChargeItemDefinition',
  'Citation',
  'Claim',
  'ClaimResponse',
  'ClinicalImpression',
  'ClinicalUseDefinition',
  'CodeSystem',
  'Communication',
  'CommunicationRequest',
  'CompartmentDefinition',
  'Composition',
  'ConceptMap',
  'Condition',
  'ConditionDefinition',
  'Consent',
  'Contract',
  'Coverage',
  'CoverageEligibilityRequest',
  'CoverageEligibilityResponse',
  'DetectedIssue',
  'Device',
  'DeviceAssociation',
  'DeviceDefinition',
  'DeviceDispense',
  'DeviceMetric',
  'DeviceRequest',
  'DeviceUsage',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'EncounterHistory',
  'Endpoint',
  'EnrollmentRequest',
  'EnrollmentResponse',
  'EpisodeOfCare',
  'EventDefinition',
  'Evidence',
  'EvidenceReport',
  'EvidenceVariable',
  'ExampleScenario',
  'ExplanationOfBenefit',
  'FamilyMemberHistory',
  'Flag',
  'FormularyItem',
  'GenomicStudy',
  'Goal',
  'GraphDefinition',
  'Group',
  'GuidanceResponse',
  'HealthcareService',
  'ImagingSelection',
  'ImagingStudy',
  'Immunization',
  'ImmunizationEvaluation',
  'ImmunizationRecommendation',
  'ImplementationGuide',
  'Ingredient',
  'InsurancePlan',
  'InventoryItem',
  'InventoryReport',
  'Invoice',
  'Library',
  'Linkage',
  'List',
  'Location',
  'ManufacturedItemDefinition',
  'Measure',
  'MeasureReport',
  'Medication',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationKnowledge',
  'MedicationRequest',
  'MedicationStatement',
  'MedicinalProductDefinition',
  'MessageDefinition',
  'MessageHeader',
  'MolecularSequence',
  'NamingSystem',
  'NutritionIntake',
  'NutritionOrder',
  'NutritionProduct',
  'Observation',
  'ObservationDefinition',
  'OperationDefinition',
  'OperationOutcome',
  'Organization',
  'OrganizationAffiliation',
  'PackagedProductDefinition',
  'Parameters',
  'Patient',
  'PaymentNotice',
  'PaymentReconciliation',
  'Permission',
  'Person',
  'PlanDefinition',
  'Practitioner',
  'PractitionerRole',
  'Procedure',
  'Provenance',
  'Questionnaire',
  'QuestionnaireResponse',
  'RegulatedAuthorization',
  'RelatedPerson',
  'RequestOrchestration',
  'Requirements',
  'ResearchStudy',
  'ResearchSubject',
  'RiskAssessment',
  'Schedule',
  'SearchParameter',
  'ServiceRequest',
  'Slot',
  'Specimen',
  'SpecimenDefinition',
  'StructureDefinition',
  'StructureMap',
  'Subscription',
  'SubscriptionStatus',
  'SubscriptionTopic',
  'Substance',
  'SubstanceDefinition',
  'SubstanceNucleicAcid',
  'SubstancePolymer',
  'SubstanceProtein',
  'SubstanceReferenceInformation',
  'SubstanceSourceMaterial',
  'SupplyDelivery',
  'SupplyRequest',
  'Task',
  'TerminologyCapabilities',
  'TestPlan',
  'TestReport',
  'TestScript',
  'Transport',
  'ValueSet',
  'VerificationResult',
  'VisionPrescription',
] as const;

/** The name of a concrete R5 resource type. */
export type ResourceType = (typeof numbered)[number];

const numbers = new Map<string, number>(numbered.map((name, index) => [name, index + 1]));

/** Every concrete R5 resource type (158), sorted by name; `Parameters`, which has no endpoint of its own, included. */
export const resourceTypes: readonly ResourceType[] = [...numbered].sort();

/**
 * The fixed number (1 to 32767) of a resource type in the database; undefined for any other name.
 * @example
 * typeNumber('Nothing'); // undefined
 */
export function typeNumber(type: string): number | undefined {
  return numbers.get(type);
}

/**
 * The resource type with that number, undefined if it does not exist.
 * @example
 * typeName(typeNumber('Patient')!); // 'Patient'
 */
export function typeName(number: number): ResourceType | undefined {
  return numbered[number - 1];
}

/**
 * Whether the name is a concrete R5 resource type (so not `Resource` or `DomainResource`).
 * @example
 * isResourceType('Patient'); // true
 * isResourceType('Resource'); // false
 */
export function isResourceType(name: string): name is ResourceType {
  return numbers.has(name);
}

/** Resource types of R4 and of STU 3 that R5 has renamed or removed. https://hl7.org/fhir/R5/r4maps.html */
const former = new Set(
  `BodySite CatalogEntry DataElement DeviceComponent DeviceUseStatement DocumentManifest EffectEvidenceSynthesis EligibilityRequest
EligibilityResponse ExpansionProfile ImagingManifest Media MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged
MedicinalProductPharmaceutical MedicinalProductUndesirableEffect ProcedureRequest ProcessRequest ProcessResponse ReferralRequest RequestGroup
ResearchDefinition ResearchElementDefinition RiskEvidenceSynthesis Sequence ServiceDefinition SubstanceSpecification`.split(
    /\s+/,
  ),
);

/**
 * Whether the name is a resource type of STU 3 or R4 that R5 does not have; its elements are not in the model.
 * @example
 * isFormerResourceType('RequestGroup'); // true
 * isFormerResourceType('Patient'); // false
 */
export function isFormerResourceType(name: string): boolean {
  return former.has(name);
}
