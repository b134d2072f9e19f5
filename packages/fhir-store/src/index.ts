/** @dhp/fhir-store: FHIR resources and their history in PostgreSQL. */
export { migrations } from './migrations.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export type { Timeouts } from './pools.ts';
export { StoreUnavailable } from './store-unavailable.ts';
export { OverlappingWrites } from './writes/overlapping-writes.ts';
export type {
  BulkOptions,
  Change,
  Deletion,
  FhirStore,
  HistoryOfPage,
  HistoryPage,
  HistoryTimes,
  NewVersion,
  Refusal,
  StoredVersion,
  TransactionOptions,
  TransactionOutcome,
  TransactionWrite,
  Update,
  WriteOutcome,
} from './fhir-store.ts';
