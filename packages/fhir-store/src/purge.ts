/** Purges of old versions, by the hand of an operator: by rules that are stored, held up by legal holds, told in the trail. docs/decisions/0135-retention.md */
import { createHash, randomUUID } from 'node:crypto';
import { isCareType } from '@dhp/care';
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
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

/** Versions of a type that a purge has looked at. */
export interface PurgedType {
  readonly type: string;
  /** Old enough by the rule. */
  readonly old: number;
  /** Those of them that a legal hold keeps. */
  readonly held: number;
  /** Of what is purged, or would be, by what it said. */
  readonly bytes: number;
}

export interface PurgeReport {
  /** Undefined if nothing was counted but purged, or nothing was purged. */
  readonly run: string | undefined;
  /** Looked at by this call: a run that goes on has done the rest before. */
  readonly types: readonly PurgedType[];
  /** Versions that the run has purged in all. */
  readonly versions: number;
}

export interface PurgeOptions extends Archiving {
  /** Ended between two steps; what is done stays done, and the next call continues. */
  readonly signal?: AbortSignal | undefined;
  /** Versions that were looked at, of a type. */
  readonly onStep?: (type: string, looked: number) => void;
}

/** Counts what a purge would remove now. Nothing is written. */
export async function countOld(sql: Sql, now: number, options: PurgeOptions = {}): Promise<PurgeReport> {
  await refuseNodes(sql);
  const began = new Date(now);
  const types: PurgedType[] = [];
  for (const rule of await selectRules(sql)) {
    const count = (session: Session, place: Place | undefined): Promise<PurgeStep> =>
      step(session, { rule, began, place, run: undefined });
    types.push(await throughType(rule, undefined, options, (place) => sql.begin((session) => count(session, place))));
  }
  return { run: undefined, types, versions: 0 };
}

/**
 * Purges what is old by the rules. One that was ended before its time goes on if the rules are as they were; else it ends with what it has done, and another
 * one begins.
 * @throws TrailActRefused where another one is under way, or the rows are on several nodes
 */
export async function purgeOld(means: LifeMeans, options: PurgeOptions = {}): Promise<PurgeReport> {
  const { sql } = means;
  return alone(sql, async () => {
    const run = await runOf(means, undefined, options);
    const archive = run.archive === undefined ? undefined : requireFile(run.archive, options.archive?.(run.id));
    const types: PurgedType[] = [];
    try {
      await archive?.open(run.archiveBytes);
      const from = run.rules.findIndex(({ type }) => type === run.type);
      for (const [n, rule] of run.rules.entries()) {
        if (n < from) continue;
        const place = n === from ? run.place : undefined;
        types.push(
          await throughType(rule, place, options, (behind) =>
            sql.begin((session) => step(session, { rule, began: run.began, place: behind, run: run.id, archive })),
          ),
        );
      }
    } finally {
      await archive?.close();
    }
    const now = (await selectOpenRun(sql))!;
    const archived = await endArchive(sql, now, options, countPurged);
    const { versions } = await end(means, run.id, { archived });
    return { run: versions === 0 ? undefined : run.id, types, versions };
  });
}

/** Carries out a purge while no other is under way. @throws TrailActRefused */
export async function alone<Result>(sql: Sql, work: () => Promise<Result>): Promise<Result> {
  await refuseNodes(sql);
  const [lock] = await sql<{ free: boolean }[]>`
    select pg_try_advisory_lock(hashtextextended('fhir purge', 0)) as free`;
  if (lock?.free !== true) throw new TrailActRefused('Another purge is under way.');
  try {
    return await work();
  } finally {
    await sql`select pg_advisory_unlock(hashtextextended('fhir purge', 0))`;
  }
}

async function refuseNodes(sql: Session): Promise<void> {
  const [row] = await sql<{ spread: boolean }[]>`select fhir.is_spread() as spread`;
  if (row!.spread) throw new TrailActRefused('Versions that lie on several nodes are not purged.');
}

const countPurged = async (sql: Sql, run: string): Promise<number> => (await digestOf(sql, run)).versions;

/**
 * The run that continues, or a new one.
 * @param request undefined: by the rules
 * @throws TrailActRefused where one is open that archives, and its file is not given
 */
export async function runOf(means: LifeMeans, request?: string, archiving: Archiving = {}): Promise<PurgeRun> {
  const { sql, by, reason, now } = means;
  const stored = request === undefined ? await selectRules(sql) : [];
  const rules = stored.map(({ type, earlier, deleted }) => ({ type, earlier, deleted }));
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

interface PurgeStep {
  readonly judged: Judged;
  readonly looked: number;
  /** Undefined: there is no more. */
  readonly next: Place | undefined;
}

async function throughType(
  rule: RetentionRule,
  from: Place | undefined,
  { signal, onStep }: PurgeOptions,
  work: (place: Place | undefined) => Promise<PurgeStep>,
): Promise<PurgedType> {
  let [old, held, bytes, looked] = [0, 0, 0, 0];
  for (let place = from; ;) {
    signal?.throwIfAborted();
    const { judged, next, looked: more } = await work(place);
    old += judged.old;
    held += judged.held;
    bytes += judged.bytes;
    onStep?.(rule.type, (looked += more));
    if (next === undefined) return { type: rule.type, old, held, bytes };
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
  const days = Math.min(rule.earlier ?? Infinity, rule.deleted ?? Infinity);
  const before = new Date(began.getTime() - days * 86_400_000);
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
 * Signs what a run has removed, in the transaction that ends it.
 * @param o.beside what else it comes to, found out in that transaction
 * @param o.archived the file that has what was removed
 * @returns the number of the statement; undefined if nothing was removed, and nothing is beside
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

/** The versions that a run has removed, and a hash over the rows that say which. */
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

/** Faults of a purge. altered: it says otherwise than what was signed. unsigned: nothing is signed about it. returned: versions are there again. */
export type PurgeFault = 'altered' | 'unsigned' | 'returned';

export interface PurgesReport {
  readonly runs: number;
  readonly versions: number;
  readonly broken: readonly { readonly run: string; readonly why: PurgeFault }[];
}

/** Whether the versions that are said to be purged are those of the signed statements, and no others. */
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
