import type { DatabaseMemory, Sql } from '@dhp/postgres';
import type { DatabaseClock } from '../database-clock.ts';
import { lockMoves } from '../placement/held.ts';
import { moves } from '../placement/placement.ts';
import type { ShardMap } from '../placement/shard-map.ts';
import type { RidAllocator } from '../rid-allocator.ts';
import type { Content } from '../statements/columns.ts';
import { insertAbsent, insertNew } from '../statements/insert.ts';
import { insertApart } from '../statements/insert-apart.ts';
import { lock, lockApart, look } from '../statements/look.ts';
import { isStaleDefinition, leastStamp } from '../statements/stale-definition.ts';
import { isWriteConflict } from '../statements/write-conflict.ts';
import { replace, type NextVersion, type Replaced } from '../statements/replace.ts';
import { areOfShards, replaceApart } from '../statements/replace-apart.ts';
import type { Basis } from '../statements/server.ts';
import { decide, type WriteStep } from './decide.ts';
import type { BodyOptions } from './index-of-body.ts';
import type { PostingsExpected } from './postings-expected.ts';
import type { PlacedTerm, TermDictionary } from './term-dictionary.ts';
import { earlierDeletion, firstDraft, inTurn, isCurrent, nextDraft, note, type Draft, type Write } from './write.ts';

export interface WriteBatchOptions extends BodyOptions {
  readonly sql: Sql;
  readonly rids: RidAllocator;
  readonly words: TermDictionary;
  readonly clock: DatabaseClock;
  /** Memory whose server is that of the basis. */
  readonly memory: DatabaseMemory;
  /** Whether updates are expected to leave postings unchanged. */
  readonly postings: PostingsExpected;
  /** Whether the rows are on several nodes: then rows to be changed are locked first, one shard after another. */
  readonly isSpread: () => boolean;
}

type Decided<S extends WriteStep['step']> = { readonly write: Write; readonly step: WriteStep & { step: S } };

/** Characters of bodies in one statement. */
const maxStatement = 8 * 1024 * 1024;
/** In each round some write of a key succeeds, so a write that loses so often has another problem than contention. */
const maxRounds = 200;

/**
 * Brings every write to its outcome. Works in rounds: the known version decides the next step of each write, and the steps of one kind
 * share a statement. Each statement is atomic by itself and checks the known versions, so no transaction is held between rounds; a write
 * has its outcome only when the statement that stored it was committed. Of two writes of one resource the second waits for the outcome of
 * the first.
 *
 * After an error, writes that have an outcome keep it, and a second call continues with the others. The known versions are of one server,
 * the basis; on another one nothing is stored and everything is read again.
 */
export async function runWrites(writes: readonly Write[], options: WriteBatchOptions): Promise<void> {
  let basis = basisOf(options);
  // A row must be locked in its shard.
  if (options.isSpread())
    for (const write of writes)
      if (write.known === 'unasked' && write.request.kind !== 'create') write.known = 'unknown';
  for (let round = 0; ; round += 1) {
    const open = firstOfEachKey(writes.filter((write) => write.outcome === undefined));
    if (open.length === 0) return;
    if (round === maxRounds * writes.length) throw new Error('a write found another current version in every round');
    try {
      await runRound(open, options, basis);
    } catch (error) {
      if (!isStaleDefinition(error)) throw error;
      await noticeOutdated(error, options);
      const now = basisOf(options);
      if (now.server !== basis.server) for (const write of open) write.known = 'unknown';
      basis = now;
    }
  }
}

/** Returns the known state of the database at this moment. Later looks belong to it for as long as no statement reports another state. */
export function basisOf({ memory, parameters }: Pick<WriteBatchOptions, 'memory' | 'parameters'>): Basis {
  return { server: memory.server, stored: parameters.stored() };
}

/**
 * Refreshes the outdated state, so that the next attempt does not fail for the same reason. @param error one that `isStaleDefinition`
 * recognises
 */
export async function noticeOutdated(
  error: unknown,
  { clock, parameters }: Pick<WriteBatchOptions, 'clock' | 'parameters'>,
): Promise<void> {
  const stamp = leastStamp(error);
  if (stamp !== undefined) clock.notBefore(stamp);
  if (stamp === undefined || clock.now().getTime() < stamp) await parameters.renew();
}

/** The time to stamp rows with, and the basis of the statement that stores them. */
export function stamped(clock: DatabaseClock, basis: Basis): { now: number; dated: Basis } {
  const now = clock.now().getTime();
  return { now, dated: clock.follows ? { ...basis, stamped: now } : basis };
}

async function runRound(writes: readonly Write[], options: WriteBatchOptions, basis: Basis): Promise<void> {
  const decided = writes.map((write) => ({ write, step: decide(write.request, write.known) }));
  for (const { write, step } of of('end', decided)) {
    const { outcome } = step;
    write.outcome =
      outcome.kind === 'already-deleted' ? { kind: 'already-deleted', version: earlierDeletion(write) } : outcome;
  }
  await lookAll(of('look', decided), options);
  for (const group of bySize(of('insert', decided))) await insertAll(group, options, basis);
  const replacements = of('replace', decided);
  const isLockedBefore = ({ write }: Decided<'replace'>): boolean =>
    isMoving(write) || (options.isSpread() && options.shards() === undefined);
  for (const group of bySize(replacements.filter((one) => !isLockedBefore(one))))
    await replaceAll(group, options, basis);
  for (const group of bySize(replacements.filter(isLockedBefore))) await replaceLocked(group, options, basis);
}

async function lookAll(group: Decided<'look'>[], { sql, isSpread }: WriteBatchOptions): Promise<void> {
  if (group.length === 0) return;
  const found = await look(
    sql,
    group.map(({ write }) => write.key),
    { isSpread: isSpread() },
  );
  for (const [index, { write }] of group.entries()) write.known = found[index] ?? 'absent';
}

async function insertAll(group: Decided<'insert'>[], options: WriteBatchOptions, basis: Basis): Promise<void> {
  const { sql, rids, words, clock } = options;
  const numbers = await rids.take(group.length, basis);
  const { now, dated } = stamped(clock, basis);
  const drafts = await inTurn(group.length, (index) => firstDraft(group[index]!.write, numbers[index]!, now, options));
  // An id that the server has just made cannot exist, so the statement need not check it.
  const fresh = drafts.filter(({ write }) => write.request.kind === 'create');
  if (fresh.length > 0) {
    const rows = fresh.map(({ row }) => row);
    const map = shardsFor(rows, options);
    const insert = (): Promise<unknown> =>
      map === undefined
        ? insertNew(sql, rows, dated)
        : sql.begin((session) => insertApart(session, rows, { basis: dated, map, areNew: true }));
    if ((await orConflict(words.before(wordsOf(fresh), basis, insert))) !== conflict)
      for (const { write, version } of fresh) write.outcome = { kind: 'created', version };
  }
  const named = drafts.filter(({ write }) => write.request.kind !== 'create');
  if (named.length === 0) return;
  const rows = named.map(({ row }) => row);
  const map = shardsFor(rows, options);
  const insert = (): Promise<Set<number>> =>
    map === undefined
      ? insertAbsent(sql, rows, dated)
      : sql.begin((session) => insertApart(session, rows, { basis: dated, map, areNew: false }));
  const stored = await orConflict(words.before(wordsOf(named), basis, insert));
  for (const { write, row, version } of named) {
    if (stored !== conflict && stored.has(row.rid)) write.outcome = { kind: 'created', version };
    else write.known = 'unknown'; // another write was faster
  }
}

/**
 * The map of shards, if the rows are on several nodes and each shard is sent its rows: not for texts of many megabytes, which would be
 * copied several times.
 */
function shardsFor(
  rows: readonly { readonly content: Content }[],
  { isSpread, shards }: Pick<WriteBatchOptions, 'isSpread' | 'shards'>,
): ShardMap | undefined {
  return isSpread() && rows.every(({ content }) => typeof content === 'string') ? shards() : undefined;
}

const conflict = Symbol('somebody was faster, or a shard has moved: nothing was stored');

/** Where nodes lock for one another, first versions can meet a deadlock: they have no outcome then, and the next round stores them. */
async function orConflict<R>(work: Promise<R>): Promise<R | typeof conflict> {
  try {
    return await work;
  } catch (error) {
    if (isWriteConflict(error)) return conflict;
    throw error;
  }
}

async function replaceAll(group: Decided<'replace'>[], options: WriteBatchOptions, basis: Basis): Promise<void> {
  const writes = group.map(({ write }) => write);
  const others = writes.some(({ hasOtherPostings }) => hasOtherPostings);
  const stay = !others && options.postings.stay(writes.map(({ key }) => key.ty));
  const postings = stay ? 'stay' : 'change';
  const run = (rows: NextVersion[], dated: Basis): Promise<(Replaced | undefined)[]> => {
    if (!options.isSpread()) return replace(options.sql, rows, { move: false, basis: dated, postings });
    const map = areOfShards(options.sql, rows, dated) ? shardsFor(rows, options) : undefined;
    if (map === undefined) return storeLocked(group, rows, options, dated);
    const current = group.map(({ write }) => write.known).filter(isCurrent);
    return options.sql.begin((session) => replaceApart(session, rows, { basis: dated, map, current, postings }));
  };
  await replaceWith(run, group, options, basis);
  if (stay) for (const { key, hasOtherPostings } of writes) options.postings.note(key.ty, !hasOtherPostings);
}

/** As `replaceAll`, for resources whose shard changes: all their rows move in the same transaction. */
async function replaceLocked(group: Decided<'replace'>[], options: WriteBatchOptions, basis: Basis): Promise<void> {
  await replaceWith((rows, dated) => storeLocked(group, rows, options, dated), group, options, basis);
}

/** Locks them before it stores them. */
function storeLocked(
  group: Decided<'replace'>[],
  rows: readonly NextVersion[],
  options: WriteBatchOptions,
  basis: Basis,
): Promise<(Replaced | undefined)[]> {
  const current = group.map(({ write }) => write.known).filter(isCurrent);
  return options.sql.begin(async (transaction) => {
    if (!options.isSpread()) {
      await lock(transaction, current);
      return replace(transaction, rows, { move: true, basis });
    }
    const next = rows.flatMap(({ shard }) => shard ?? []);
    const held = await lockApart(transaction, current, next);
    const moving = group
      .filter(({ write }) => isMoving(write))
      .map(({ write }) => write.known)
      .filter(isCurrent);
    if (moving.length > 0)
      await lockMoves(
        transaction,
        moving.map(({ rid }) => rid),
      );
    return replace(transaction, rows, { move: true, basis, held: { ...held, rows: current } });
  });
}

async function replaceWith(
  run: (rows: NextVersion[], dated: Basis) => Promise<(Replaced | undefined)[]>,
  group: Decided<'replace'>[],
  options: WriteBatchOptions,
  basis: Basis,
): Promise<void> {
  const { now, dated } = stamped(options.clock, basis);
  const drafts = await inTurn(group.length, (index) => {
    const { write, step } = group[index]!;
    return nextDraft(write, step, now, options);
  });
  try {
    const results = await options.words.before(wordsOf(drafts), basis, () =>
      run(
        drafts.map(({ row }) => row),
        dated,
      ),
    );
    for (const [index, draft] of drafts.entries())
      await note(draft, group[index]!.step.kind, results[index], options.timeZone);
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
    for (const { write } of drafts) write.known = 'unknown';
  }
}

function wordsOf(drafts: readonly Pick<Draft<unknown>, 'words'>[]): PlacedTerm[] {
  return drafts.flatMap(({ words }) => words);
}

function of<S extends WriteStep['step']>(step: S, decided: readonly { write: Write; step: WriteStep }[]): Decided<S>[] {
  return decided.filter((entry): entry is Decided<S> => entry.step.step === step);
}

/** Whether storing the body moves the resource to another shard, as far as known. */
function isMoving({ known, body }: Write): boolean {
  return isCurrent(known) && body !== undefined && moves(known, body);
}

function firstOfEachKey(writes: readonly Write[]): Write[] {
  const seen = new Set<string>();
  return writes.filter(({ key }) => {
    const name = `${key.ty}/${key.id}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** Groups with at most `maxStatement` characters of bodies each, or one body. */
function bySize<S extends WriteStep['step']>(decided: readonly Decided<S>[]): Decided<S>[][] {
  const groups: Decided<S>[][] = [];
  let room = 0;
  for (const entry of decided) {
    const size = entry.write.body?.source.text.length ?? 0;
    if (groups.length === 0 || size > room) {
      groups.push([]);
      room = maxStatement;
    }
    groups.at(-1)!.push(entry);
    room -= size;
  }
  return groups;
}
