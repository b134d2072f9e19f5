/** Bulk imports as the database has them: how far each is, and the lines that it did not take. docs/decisions/0105-bulk-import.md */
import type { Pools } from './pools.ts';
import {
  countLines,
  endInput,
  insertInputs,
  noteFetched,
  noteStep,
  ownsImport,
  rejectWaiting,
  rememberImported,
  selectImported,
  selectInputs,
  selectLines,
  type ImportInput,
  type ImportLine,
  type ImportStep,
  type NewInput,
} from './statements/imports.ts';
import type { Attempt } from './statements/jobs.ts';
import { guarded } from './store-unavailable.ts';
import { createSubmissionStore, type SubmissionStore } from './submission-store.ts';
import type { Beside, TransactionWrite } from './transaction.ts';
import type { WriteOutcome } from './versions.ts';

export type { ImportInput, ImportLine, ImportStep } from './statements/imports.ts';

export interface StoredStep {
  readonly step: ImportStep;
  /** Stored in the same transaction: the Provenance of the stored resources. */
  readonly writes: readonly TransactionWrite[];
}

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface ImportStore {
  /** Notes the inputs of an import, unless they are noted. @returns the inputs, each with its progress */
  begin(attempt: Attempt, inputs: readonly NewInput[]): Promise<ImportInput[]>;
  inputsOf(job: string): Promise<ImportInput[]>;
  /** As `noteFetched` of statements/imports.ts. */
  fetched(attempt: Attempt, input: Parameters<typeof noteFetched>[2]): Promise<void>;
  /** As `endInput` of statements/imports.ts. */
  endInput(attempt: Attempt, number: number, how: Parameters<typeof endInput>[3]): Promise<void>;
  /** Notes that a part is done from which nothing is to be stored. @throws ImportLost */
  passed(attempt: Attempt, step: ImportStep): Promise<void>;
  /** Notes, in the transaction that stores the resources of a part, that it is done. @param done with further writes for that transaction */
  storing(attempt: Attempt, done: (outcomes: readonly WriteOutcome[]) => StoredStep): Beside;
  /** As `selectLines` of statements/imports.ts. */
  linesOf(job: string, asked: Parameters<typeof selectLines>[2]): Promise<ImportLine[]>;
  countLines(job: string): Promise<number>;
  /** As `rejectWaiting` of statements/imports.ts. */
  rejectWaiting(attempt: Attempt, which: 'all' | 'firsts'): Promise<number>;
  /** As `rememberImported` of statements/imports.ts. */
  remember(job: string, mode: string): Promise<void>;
  /** As `selectImported` of statements/imports.ts. */
  imported(asked: Parameters<typeof selectImported>[1]): Promise<string | undefined>;
  /** As `ownsImport` of statements/imports.ts. */
  owns(job: string, owner: Buffer): Promise<boolean>;
  readonly submissions: SubmissionStore;
}

export function createImportStore({ writes, pages }: Pick<Pools, 'writes' | 'pages'>): ImportStore {
  return {
    async begin(attempt, inputs) {
      await guarded(() => insertInputs(writes, attempt, inputs));
      return guarded(() => selectInputs(writes, attempt.id));
    },
    inputsOf: (job) => guarded(() => selectInputs(pages, job)),
    fetched: (attempt, input) => guarded(() => noteFetched(writes, attempt, input)),
    endInput: (attempt, number, how) => guarded(() => endInput(writes, attempt, number, how)),
    passed: (attempt, step) => guarded(() => writes.begin((session) => noteStep(session, attempt, step))),
    storing: (attempt, done) => async (session, outcomes) => {
      const { step, writes: more } = done(outcomes);
      await noteStep(session, attempt, step);
      return more;
    },
    linesOf: (job, asked) => guarded(() => selectLines(pages, job, asked)),
    countLines: (job) => guarded(() => countLines(pages, job)),
    rejectWaiting: (attempt, which) => guarded(() => rejectWaiting(writes, attempt, which)),
    remember: (job, mode) => guarded(() => rememberImported(writes, job, mode)),
    imported: (asked) => guarded(() => selectImported(pages, asked)),
    owns: (job, owner) => guarded(() => ownsImport(pages, job, owner)),
    submissions: createSubmissionStore({ writes, pages }),
  };
}
