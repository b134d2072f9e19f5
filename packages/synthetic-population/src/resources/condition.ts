import type { Condition, Procedure } from '@dhp/fhir-model';
import { formatDate, formatMinute, type Day } from '../calendar.ts';
import { coding, concept, meta, national, reference, systems } from '../codes.ts';
import type { Person } from '../person.ts';
import type { Diagnosis } from '../tables/diagnoses.ts';
import type { HospitalDiagnosis } from '../tables/hospital-diagnoses.ts';
import type { PatientVisit } from './encounter.ts';

/** A diagnosis made in a visit. @param course since when, and until when once it is over */
export function condition(
  person: Person,
  visit: PatientVisit,
  diagnosis: Pick<Diagnosis, 'icd10' | 'display' | 'name'>,
  course: { id: string; onset: Day; abatement?: Day | undefined },
): Condition {
  const [status, statusDisplay] = course.abatement === undefined ? ['active', 'Active'] : ['resolved', 'Resolved'];
  return {
    resourceType: 'Condition',
    id: course.id,
    meta: meta(national('uz-core-condition')),
    extension: [
      {
        url: national('diagnosis-type'),
        valueCodeableConcept: concept(systems.national('diagnosis-type-cs'), 'gencl-0001-00003', 'Asosiy tashxis'),
      },
    ],
    clinicalStatus: concept(systems.hl7('condition-clinical'), status, statusDisplay),
    verificationStatus: concept(systems.hl7('condition-ver-status'), 'confirmed', 'Confirmed'),
    category: [concept(systems.hl7('condition-category'), 'encounter-diagnosis', 'Encounter Diagnosis')],
    code: { coding: [coding(systems.icd10, diagnosis.icd10, diagnosis.display)], text: diagnosis.name },
    subject: reference('Patient', person.id),
    encounter: reference('Encounter', visit.id),
    onsetDateTime: formatDate(course.onset),
    ...(course.abatement !== undefined && { abatementDateTime: formatDate(course.abatement) }),
    recordedDate: formatMinute(visit.start + 10),
    participant: [
      {
        function: concept(systems.hl7('provenance-participant-type'), 'author', 'Author'),
        actor: visit.staff.role,
      },
    ],
  };
}

/** Returns the Procedure of a diagnosis in hospital, within the stay. */
export function procedure(
  person: Person,
  visit: PatientVisit,
  diagnosis: HospitalDiagnosis,
  conditionId: string,
): Procedure {
  const [code, display, name] = diagnosis.procedure;
  const start = visit.start + 120 + person.random.between(0, 24) * 5;
  return {
    resourceType: 'Procedure',
    id: person.newId(),
    meta: meta(national('uz-core-procedure')),
    status: 'completed',
    category: [
      diagnosis.surgeon
        ? concept(systems.snomed, '387713003', 'Surgical procedure')
        : concept(systems.snomed, '103693007', 'Diagnostic procedure'),
    ],
    code: { coding: [coding(systems.snomed, code, display)], text: name },
    subject: reference('Patient', person.id),
    encounter: reference('Encounter', visit.id),
    occurrencePeriod: { start: formatMinute(start), end: formatMinute(start + person.random.between(2, 18) * 5) },
    performer: [{ actor: visit.staff.role }],
    location: visit.facility.location,
    reason: [{ reference: reference('Condition', conditionId) }],
    outcome: concept(systems.snomed, '385669000', 'Successful'),
  };
}
