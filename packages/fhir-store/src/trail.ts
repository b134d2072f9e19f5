/** @dhp/fhir-store/trail: the trail of requests, for who records, reads and verifies it. */
export type { RecordsAsked, StoredRecord } from './statements/audit-history.ts';
export { type TrailStore, verifyTrail } from './trail-store.ts';
export { unrecorded } from './store-unavailable.ts';
export type { Deletion, Recorded, RecordMaker } from './versions.ts';
