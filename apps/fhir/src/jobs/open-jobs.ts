/** The jobs of an environment: requests become jobs here, and this process does its share of them. docs/jobs.md */
import type { FhirStore } from '@dhp/fhir-store';
import type { JobStore, MostJobs } from '@dhp/fhir-store/jobs';
import type { Access } from '../contract/access.ts';
import type { DeferredKind, DeferredRequest, Jobs } from '../contract/jobs.ts';
import { fail, failure } from '../http/errors.ts';
import {
  deletionKind,
  exportKind,
  queriesKind,
  importKind,
  keptRequest,
  requestKind,
  submissionKind,
  tablesKind,
} from './deferred.ts';
import { ownerOf } from '../access/rights.ts';
import { runDeletion } from './run-bulk-delete.ts';
import { runExport, withoutFiles } from './run-export.ts';
import { runImport } from './run-import.ts';
import { refused, runRequest, type RunMeans } from './run-request.ts';
import { gaveUpVerifying, runVerify, verifyKind, type VerifyStore } from './run-verify.ts';
import type { Pace } from './holding.ts';
import { openWorker, type Worker } from './worker.ts';

export interface JobOptions {
  /** Minutes for which the result of a job is kept (default 60). */
  readonly minutes?: number;
  /** Jobs of one client that are not ended (default 10). */
  readonly open?: number;
  /** Whether this process does jobs, or only takes them (default: true). */
  readonly works?: boolean;
  /** Is told what went wrong with a job that is tried again. */
  readonly onError?: (error: unknown) => void;
  /** How often it looks and says that it is alive. For tests. */
  readonly pace?: Partial<Pace>;
}

export interface OpenJobs extends Jobs {
  /** Begins to do jobs. */
  start(): void;
  /** Gives back the job in hand. */
  close(): Promise<void>;
}

/** Limits of one client beside that of its open jobs: 100 in all, as long as they have less than 4 GiB. */
const kept = { kept: 100, bytes: 4 * 1024 ** 3 };

/** The same for exports, of whose files the bytes are counted while they are made. */
const mostExports: MostJobs = { open: 2, kept: 20, bytes: Number.MAX_SAFE_INTEGER };

/** The same for imports and deletions, of which what was sent is kept until they end. */
const mostImports: MostJobs = { open: 4, kept: 1_000, bytes: Number.MAX_SAFE_INTEGER };

/** Seconds after which a client with too many jobs may come again. */
const patience = 10;

/** @param means are requested when the first job runs: the pipeline is made after this @returns undefined without options */
export function openJobs(
  verified: VerifyStore & Pick<FhirStore, 'imports'>,
  options: JobOptions | undefined,
  means: () => RunMeans,
): OpenJobs | undefined {
  if (options === undefined) return undefined;
  const { minutes = 60, open = 10, works = true, onError = () => undefined, pace = {} } = options;
  const mostOf: Readonly<Record<DeferredKind, MostJobs>> = {
    request: { open, ...kept },
    export: mostExports,
    'view-export': mostExports,
    'sql-export': mostExports,
    import: mostImports,
    'bulk-submit': mostImports,
    'bulk-delete': mostImports,
  };
  const { jobs: store } = verified;
  let worker: Worker | undefined;
  return {
    store,
    ownerOf,
    stopped: (id) => {
      worker?.stopped(id);
    },
    async submit(request, access, asked, stop) {
      const job = jobOf(request, access, submissionKind);
      const submitted = await verified.imports.submissions.submit(job, asked, { most: mostOf[submissionKind], stop });
      worker?.wake();
      return submitted;
    },
    async defer(request, access, kind = requestKind) {
      const id = await store.addJob(jobOf(request, access, kind), mostOf[kind]);
      worker?.wake();
      return id ?? tooMany(mostOf[kind]);
    },
    start() {
      if (!works) return;
      worker = openWorker({
        ...{ store, minutes, onError, pace },
        kinds: {
          [requestKind]: (running) => runRequest(means(), running),
          [exportKind]: (running) => runExport(means(), running),
          [tablesKind]: (running) => runExport(means(), running),
          [queriesKind]: (running) => runExport(means(), running),
          [importKind]: (running) => runImport(means(), running),
          [submissionKind]: (running) => runImport(means(), running),
          [deletionKind]: (running) => runDeletion(means(), running),
          [verifyKind]: (running) => runVerify(verified, running),
        },
        removed: (id) => withoutFiles(means(), id),
        givenUp: async (running) => {
          if (running.job.kind === verifyKind) return gaveUpVerifying(running);
          const diagnostics = `The job was begun ${String(running.job.tries - 1)} times, and no attempt came to its end.`;
          await withoutFiles(means(), running.job.id);
          await verified.imports.submissions.forget(running.job.id);
          return refused(means(), running, failure('job-failed', {}, { diagnostics }));
        },
      });
    },
    close: async () => worker?.close(),
  };
}

function jobOf(request: DeferredRequest, access: Access, kind: DeferredKind): Parameters<JobStore['addJob']>[0] {
  const { clientId: client } = access;
  const { interaction, type, method } = request;
  const about = type === '' ? `${method} ${interaction}` : `${method} ${interaction} of ${type}`;
  const input = keptRequest(request, access);
  return { kind, owner: ownerOf(access), client, about, input, body: request.body, priority: 0 };
}

function tooMany({ open, kept: all }: MostJobs): never {
  const diagnostics =
    `A client has ${String(open)} jobs that are not ended, and ${String(all)} in all, at most. ` +
    `DELETE those whose answer you have, or come again in ${String(patience)} seconds.`;
  const headers = { 'retry-after': String(patience) };
  fail('too-many-requests', { seconds: patience }, { diagnostics, headers });
}
