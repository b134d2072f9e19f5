/** @dhp/fhir-store: FHIR resources and their history in PostgreSQL. */
export { migrations } from './migrations.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export type { FhirStore } from './fhir-store.ts';
export type { HistoryTimes, ResourceStore } from './resource-store.ts';
export type { ChangeFeed } from './change-feed.ts';
export type { StoreAdmin } from './store-admin.ts';
export type { NewVersion, StoredVersion, WriteOutcome } from './versions.ts';
export type { TransactionWrite } from './transaction.ts';
export type { Writer } from './statements/writer.ts';
export type { DefinitionsNow } from './definitions/stored-definitions.ts';
export type { TerminologyNow } from './terminology/terminology-service.ts';
export { searchParameterProblems } from './parameters/parameters.ts';
export { prepareIndex } from './writes/prepared-index.ts';
export { StoreUnavailable } from './store-unavailable.ts';
export { BrokenReferences } from './writes/broken-references.ts';
export { IndexNotReady } from './index-not-ready.ts';
export { SearchNotPossible, SearchTimeout, type ReadPermission, type SearchPage } from '@dhp/search-index/search';
export { SearchParametersChanged } from './search/parameters-changed.ts';
