/**
 * The access policies with which a new production begins: consents and labels count, care binds persons by their roles, and a client that
 * is registered for an organisation acts for that one. A client of no organisation has the rights of its scopes, as approved by operators.
 * docs/access.md
 */
import type { LabelPolicies, PolicyRule, PolicySet, Who } from '@dhp/access-policies';

/** Clients that act for themselves, each for the organisation for which it is registered. */
const backends: Who = { authority: ['system'], organization: ['*'] };

const every = ['create', 'read', 'update', 'delete', 'search'] as const;

/** Types in which everybody looks things up. */
const directories = [
  ...['CapabilityStatement', 'CodeSystem', 'ConceptMap', 'HealthcareService', 'Location', 'Medication', 'NamingSystem'],
  ...['OperationDefinition', 'Organization', 'PlanDefinition', 'Practitioner', 'PractitionerRole', 'Questionnaire'],
  ...['SearchParameter', 'StructureDefinition', 'Substance', 'ValueSet', 'ViewDefinition'],
];

/** Types by the parameters that say of which organisation a resource is. */
const own: Readonly<Record<string, readonly string[]>> = {
  'appointment-actor': ['Appointment'],
  'careplan-custodian': ['CarePlan'],
  'careteam-participant': ['CareTeam'],
  'condition-participant-actor': ['Condition'],
  'document-custodian': ['DocumentReference'],
  'encounter-service-provider': ['Encounter'],
  'episode-organization': ['EpisodeOfCare'],
  'records-performer': ['DiagnosticReport', 'Immunization', 'MedicationDispense', 'Observation', 'Procedure'],
  'requests-requester': ['MedicationRequest', 'ServiceRequest'],
  'servicerequest-performer': ['ServiceRequest'],
  'task-owner': ['Task'],
  'task-requester': ['Task'],
};

/** Types whose resources are of an encounter, and so of the organisation of that. */
const ofEncounters = [
  ...['ClinicalImpression', 'Composition', 'Condition', 'DiagnosticReport', 'MedicationRequest', 'Observation'],
  ...['Procedure', 'QuestionnaireResponse', 'ServiceRequest'],
];

function rules(): PolicyRule[] {
  const permit = { effect: 'permit', who: backends } as const;
  return [
    { ...permit, name: 'backends-directories', types: directories, interactions: ['read', 'search'] },
    {
      ...{ ...permit, name: 'backends-patients', types: ['Patient', 'RelatedPerson', 'Consent'] },
      interactions: ['create', 'read', 'update', 'search'],
    },
    ...Object.entries(own).map(([name, types]): PolicyRule => {
      const criteria = `${name.slice(name.indexOf('-') + 1)}={organization}`;
      return { ...permit, name: `backends-${name}`, types, interactions: every, criteria };
    }),
    {
      ...{ ...permit, name: 'backends-of-encounters', types: ofEncounters, interactions: every },
      criteria: 'encounter.service-provider={organization}',
    },
  ];
}

const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const hiv = 'http://terminology.hl7.org/CodeSystem/v3-ActCode|HIV';

/** ICD-10, B20 to B24 with their subdivisions, and Z21. */
function hivCodes(): string[] {
  const chapters = ['B20', 'B21', 'B22', 'B23', 'B24'];
  const codes = chapters.flatMap((code) => [code, ...Array.from({ length: 10 }, (_, n) => `${code}.${String(n)}`)]);
  return [...codes, 'Z21'].map((code) => `http://hl7.org/fhir/sid/icd-10|${code}`);
}

const labels: LabelPolicies = {
  rules: [{ name: 'hiv', labels: [hiv, `${confidentiality}|R`], codes: hivCodes() }],
  clearances: [
    { name: 'patients', who: { authority: ['patient'] }, labels: [hiv, `${confidentiality}|V`] },
    { name: 'backends', who: { authority: ['system'] }, labels: [hiv, `${confidentiality}|V`] },
    { name: 'infectious-diseases', who: { role: ['infectionist'] }, labels: [hiv, `${confidentiality}|R`] },
  ],
};

/** Returns the document as it is stored. */
export function defaultPolicies(): string {
  const set: PolicySet = {
    ...{ others: 'as-scoped', rules: rules(), consent: 'enforced', purposes: ['TREAT'] },
    care: { roles: ['doctor', 'family-doctor', 'nurse'], except: ['Patient'] },
    breakGlass: { roles: ['doctor', 'family-doctor'] },
    labels,
  };
  return `${JSON.stringify(set, null, 2)}\n`;
}
