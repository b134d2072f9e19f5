/** @dhp/fhir-store: FHIR resources and their history in PostgreSQL. */
export type { DefinitionsService } from './definitions/definitions-service.ts';
export type { Definition, DefinitionsNow } from './definitions/stored-definitions.ts';
export type { IndexState } from './indexing/index-progress.ts';
export type { ReindexOptions } from './indexing/reindex.ts';
export { migrations } from './migrations.ts';
export { openStore, type StoreOptions } from './open-store.ts';
export { searchParameterProblems } from './parameters/parameters.ts';
export { createPauses } from './pauses.ts';
export type { Timeouts } from './pools.ts';
export type { Writer, WriterKind, WrittenBy } from './statements/writer.ts';
export { StoreUnavailable } from './store-unavailable.ts';
export type { Access } from './search/resolve/access.ts';
export type { SearchTimeouts } from './search/open-search.ts';
export {
  IndexNotReady,
  SearchNotPossible,
  SearchParametersChanged,
  SearchTimeout,
} from './search/statement/search-errors.ts';
export type { SearchPage, SearchPlan, SearchRequest } from './search/search-request.ts';
export type { Shown } from './search/page/shown.ts';
export type { TerminologyNow, TerminologyService } from './terminology/terminology-service.ts';
export { BrokenReferences } from './writes/broken-references.ts';
export { OverlappingWrites } from './writes/overlapping-writes.ts';
export { prepareIndex, type IndexReading, type PreparedIndex } from './writes/prepared-index.ts';
export type {
  BulkOptions,
  Change,
  ChangesPage,
  Deletion,
  FhirStore,
  Following,
  FollowOptions,
  HistoryOfPage,
  HistoryPage,
  HistoryTimes,
  NewVersion,
  StoredVersion,
  Update,
  WriteOutcome,
} from './fhir-store.ts';
export type { Refusal, TransactionOptions, TransactionOutcome, TransactionWrite } from './transaction.ts';
export {
  listPackages,
  openPackageRegister,
  type InstalledPackage,
  type NewPackage,
  type PackageMember,
  type PackageName,
  type PackageRegister,
} from './packages/package-register.ts';
