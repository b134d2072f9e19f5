/** @dhp/fhir-store/jobs: work outside of requests, for code that requests it and code that does it. */
export type { JobStore } from './job-store.ts';
export type { ExportFile, ExportStore, ExportTimes, MadeFile } from './export-store.ts';
export type { Beside } from './transaction.ts';
export type { DeletionStore } from './deletion-store.ts';
export type { ImportInput, ImportLine, ImportStep, ImportStore, StoredStep } from './import-store.ts';
export { sortedIds, type SnapshotPage, type Snapshots, type SnapshotTimes } from './reads/snapshots.ts';
export { listIndexJobs } from './statements/index-jobs.ts';
export { listJobs, retryJob, stopJob } from './statements/jobs.ts';
export type { Attempt, ClaimedJob, JobStanding, ListedJob, MostJobs } from './statements/jobs.ts';
