/**
 * Bulk exports in the database: their times, and which files are complete. The files themselves are stored elsewhere.
 * docs/decisions/0095-bulk-export.md
 */
import { createDeletionStore, type DeletionStore } from './deletion-store.ts';
import { createImportStore, type ImportStore } from './import-store.ts';
import type { Pools } from './pools.ts';
import {
  insertExport,
  insertExportFiles,
  insertNewest,
  insertExportMembers,
  readExportFiles,
  readOwnFile,
  selectExportMembers,
  selectExports,
  selectNewest,
  sizesOf,
  type ExportFile,
  type ExportTimes,
  type MadeFile,
  type NewestRow,
  type MemberPart,
  type OwnedFile,
} from './statements/exports.ts';
import { createSnapshots, type Snapshots } from './reads/snapshots.ts';
import type { Attempt } from './statements/jobs.ts';
import { guarded } from './store-unavailable.ts';

export type { ExportFile, ExportTimes, MadeFile } from './statements/exports.ts';

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface ExportStore {
  /** Begins the export of a job, or continues with it. @returns the times of the attempt that began it */
  begin(job: string, times: ExportTimes): Promise<ExportTimes>;
  /** Notes files that are whole, together. @returns whether the job is still the holder's */
  addFiles(attempt: Attempt, files: readonly MadeFile[]): Promise<boolean>;
  /** Notes Provenances of resources; the newest one of each resource is kept. @returns whether the job is still the holder's */
  noteNewest(attempt: Attempt, rows: readonly NewestRow[]): Promise<boolean>;
  /** Ids of the newest Provenances that are noted, by their targets (`Type/id`). */
  newestOf(job: string, targets: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** In their order. */
  filesOf(job: string): Promise<ExportFile[]>;
  /** A file of an export for its owner: of an ended export, or a file that may be fetched before its end (`early` of its position). */
  fileOf(job: string, owner: Buffer, number: number): Promise<OwnedFile | undefined>;
  /** Undefined if it has not begun. */
  timesOf(job: string): Promise<ExportTimes | undefined>;
  /** As `insertExportMembers` of statements/exports.ts. */
  keepMembers(attempt: Attempt, group: string, parts: readonly MemberPart[]): Promise<void>;
  /** The members of a Group; undefined if no attempt has looked for them. */
  membersOf(job: string, group: string): Promise<MemberPart[] | undefined>;
  /** Bytes of all files, and of those of a client. */
  sizes(client: string): Promise<{ readonly all: number; readonly own: number }>;
  /** Those of some ids that are exports which anybody may still ask for, or which run. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

/** The register of exports, and pages of their snapshots. */
export function createExports(pools: Pick<Pools, 'writes' | 'pages'>): {
  readonly exports: ExportStore;
  readonly snapshots: Snapshots;
  readonly imports: ImportStore;
  readonly deletions: DeletionStore;
} {
  return {
    exports: createExportStore(pools),
    snapshots: createSnapshots(pools),
    imports: createImportStore(pools),
    deletions: createDeletionStore(pools),
  };
}

function createExportStore({ writes, pages }: Pick<Pools, 'writes' | 'pages'>): ExportStore {
  return {
    begin: (job, times) => guarded(() => insertExport(writes, job, times)),
    addFiles: (attempt, files) => guarded(() => insertExportFiles(writes, attempt, files)),
    noteNewest: (attempt, rows) => guarded(() => insertNewest(writes, attempt, rows)),
    newestOf: (job, targets) =>
      guarded(async () => {
        const rows = await selectNewest(pages, job, targets);
        return new Map(rows.map(({ target, provenance }) => [target, provenance]));
      }),
    filesOf: (job) => guarded(() => readExportFiles(pages, job)),
    fileOf: (job, owner, number) => guarded(() => readOwnFile(pages, job, owner, number)),
    timesOf: (job) => guarded(async () => (await selectExports(pages, [job])).at(0)),
    keepMembers: (attempt, group, parts) =>
      guarded(() => writes.begin((session) => insertExportMembers(session, attempt, group, parts))),
    membersOf: (job, group) => guarded(() => selectExportMembers(pages, job, group)),
    sizes: (client) => guarded(() => sizesOf(pages, client)),
    known: (ids) => guarded(async () => new Set((await selectExports(pages, ids)).map(({ job }) => job))),
  };
}
