import type { Sql } from '@dhp/postgres';
import type { Refusal, TransactionOptions, TransactionOutcome } from '../transaction.ts';
import type { WriteOutcome } from '../versions.ts';
import { lockNames } from '../statements/advisory-lock.ts';
import { insertRecords } from '../statements/audit-records.ts';
import { holdShards } from '../placement/held.ts';
import { inTransaction } from '../commit-order/lock-token.ts';
import { look, numberOfTransaction } from '../statements/look.ts';
import { isBroken } from '../statements/references.ts';
import { isNotIndexed } from '../statements/index-gate.ts';
import { isStaleDefinition } from '../statements/stale-definition.ts';
import { isWriteConflict, WriteConflict } from '../statements/write-conflict.ts';
import type { Session } from '../statements/session.ts';
import { decide, type WriteStep } from './decide.ts';
import { basisOf, noticeOutdated, type WriteBatchOptions } from './write-batch.ts';
import { needParts } from './parts.ts';
import { assertReferences } from './reference-guard.ts';
import { inPauses, storeDecided } from './store-decided.ts';
import { isCurrent, lengthButForVersion, type Write } from './write.ts';

/** Writes that are stored all or none. */
export interface Group {
  readonly writes: readonly Write[];
  outcome: TransactionOutcome | undefined;
}

export interface TogetherOptions extends WriteBatchOptions {
  /** For transactions that hold locks between statements, so that those do not wait for each other's connections. */
  readonly holding: Sql;
  /** After a statement that found the index incomplete: whether it is complete, because another definition took over meanwhile. */
  readonly tookOver: () => Promise<boolean>;
}

export interface HoldingOptions {
  /** Names that are locked before the writes are requested. */
  readonly locks: readonly string[];
  /** Stores something in the same transaction. @returns further writes for it */
  readonly beside: ((session: Session, outcomes: readonly WriteOutcome[]) => Promise<Write[]>) | undefined;
  readonly records: TransactionOptions['records'];
}

/** Attempts of a group without locks, and attempts in all. */
const optimistic = 3;
const attempts = 50;

/**
 * Brings groups to their outcomes; groups that are ready at the same time share a statement and a commit. It reads the current versions,
 * decides, and stores the decisions in one statement if nothing has changed; else it reads again. After several conflicts, or if the writes
 * are too many for one statement, it locks the rows before reading.
 */
export async function applyTogether(groups: readonly Group[], options: TogetherOptions): Promise<void> {
  for (let conflicts = 0; ;) {
    const open = disjoint(groups.filter((group) => group.outcome === undefined));
    if (open.length === 0) return;
    try {
      const isOneStatement = !needParts(open.flatMap(({ writes }) => writes));
      const outcomes =
        conflicts < optimistic && isOneStatement && !options.isSpread()
          ? await attempt(options.sql, open, options)
          : await inTransaction(options.holding, (session, lockToken) =>
              attemptLocked(session, open, options, lockToken),
            );
      for (const [n, group] of open.entries()) group.outcome = outcomes[n];
      conflicts = 0;
    } catch (error) {
      if (isBroken(error) && open.length > 1) throw error; // each is tried alone
      conflicts = await again(error, conflicts, open, options);
    }
  }
}

/** The outcome of the group that `prepare` makes while the named locks are held, stored together with the statements of `beside`. */
export async function applyHolding(
  prepare: () => Promise<readonly Write[]>,
  { locks, beside, records }: HoldingOptions,
  options: TogetherOptions,
): Promise<TransactionOutcome> {
  let writes: readonly Write[] = [];
  for (let conflicts = 0; ;) {
    try {
      return await inTransaction(options.holding, async (session, lockToken) => {
        await lockNames(session, locks);
        writes = await prepare();
        if (conflicts > 0) forget(writes);
        const [outcome] = await attemptLocked(session, [{ writes, outcome: undefined }], options, lockToken);
        const rows = outcome!.kind === 'committed' ? records?.(outcome!.outcomes) : undefined;
        if (rows !== undefined && rows.length > 0) await insertRecords(session, rows);
        if (outcome!.kind === 'committed' && beside !== undefined) {
          const more = await beside(session, outcome!.outcomes);
          const further = [{ writes: more, outcome: undefined }];
          const [stored] = await (options.isSpread() ? attemptLocked : attempt)(session, further, options, lockToken);
          if (stored!.kind !== 'committed') throw new Error('a write beside others was refused');
        }
        return outcome!;
      });
    } catch (error) {
      conflicts = await again(error, conflicts, [{ writes, outcome: undefined }], options);
    }
  }
}

/** @throws the error, unless it means that the groups must read again; BrokenReferences */
async function again(
  error: unknown,
  conflicts: number,
  groups: readonly Group[],
  options: TogetherOptions,
): Promise<number> {
  if (conflicts === attempts) throw error;
  if (isStaleDefinition(error)) await noticeOutdated(error, options);
  else if (isNotIndexed(error)) {
    if (!(await options.tookOver())) throw error;
  } else if (isBroken(error)) await assertAll(options, groups);
  else if (!isWriteConflict(error)) throw error;
  for (const { writes } of groups) forget(writes);
  return conflicts + 1;
}

/** @throws BrokenReferences */
async function assertAll(options: TogetherOptions, groups: readonly Group[]): Promise<void> {
  const { sql, ownBases, parameters } = options;
  const searched = parameters.stored().active;
  try {
    for (const { writes } of groups) await assertReferences(sql, writes, { ownBases, searched });
  } catch (error) {
    if (!isNotIndexed(error) || !(await options.tookOver())) throw error;
  }
}

/** Makes the next attempt read everything again, including new ids. */
function forget(writes: readonly Write[]): void {
  for (const write of writes) write.known = 'unknown';
}

/** As `attempt`, but with locks: only writes of new ids can be faster. */
async function attemptLocked(
  session: Session,
  groups: readonly Group[],
  options: TogetherOptions,
  lockToken: string,
): Promise<TransactionOutcome[]> {
  const all = groups.flatMap((group) => group.writes);
  const writes = all.filter(({ request }) => request.kind !== 'create');
  const next = options.isSpread() && writes.length > 0 ? all.flatMap(({ body }) => body?.shard ?? []) : [];
  if (next.length > 0) await holdShards(session, next);
  await lookAll(session, writes, { ...options, isLocking: true });
  const absent = writes.filter(({ known }) => known === 'absent');
  forget(absent);
  await lookAll(session, absent, options);
  // A resource that appeared or moved in between is not locked, and locking it now could break the lock order.
  if (absent.some(({ known }) => isCurrent(known))) throw new WriteConflict();
  const txid = options.isSpread() ? await numberOfTransaction(session) : undefined; // behind the locks
  return attempt(session, groups, options, lockToken, txid);
}

/**
 * Stores the writes that can be stored. The outcomes hold once the statements' transaction has committed.
 * @param txid the number of the transaction, if the rows that it replaces are locked
 */
async function attempt(
  session: Session,
  groups: readonly Group[],
  options: TogetherOptions,
  lockToken?: string,
  txid?: string,
): Promise<TransactionOutcome[]> {
  // Taken before anything is read; reads of an earlier locked attempt were in the transaction that stores.
  const basis = basisOf(options);
  await lookAll(
    session,
    groups.flatMap(({ writes }) => writes),
    options,
  );
  const decided = groups.map(({ writes }) => writes.map((write) => ({ write, step: stepOf(write) })));
  const outcomes = decided.map((steps): TransactionOutcome | undefined => {
    const failures = steps.flatMap(({ write, step }, index) => refusalOf(write, step, index));
    return failures.length === 0 ? undefined : { kind: 'refused', failures };
  });
  const going = decided.filter((_, n) => outcomes[n] === undefined);
  const stored = await storeDecided(session, going.flat(), { ...options, basis }, { lockToken, txid });
  return outcomes.map(
    (refused, n) => refused ?? { kind: 'committed', outcomes: decided[n]!.map(({ write }) => stored.get(write)!) },
  );
}

async function lookAll(
  session: Session,
  writes: readonly Write[],
  {
    timeZone,
    isSpread,
    isLocking = false,
  }: Pick<TogetherOptions, 'timeZone' | 'isSpread'> & { readonly isLocking?: boolean },
): Promise<void> {
  const open = writes.filter(
    ({ known, request }) => known === 'unknown' || (known === 'unasked' && request.kind !== 'create'),
  );
  if (open.length === 0) return;
  const keys = await inPauses(open, (write) => ({ ...write.key, length: lengthButForVersion(write, timeZone) }));
  const found = await look(session, keys, { isLocking, isSpread: isSpread() });
  for (const [n, write] of open.entries()) write.known = found[n] ?? 'absent';
}

/** A new id is read only after storing it has failed. */
function stepOf({ request, known }: Write): WriteStep {
  if (request.kind === 'create' && isCurrent(known)) {
    return { step: 'end', outcome: { kind: 'version-mismatch', current: known.ver } };
  }
  return decide(request, known);
}

function refusalOf({ request }: Write, step: WriteStep, index: number): { index: number; outcome: Refusal }[] {
  if (step.step !== 'end' || step.outcome.kind === 'already-deleted') return [];
  const isNoFailure = step.outcome.kind === 'not-found' && request.kind === 'delete' && request.ifMatch === undefined;
  return isNoFailure ? [] : [{ index, outcome: step.outcome }];
}

/** The groups that have no resource in common with one before. */
function disjoint(groups: readonly Group[]): Group[] {
  if (groups.length <= 1) return [...groups];
  const seen = new Set<string>();
  return groups.filter(({ writes }) => {
    const names = writes.map(({ key }) => `${key.ty}/${key.id}`);
    if (names.some((name) => seen.has(name))) return false;
    for (const name of names) seen.add(name);
    return true;
  });
}
