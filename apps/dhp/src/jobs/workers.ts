/**
 * The jobs that commands request, and their workers: the command itself, `dhp job work` on any node, and servers if permitted. docs/jobs.md
 */
import { openWorker, type Result, type Running, type Worker } from '@dhp/fhir/jobs';
import type { JobStore } from '@dhp/fhir-store/jobs';
import { reindexing, runReindex, withIndexedStore } from './reindex.ts';
import { archivingPurges, purges, runPurge, type PurgeMeans } from './retention.ts';
import { runTrailExport, trailExports } from './trail-export.ts';

/** Where jobs are carried out, and with which keys. */
export interface WorkMeans extends PurgeMeans {
  /** Of the database, with the login of the owner. */
  readonly url: string;
}

type Kinds = Readonly<Record<string, (running: Running) => Promise<Result>>>;

/** The folders in which jobs may write, from the options of `dhp job work`: no job names one. */
export interface Folders {
  readonly archive: string | undefined;
  readonly exports: string | undefined;
}

/** The kinds that a worker with the login of the owner carries out. */
export function kindsOf(means: WorkMeans, { archive, exports }: Folders): Kinds {
  const { context, environment, url } = means;
  return {
    [reindexing.kind]: (running) => withIndexedStore(context, environment, url, (store) => runReindex(store, running)),
    [purges.kind]: (running) => runPurge(means, undefined, running),
    ...(archive !== undefined && { [archivingPurges.kind]: (running: Running) => runPurge(means, archive, running) }),
    ...(exports !== undefined && {
      [trailExports.kind]: (running: Running) => runTrailExport(means, exports, running),
    }),
  };
}

/** The outcome of a job that no attempt has completed. */
export const givenUp = (): Promise<Result> => Promise.resolve({ first: 0, outcome: { status: 500 } });

/** Minutes for which outcomes are kept: a week. */
const minutes = 7 * 24 * 60;

/** @param told is called for each job that begins and ends here */
export function workOn(
  jobs: JobStore,
  kinds: Kinds,
  told: {
    readonly begun: (running: Running) => void;
    readonly ended: () => void;
    /** Called when jobs may have been removed. */
    readonly removed: () => Promise<void>;
    readonly onError: (error: unknown) => void;
  },
): Worker {
  const telling = Object.entries(kinds).map(([kind, run]) => [
    kind,
    async (running: Running): Promise<Result> => {
      told.begun(running);
      const result = await run(running);
      told.ended();
      return result;
    },
  ]);
  return openWorker({
    store: jobs,
    kinds: Object.fromEntries(telling) as Kinds,
    minutes,
    givenUp,
    removed: told.removed,
    onError: told.onError,
  });
}
