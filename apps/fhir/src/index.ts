/** @dhp/fhir: the FHIR R5 server. Start reading in routes.ts. */
export { auditEventOf } from './audit/reading/audit-event.ts';
export { type AskedAccess, explainAccess, type ExplainedAccess } from './access/explain-access.ts';
export { expandLabels } from './access/label-definition.ts';
export { checkMeans } from './administration/acts.ts';
export { defaultPolicies } from './administration/default-policies.ts';
export { type PolicyLoss, type TriedCaller, tryPolicies } from './administration/try-policies.ts';
export { errorCatalogue, type ErrorCode } from './http/error-catalogue/index.ts';
export { frameworkOptions } from './framework.ts';
export { tryBucket } from './job-files/try-bucket.ts';
export { followVerification, type VerifyOutcome } from './jobs/run-verify.ts';
export { createFhirServer, fhirPlugin, type FhirServer } from './server.ts';
export type { FhirOptions } from './options.ts';
export type { RequestRecord } from './contract/record.ts';
export { unservedSubscription } from './validation/storable.ts';
