/** @dhp/accounts/records: the records of people and organisations in the FHIR servers. */
export { type AccessAdministration, fhirAccessAdministration } from './records/access-administration.ts';
export { type AccessHistory, fhirAccessHistory, type Look } from './records/access-history.ts';
export { type Directory, fhirDirectory } from './records/directory.ts';
export {
  fhirOrganizations,
  type NamedOrganization,
  type OrganizationAt,
  type Organizations,
} from './records/organizations.ts';
export { patientQuery } from './records/patient-query.ts';
export { fhirPatients, type Found, type Patients, PatientsError, type PatientSummary } from './records/patients.ts';
export { fhirRecordLooks, type AskedLooks, type RecordLooksCounter } from './records/record-looks.ts';
export { selectNames } from './store/names.ts';
export type { Asker } from './records/records-token.ts';
