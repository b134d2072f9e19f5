/** @dhp/fhir-store/trail: the trail of requests, for recording, reading and verifying it. */
export { contentsOfRequest, type RecordsAsked, type StoredRecord } from './statements/audit-history.ts';
export {
  destroyKeysOfPatient,
  destroyKeysOfPeriod,
  type LifeMeans,
  mayLeave,
  type Period,
  periodsOf,
  removePeriod,
  TrailActRefused,
} from './trail-life.ts';
export { exportRecords } from './trail-export.ts';
export { proofFrom, proofOf } from './prove-record.ts';
export type { TrailStore } from './trail-store.ts';
export { verifyTrail } from './verify-trail.ts';
export { unrecorded } from './store-unavailable.ts';
export type { Deletion, Recorded, RecordMaker } from './versions.ts';
