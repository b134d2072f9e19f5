/** @dhp/fhir-store: FHIR resources and their history in PostgreSQL. */
export { migrations } from './migrations.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export type { Timeouts } from './pools.ts';
export { StoreUnavailable } from './store-unavailable.ts';
export type {
  BulkOptions,
  Change,
  Deletion,
  FhirStore,
  HistoryPage,
  NewVersion,
  StoredVersion,
  Update,
  WriteOutcome,
} from './fhir-store.ts';
