/**
 * A purge by the rules as a job: begun by the owner, carried out by any worker with the owner's right.
 * docs/decisions/0201-jobs-of-commands.md
 */
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import {
  alone,
  digestOf,
  endByRules,
  plainRules,
  runOf,
  throughRules,
  youngest,
  type PurgeOptions,
  type PurgeReport,
} from './purge.ts';
import { countLooked, selectRun, type PurgeRun } from './statements/retention.ts';
import { TrailActRefused, type LifeMeans } from './trail-life.ts';
import type { Archiving } from './version-archive.ts';

export type { PurgeState } from './purge.ts';
export { noteInput } from './statements/jobs.ts';

/** Milliseconds to wait for another purge to end: a command may have been killed just now. */
const patience = 5_000;

/**
 * Begins a purge by the rules, or finds the one to be continued, without removing anything yet. Only the owner can: a job without it does
 * nothing.
 * @returns its id
 * @throws TrailActRefused as `purgeOld`
 */
export function beginPurge(means: LifeMeans, archiving: Archiving = {}): Promise<string> {
  const begun = async (): Promise<string> => (await runOf(means, undefined, archiving)).id;
  return alone(means.sql, begun, { signal: AbortSignal.timeout(patience), waits: true });
}

/** How a purge has ended that a job has carried out. */
export interface PurgeOfJob extends PurgeReport {
  /** The rules had changed when it was to be continued: it has ended with the work done so far. */
  readonly isOvertaken: boolean;
}

export interface PurgeOfJobOptions extends Pick<PurgeOptions, 'archive' | 'from' | 'note'> {
  readonly signal: AbortSignal;
  /** Called with the number of versions to be examined, if no progress was noted yet. */
  readonly onBegin: (versions: number) => void;
}

/**
 * Carries out a purge that was begun, for the person and the reason with which it was begun, and waits while another one is running. For an
 * ended one it returns its result.
 * @param means the login of the owner, and the keys of the trail
 * @throws TrailActRefused if nobody has begun it, or its file is another one
 */
export function carryOutRun(
  { sql, keys }: Pick<LifeMeans, 'sql' | 'keys'>,
  id: string,
  options: PurgeOfJobOptions,
): Promise<PurgeOfJob> {
  const work = async (signal: AbortSignal): Promise<PurgeOfJob> => {
    const run = await selectRun(sql, id);
    if (run === undefined || run.request !== undefined) throw new TrailActRefused(`No purge ${id} was begun.`);
    const { from } = options;
    if (run.isEnded) {
      const { versions } = await digestOf(sql, id);
      return { run: versions === 0 ? undefined : id, types: from?.types ?? [], versions, isOvertaken: false };
    }
    const means = { sql, keys, now: Date.now(), by: run.setBy, reason: run.reason };
    const isOvertaken = JSON.stringify(run.rules) !== JSON.stringify(await plainRules(sql));
    if (isOvertaken) return { types: from?.types ?? [], ...(await endByRules(means, options)), isOvertaken };
    if (from === undefined) options.onBegin(await versionsToLookAt(sql, run));
    const { types } = await throughRules(sql, run, { ...options, signal });
    return { types, ...(await endByRules(means, options)), isOvertaken };
  };
  return alone(sql, work, { signal: options.signal, waits: true });
}

async function versionsToLookAt(sql: Sql, run: PurgeRun): Promise<number> {
  const begin = Math.max(
    0,
    run.rules.findIndex(({ type }) => type === run.type),
  );
  let all = 0;
  for (const [n, rule] of run.rules.slice(begin).entries())
    all += await countLooked(sql, {
      ...{ ty: typeNumber(rule.type)!, behind: n === 0 ? run.place : undefined },
      before: youngest(rule, run.began),
    });
  return all;
}
