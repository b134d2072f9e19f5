import type { WriteOutcome } from '../versions.ts';
import { createPauses } from '@dhp/budget';
import type { FirstVersion } from '../statements/insert.ts';
import type { NextVersion } from '../statements/replace.ts';
import type { Basis } from '../statements/server.ts';
import type { Session } from '../statements/session.ts';
import { storeTogether, type Successor, type Together } from '../statements/store-together.ts';
import { isOfShards, storeTogetherApart } from '../statements/store-together-apart.ts';
import { partsOf, type Decided } from './parts.ts';
import { guardOf } from './reference-guard.ts';
import type { PlacedTerm } from './term-dictionary.ts';
import { stamped, type WriteBatchOptions } from './write-batch.ts';
import { earlierDeletion, firstDraft, isCurrent, nextDraft, sameVersion, type Draft, type Write } from './write.ts';

type Replacement = Draft<NextVersion> & { kind: 'created' | 'updated' | 'deleted'; current: Successor['current'] };

type Options = WriteBatchOptions & { readonly basis: Basis };

/**
 * Stores all decided writes, or throws `isWriteConflict`. Writes that store nothing are valid only while the version that they saw is
 * current: it is checked with the others. The outcomes are true once the transaction of the statements has committed. Writes that need
 * several statements are in a transaction already.
 */
export async function storeDecided(
  session: Session,
  decided: readonly Decided[],
  options: Options,
  { lockToken, txid }: Pick<Together, 'lockToken' | 'txid'>,
): Promise<Map<Write, WriteOutcome>> {
  const { words, basis, ownBases } = options;
  const outcomes = new Map<Write, WriteOutcome>();
  const parts = partsOf(decided);
  for (const [n, part] of parts.entries()) {
    const made = await draftsOf(part, outcomes, options);
    const { first, successors } = made;
    // References are checked when all their possible targets are stored.
    const guard = n === parts.length - 1 ? guardOf(outcomes, ownBases) : undefined;
    if (guard === undefined && first.length === 0 && successors.every(({ next }) => next === undefined)) continue;
    const together = { first, successors, lockToken, txid, guard, basis: made.basis };
    const map = options.isSpread() && isOfShards(session, together) ? options.shards() : undefined;
    const store = (): Promise<void> =>
      map === undefined ? storeTogether(session, together) : storeTogetherApart(session, together, map);
    if (lockToken === undefined) await words.before(made.words, basis, store);
    else {
      await words.store(made.words, basis);
      await store();
    }
  }
  return outcomes;
}

/** The rows to be stored, and those that must not change. @param outcomes receives the outcome of each write */
async function draftsOf(
  decided: readonly Decided[],
  outcomes: Map<Write, WriteOutcome>,
  options: Options,
): Promise<{
  first: readonly FirstVersion[];
  successors: readonly Successor[];
  words: Draft<unknown>['words'];
  basis: Basis;
}> {
  const { now, dated } = stamped(options.clock, options.basis);
  const words: PlacedTerm[] = [];
  const successors = endings(decided, outcomes);
  const first: FirstVersion[] = [];
  for (const { write, row, version, words: own } of await insertsOf(decided, now, options)) {
    outcomes.set(write, { kind: 'created', version });
    first.push(row);
    for (const word of own) words.push(word);
  }
  const drafts = await replacementsOf(decided, now, options);
  for (const draft of drafts) {
    const { write, row, version, kind, current, words: own } = draft;
    const same = await unchanged(draft, options.timeZone);
    if (same === undefined) for (const word of own) words.push(word);
    outcomes.set(write, same ?? { kind, version });
    successors.push({ current, next: same === undefined ? row : undefined });
  }
  return { first, successors, words, basis: dated };
}

/** Notes the outcomes of writes that store nothing. @returns the rows that must not change meanwhile */
function endings(decided: readonly Decided[], outcomes: Map<Write, WriteOutcome>): Successor[] {
  const kept: Successor[] = [];
  for (const { write, step } of decided) {
    if (step.step !== 'end') continue;
    const { outcome } = step;
    outcomes.set(
      write,
      outcome.kind === 'already-deleted' ? { kind: outcome.kind, version: earlierDeletion(write) } : outcome,
    );
    if (isCurrent(write.known)) kept.push({ current: write.known, next: undefined });
  }
  return kept;
}

async function insertsOf(
  decided: readonly Decided[],
  now: number,
  options: Options,
): Promise<readonly Draft<FirstVersion>[]> {
  const inserts = decided.filter(({ step }) => step.step === 'insert');
  const numbers = inserts.length === 0 ? [] : await options.rids.take(inserts.length, options.basis);
  return inPauses(inserts, ({ write }, index) => firstDraft(write, numbers[index]!, now, options));
}

async function replacementsOf(
  decided: readonly Decided[],
  now: number,
  options: Options,
): Promise<readonly Replacement[]> {
  const drafts = await inPauses(decided, ({ write, step }) =>
    step.step === 'replace' ? nextDraft(write, step, now, options) : undefined,
  );
  return decided.flatMap(({ write, step }, n) =>
    step.step === 'replace' ? [{ ...drafts[n]!, kind: step.kind, current: currentOf(write) }] : [],
  );
}

/** Makes something of each, in turn, and gives others theirs meanwhile. */
export async function inPauses<T, R>(
  all: readonly T[],
  make: (each: T, index: number) => R | Promise<R>,
): Promise<R[]> {
  const made: R[] = [];
  const pause = createPauses();
  for (const [index, each] of all.entries()) {
    const due = pause();
    if (due !== undefined) await due;
    const one = make(each, index);
    made.push(one instanceof Promise ? await one : one);
  }
  return made;
}

/** The outcome of an update that changes nothing; undefined if it changes something. */
async function unchanged({ write, row }: Replacement, timeZone: string): Promise<WriteOutcome | undefined> {
  const { content } = currentOf(write);
  // An update of a deleted resource has no content to compare with.
  if (row.suspect === undefined || content === undefined) return undefined;
  const version = await sameVersion(write, content, timeZone);
  return version === undefined ? undefined : { kind: 'unchanged', version };
}

function currentOf({ known }: Write): Successor['current'] {
  if (!isCurrent(known)) throw new Error('what is replaced was seen');
  return known;
}
