/**
 * Purges of old versions by an operator: by stored rules, limited by legal holds, recorded in the trail. docs/decisions/0135-retention.md
 */
import { createHash, randomUUID } from 'node:crypto';
import { isCareType } from '@dhp/care';
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import { LockTaken, whileLocked } from '@dhp/postgres/locks';
import type { TrailKeys } from '@dhp/trail';
import type { ArchiveOfVersions, Erasure, Purge } from '@dhp/trail/acts';
import { ownHash } from './own-hash.ts';
import { lockLife } from './statements/audit-life.ts';
import { lockHolds } from './statements/legal-holds.ts';
import {
  deleteLinks,
  endRun,
  insertRun,
  lockResources,
  noteStep,
  purgeVersions,
  selectEmptied,
  selectOld,
  selectOpenRun,
  selectPurged,
  selectRules,
  selectRuns,
  thoseWithRoom,
  versionsAtATime,
  type Judged,
  type Place,
  type PurgeRun,
  type RetentionRule,
} from './statements/retention.ts';
import type { Session } from './statements/session.ts';
import { endArchive, requireFile, type ArchiveFile, type Archiving } from './version-archive.ts';
import { actsSoFar, storeAct, TrailActRefused, type LifeMeans } from './trail-life.ts';

/** Versions of a type that a purge has examined. */
export interface PurgedType {
  readonly type: string;
  /** Old enough by the rule. */
  readonly old: number;
  /** Those of them that a legal hold keeps. */
  readonly held: number;
  /** Bytes of content of the versions that are purged, or would be. */
  readonly bytes: number;
}

export interface PurgeReport {
  /** Undefined if versions were only counted, or none was purged. */
  readonly run: string | undefined;
  /** Examined by this call: earlier calls of the same run have done the rest. */
  readonly types: readonly PurgedType[];
  /** Versions that the run has purged in all. */
  readonly versions: number;
}

/** How far a purge is. */
export interface PurgeState {
  readonly types: readonly PurgedType[];
  /** Number of versions examined. */
  readonly looked: number;
}

export interface PurgeOptions extends Archiving {
  /** Checked between two steps; finished work is kept, and the next call continues. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of versions of a type that were examined. */
  readonly onStep?: (type: string, looked: number) => void;
  /** As an attempt before has noted it. */
  readonly from?: PurgeState | undefined;
  /** Notes how far it is, in the transaction of each step: an error of it takes the step back. */
  readonly note?: (session: Session, state: PurgeState) => Promise<void>;
}

/** Counts the versions that a purge would remove now. Nothing is written. */
export async function countOld(sql: Sql, now: number, options: PurgeOptions = {}): Promise<PurgeReport> {
  await refuseNodes(sql);
  const began = new Date(now);
  let state = atBeginning;
  for (const rule of await selectRules(sql))
    await throughType(rule, undefined, options, async (place) => {
      const one = await sql.begin((session) => step(session, { rule, began, place, run: undefined }));
      state = behindStep(state, rule.type, one);
      return one;
    });
  return { run: undefined, types: state.types, versions: 0 };
}

/**
 * Purges versions that are old by the rules. An aborted purge is continued if the rules have not changed; else it ends with the work done
 * so far, and another one begins.
 * @throws TrailActRefused if another one is running, or the rows are on several nodes
 */
export function purgeOld(means: LifeMeans, options: PurgeOptions = {}): Promise<PurgeReport> {
  const work = async (signal: AbortSignal): Promise<PurgeReport> => {
    const run = await runOf(means, undefined, options);
    const { types } = await throughRules(means.sql, run, { ...options, signal });
    return { types, ...(await endByRules(means, options)) };
  };
  return alone(means.sql, work, { signal: options.signal });
}

/** Ends the open run, with the work done so far. */
export async function endByRules(means: LifeMeans, options: Archiving): Promise<Pick<PurgeReport, 'run' | 'versions'>> {
  const now = (await selectOpenRun(means.sql))!;
  const archived = await endArchive(means.sql, now, options, countPurged);
  const { versions } = await end(means, now.id, { archived });
  return { run: versions === 0 ? undefined : now.id, versions };
}

/** Removes old versions, from the place of the run to its end. @returns the progress, counted from `from` */
export async function throughRules(sql: Sql, run: PurgeRun, options: PurgeOptions): Promise<PurgeState> {
  const { from = atBeginning, note } = options;
  const archive = run.archive === undefined ? undefined : requireFile(run.archive, options.archive?.(run.id));
  let state = from;
  try {
    await archive?.open(run.archiveBytes);
    const begin = run.rules.findIndex(({ type }) => type === run.type);
    for (const [n, rule] of run.rules.entries()) {
      if (n < begin) continue;
      await throughType(rule, n === begin ? run.place : undefined, options, async (place) => {
        const [one, next] = await sql.begin(async (session) => {
          const done = await step(session, { rule, began: run.began, place, run: run.id, archive });
          const behind = behindStep(state, rule.type, done);
          await note?.(session, behind);
          return [done, behind] as const;
        });
        state = next;
        return one;
      });
    }
  } finally {
    await archive?.close();
  }
  return state;
}

const atBeginning: PurgeState = { types: [], looked: 0 };

function behindStep({ types, looked }: PurgeState, type: string, { judged, looked: more }: PurgeStep): PurgeState {
  const before = types.find((one) => one.type === type) ?? { old: 0, held: 0, bytes: 0 };
  const [old, held] = [before.old + judged.old, before.held + judged.held];
  const now = { type, old, held, bytes: before.bytes + judged.bytes };
  return { types: [...types.filter((one) => one.type !== type), now], looked: looked + more };
}

/**
 * Carries out a purge while no other is under way.
 * @param work its signal is aborted if another one may have begun meanwhile, or the given one is
 * @param o.waits until `signal` is aborted, it waits for its turn (default: it does not)
 * @throws TrailActRefused
 */
export async function alone<Result>(
  sql: Sql,
  work: (signal: AbortSignal) => Promise<Result>,
  { signal, waits = false }: { readonly signal?: AbortSignal | undefined; readonly waits?: boolean } = {},
): Promise<Result> {
  await refuseNodes(sql);
  const signals = signal === undefined ? [] : [signal];
  try {
    return await whileLocked(
      sql,
      'fhir purge',
      (held) => work(AbortSignal.any([held, ...signals])),
      waits ? signal : undefined,
    );
  } catch (error) {
    throw error instanceof LockTaken ? new TrailActRefused('Another purge is under way.') : error;
  }
}

async function refuseNodes(sql: Session): Promise<void> {
  const [row] = await sql<{ spread: boolean }[]>`select fhir.is_spread() as spread`;
  if (row!.spread) throw new TrailActRefused('Versions that lie on several nodes are not purged.');
}

const countPurged = async (sql: Sql, run: string): Promise<number> => (await digestOf(sql, run)).versions;

/**
 * The run to be continued, or a new one.
 * @param request undefined: by the rules
 * @throws TrailActRefused if the open run archives, and its file is not given
 */
export async function runOf(means: LifeMeans, request?: string, archiving: Archiving = {}): Promise<PurgeRun> {
  const { sql, by, reason, now } = means;
  const rules = request === undefined ? await plainRules(sql) : [];
  const open = await selectOpenRun(sql);
  if (open !== undefined) {
    const isSame = open.request === request && JSON.stringify(open.rules) === JSON.stringify(rules);
    const archivesAsAsked = (open.archive === undefined) === (archiving.archive === undefined);
    if (isSame && archivesAsAsked && archiving.isLost !== true) return open;
    await end(means, open.id, { archived: await endArchive(sql, open, archiving, countPurged) });
  }
  const id = randomUUID();
  const archive = archiving.archive?.(id).name;
  const run = { id, rules, setBy: by, reason, began: new Date(now), request, archive };
  await insertRun(sql, run);
  return { ...run, type: undefined, place: undefined, versions: 0, held: 0, archiveBytes: 0 };
}

/** The rules, as a run has a copy of them. */
export async function plainRules(sql: Sql): Promise<RetentionRule[]> {
  return (await selectRules(sql)).map(({ type, earlier, deleted }) => ({ type, earlier, deleted }));
}

/** Before which a version was stored that a rule may end. */
export function youngest(rule: RetentionRule, began: Date): Date {
  const days = Math.min(rule.earlier ?? Infinity, rule.deleted ?? Infinity);
  return new Date(began.getTime() - days * 86_400_000);
}

interface PurgeStep {
  readonly judged: Judged;
  readonly looked: number;
  /** Undefined: there are no more. */
  readonly next: Place | undefined;
}

async function throughType(
  { type }: RetentionRule,
  from: Place | undefined,
  { signal, onStep }: PurgeOptions,
  work: (place: Place | undefined) => Promise<PurgeStep>,
): Promise<void> {
  for (let place = from, looked = 0; ;) {
    signal?.throwIfAborted();
    const { next, looked: more } = await work(place);
    onStep?.(type, (looked += more));
    if (next === undefined) return;
    place = next;
  }
}

async function step(
  session: Session,
  o: {
    rule: RetentionRule;
    began: Date;
    place: Place | undefined;
    run: string | undefined;
    archive?: ArchiveFile | undefined;
  },
): Promise<PurgeStep> {
  const { rule, began, run, archive } = o;
  const ty = typeNumber(rule.type)!;
  const before = youngest(rule, began);
  if (run !== undefined) await lockHolds(session, 'to go by');
  const found = await selectOld(session, { ty, behind: o.place, before });
  const versions = archive === undefined || found.length === 0 ? found : await thoseWithRoom(session, found);
  const isEnd = found.length < versionsAtATime && versions.length === found.length;
  const last = versions.at(-1);
  const next: Place | undefined = last && [last.upd, last.rid, last.ver];
  let judged: Judged = { old: 0, held: 0, bytes: 0 };
  let archiveBytes: number | undefined;
  if (next !== undefined) {
    if (run !== undefined) await lockResources(session, versions);
    const { removed: gone, ...found } = await purgeVersions(session, versions, {
      ...{ ty, rule, began, run, returns: archive !== undefined },
    });
    judged = found;
    // On the disk before the removal is committed: a file that has more than was removed is cut when the purge continues.
    if (archive !== undefined && gone.length > 0)
      archiveBytes = await archive.append(
        gone.map(([row, version, id, stored, transaction, content]) => ({
          ...{ type: rule.type, id, version, stored, transaction, row, content },
        })),
      );
    if (run !== undefined && isCareType(rule.type)) {
      const ids = await selectEmptied(session, versions);
      await deleteLinks(
        session,
        ids.map((id) => ownHash(rule.type, id)),
      );
    }
  }
  const removed = judged.old - judged.held;
  if (run !== undefined)
    await noteStep(session, run, { type: rule.type, place: next ?? o.place, removed, held: judged.held, archiveBytes });
  return { judged, looked: versions.length, next: isEnd ? undefined : next };
}

/**
 * Signs the removals of a run, in the transaction that ends it.
 * @param o.beside the further results, determined in that transaction
 * @param o.archived the file with the removed versions
 * @returns the number of the statement; undefined if nothing was removed and there are no further results
 */
export async function end(
  means: LifeMeans,
  run: string,
  {
    beside,
    archived,
  }: {
    readonly beside?: (session: Session) => Promise<Erasure>;
    readonly archived?: ArchiveOfVersions | undefined;
  } = {},
): Promise<{ versions: number; act: number | undefined }> {
  const { versions, digest } = await digestOf(means.sql, run);
  const act = await means.sql.begin(async (session) => {
    await lockLife(session);
    await endRun(session, run);
    if (versions === 0 && beside === undefined) return undefined;
    const erasure = await beside?.(session);
    const { signed } = await actsSoFar(session, means.keys);
    const purge: Purge = {
      ...{ kind: 'purge', run, versions, digest },
      ...(erasure && { erasure }),
      ...(archived && { archive: archived }),
      made: means.now,
    };
    await storeAct(session, means, { act: purge, signed }, 'versions-purged', {
      ...{ run, count: versions, file: archived?.file },
    });
    return signed.length + 1;
  });
  return { versions, act };
}

interface RunDigest {
  readonly versions: number;
  /** Hexadecimal. */
  readonly digest: string;
  readonly returned: number;
}

/** The number of versions that a run has removed, and a hash over the rows that list them. */
export async function digestOf(sql: Session, run: string): Promise<RunDigest> {
  const whole = createHash('sha256');
  let [versions, returned] = [0, 0];
  for (let page = await selectPurged(sql, run, undefined); page !== undefined;) {
    versions += page.count;
    returned += page.returned;
    whole.update(page.hash);
    page = await selectPurged(sql, run, page.last);
  }
  return { versions, digest: whole.digest('hex'), returned };
}

/**
 * Faults of a purge. altered: its rows differ from the signed statement. unsigned: there is no signed statement about it. returned:
 * versions exist again.
 */
export type PurgeFault = 'altered' | 'unsigned' | 'returned';

export interface PurgesReport {
  readonly runs: number;
  readonly versions: number;
  readonly broken: readonly { readonly run: string; readonly why: PurgeFault }[];
}

/** Whether the versions recorded as purged are exactly those of the signed statements. */
export async function verifyPurges(sql: Session, keys: Pick<TrailKeys, 'verifying'>): Promise<PurgesReport> {
  const { acts } = await actsSoFar(sql, keys);
  const signed = new Map(acts.flatMap((act) => (act.kind === 'purge' ? [[act.run, act] as const] : [])));
  const broken: { run: string; why: PurgeFault }[] = [];
  let [runs, versions] = [0, 0];
  const found = new Map((await selectRuns(sql)).map(({ id, isOpen }) => [id, isOpen]));
  for (const run of new Set([...found.keys(), ...signed.keys()])) {
    const act = signed.get(run);
    const seen = await digestOf(sql, run);
    runs += 1;
    versions += seen.versions;
    if (act === undefined && found.get(run) !== true) broken.push({ run, why: 'unsigned' });
    if (act !== undefined && (act.digest !== seen.digest || act.versions !== seen.versions))
      broken.push({ run, why: 'altered' });
    if (seen.returned > 0) broken.push({ run, why: 'returned' });
  }
  return { runs, versions, broken };
}
