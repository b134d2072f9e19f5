/**
 * Members of the compartments of FHIR R5, with their search parameters: `Type:parameter,parameter`, and `Type:` for the resource that the
 * compartment is about. From the CompartmentDefinitions of hl7.fhir.r5.core; a test compares them.
 * https://hl7.org/fhir/R5/compartmentdefinition.html
 */
export const compartmentMembers = {
  Device: `
    Account:subject Appointment:actor AppointmentResponse:actor AuditEvent:agent
    ChargeItem:enterer,performer-actor Claim:procedure-udi,item-udi,detail-udi,subdetail-udi
    Communication:sender,recipient CommunicationRequest:information-provider,recipient Composition:author
    DetectedIssue:author DeviceAssociation:device DeviceRequest:subject,requester,performer
    DiagnosticReport:subject DocumentReference:subject,author
    ExplanationOfBenefit:procedure-udi,item-udi,detail-udi,subdetail-udi Flag:author Group:member
    Invoice:participant List:subject,source MessageHeader:target Observation:subject,device Provenance:agent
    QuestionnaireResponse:author RequestOrchestration:author ResearchSubject:subject RiskAssessment:performer
    Schedule:actor ServiceRequest:performer,requester Specimen:subject SupplyRequest:requester`,
  Encounter: `
    CarePlan:encounter ChargeItem:encounter Claim:encounter ClinicalImpression:encounter Communication:encounter
    CommunicationRequest:encounter Composition:encounter Condition:encounter DeviceRequest:encounter
    DiagnosticReport:encounter DocumentReference:context Encounter: EncounterHistory:encounter
    ExplanationOfBenefit:encounter MedicationAdministration:encounter MedicationDispense:encounter
    MedicationRequest:encounter MedicationStatement:encounter NutritionIntake:encounter NutritionOrder:encounter
    Observation:encounter Procedure:encounter QuestionnaireResponse:encounter RequestOrchestration:encounter
    ServiceRequest:encounter VisionPrescription:encounter`,
  Patient: `
    Account:subject AdverseEvent:subject AllergyIntolerance:patient,participant Appointment:actor
    AppointmentResponse:actor AuditEvent:patient Basic:patient,author BiologicallyDerivedProductDispense:patient
    BodyStructure:patient CarePlan:patient CareTeam:patient,participant ChargeItem:subject Claim:patient,payee
    ClaimResponse:patient ClinicalImpression:subject Communication:subject,sender,recipient
    CommunicationRequest:subject,information-provider,recipient,requester Composition:subject,author,attester
    Condition:patient,participant-actor Consent:subject Contract:patient
    Coverage:policy-holder,subscriber,beneficiary,paymentby-party CoverageEligibilityRequest:patient
    CoverageEligibilityResponse:patient DetectedIssue:patient DeviceAssociation:subject,operator
    DeviceRequest:subject,performer DeviceUsage:patient DiagnosticReport:subject
    DocumentReference:subject,author Encounter:patient EncounterHistory:patient EnrollmentRequest:subject
    EpisodeOfCare:patient ExplanationOfBenefit:patient,payee FamilyMemberHistory:patient Flag:patient
    GenomicStudy:patient Goal:patient Group:member GuidanceResponse:patient ImagingSelection:patient
    ImagingStudy:patient Immunization:patient ImmunizationEvaluation:patient ImmunizationRecommendation:patient
    Invoice:subject,patient,recipient List:subject,source MeasureReport:patient
    MedicationAdministration:patient,subject MedicationDispense:subject,patient,receiver
    MedicationRequest:subject MedicationStatement:subject MolecularSequence:subject
    NutritionIntake:subject,source NutritionOrder:patient Observation:subject,performer Patient:link
    Person:patient Procedure:patient,performer Provenance:patient QuestionnaireResponse:subject,author
    RelatedPerson:patient RequestOrchestration:subject,participant ResearchSubject:subject
    RiskAssessment:subject Schedule:actor ServiceRequest:subject,performer Specimen:subject
    SupplyDelivery:patient SupplyRequest:subject Task:patient,focus VisionPrescription:patient`,
  Practitioner: `
    Account:subject AdverseEvent:recorder AllergyIntolerance:participant Appointment:actor
    AppointmentResponse:actor AuditEvent:agent Basic:author BiologicallyDerivedProductDispense:performer
    CareTeam:participant ChargeItem:enterer,performer-actor Claim:enterer,provider,payee,care-team
    ClaimResponse:requestor ClinicalImpression:performer Communication:sender,recipient
    CommunicationRequest:information-provider,recipient,requester Composition:subject,author,attester
    Condition:participant-actor CoverageEligibilityRequest:enterer,provider
    CoverageEligibilityResponse:requestor DetectedIssue:author DeviceAssociation:operator
    DeviceRequest:requester,performer DiagnosticReport:performer DocumentReference:subject,author,attester
    Encounter:practitioner,participant EpisodeOfCare:care-manager
    ExplanationOfBenefit:enterer,provider,payee,care-team Flag:author Group:member Immunization:performer
    Invoice:participant Linkage:author List:source MedicationDispense:performer,receiver
    MedicationRequest:requester MedicationStatement:source MessageHeader:receiver,author,responsible
    NutritionIntake:source NutritionOrder:provider Observation:performer Patient:general-practitioner
    PaymentNotice:reporter PaymentReconciliation:requestor Person:practitioner Practitioner:
    PractitionerRole:practitioner Procedure:performer Provenance:agent QuestionnaireResponse:author,source
    RequestOrchestration:participant,author RiskAssessment:performer Schedule:actor
    ServiceRequest:performer,requester Specimen:collector SupplyDelivery:supplier,receiver
    SupplyRequest:requester VisionPrescription:prescriber`,
  RelatedPerson: `
    AdverseEvent:recorder AllergyIntolerance:participant Appointment:actor AppointmentResponse:actor
    Basic:author CareTeam:participant ChargeItem:enterer,performer-actor Claim:payee
    Communication:sender,recipient CommunicationRequest:information-provider,recipient,requester
    Composition:author Condition:participant-actor Coverage:policy-holder,subscriber,paymentby-party
    DocumentReference:author Encounter:participant ExplanationOfBenefit:payee Invoice:recipient
    MedicationStatement:source NutritionIntake:source Observation:performer Patient:link Person:link
    Procedure:performer Provenance:agent QuestionnaireResponse:author,source RelatedPerson:
    RequestOrchestration:participant Schedule:actor ServiceRequest:performer SupplyRequest:requester`,
} as const;
