import type { Word } from '@dhp/fhir-search';
import type { WriteOutcome } from '../versions.ts';
import { createPauses } from '@dhp/budget';
import type { FirstVersion } from '../statements/insert.ts';
import { WriteConflict } from '../statements/write-conflict.ts';
import { readCurrent } from '../statements/read-current.ts';
import type { NextVersion } from '../statements/replace.ts';
import type { Basis } from '../statements/server.ts';
import type { Session } from '../statements/session.ts';
import { storeTogether, type Successor } from '../statements/store-together.ts';
import type { Step } from './decide.ts';
import { guardOf } from './reference-guard.ts';
import { stamped, type WriteBatchOptions } from './write-batch.ts';
import { earlierDeletion, firstDraft, isCurrent, nextDraft, sameVersion, type Draft, type Write } from './write.ts';

/** A write that is not refused, and what is to be done. */
export interface Decided {
  readonly write: Write;
  readonly step: Step;
}

type Replacement = Draft<NextVersion> & { kind: 'created' | 'updated' | 'deleted'; current: Successor['current'] };

/**
 * Stores all that was decided, or throws `isWriteConflict`. Writes that store nothing hold only while what they saw stays:
 * it is checked with the others. The outcomes are true when the transaction of the statement has committed.
 */
export async function storeDecided(
  session: Session,
  decided: readonly Decided[],
  options: WriteBatchOptions & { readonly basis: Basis },
  lockToken: string | undefined,
): Promise<Map<Write, WriteOutcome>> {
  const { rids, clock, timeZone, basis } = options;
  const { now, dated } = stamped(clock, basis);
  const words: Word[] = [];
  const outcomes = new Map<Write, WriteOutcome>();
  const successors: Successor[] = [];

  for (const { write, step } of decided) {
    if (step.step !== 'end') continue;
    const { outcome } = step;
    outcomes.set(
      write,
      outcome.kind === 'already-deleted' ? { kind: outcome.kind, version: earlierDeletion(write) } : outcome,
    );
    if (isCurrent(write.known)) successors.push({ current: write.known, next: undefined });
  }

  const inserts = decided.filter(({ step }) => step.step === 'insert');
  const numbers = inserts.length === 0 ? [] : await rids.take(inserts.length, basis);
  const first: FirstVersion[] = [];
  const pause = createPauses();
  for (const [index, { write }] of inserts.entries()) {
    const due = pause();
    if (due !== undefined) await due;
    const made = firstDraft(write, numbers[index]!, now, options);
    const draft = made instanceof Promise ? await made : made;
    outcomes.set(write, { kind: 'created', version: draft.version });
    first.push(draft.row);
    for (const word of draft.words) words.push(word);
  }

  const drafts: Replacement[] = [];
  for (const { write, step } of decided) {
    if (step.step !== 'replace') continue;
    const due = pause();
    if (due !== undefined) await due;
    const made = nextDraft(write, step, now, options);
    drafts.push({ ...(made instanceof Promise ? await made : made), kind: step.kind, current: currentOf(write) });
  }
  const suspects = drafts.filter(({ row, current }) => row.suspect === current.size).map(({ write }) => write);
  const unchanged = await unchangedOf(session, suspects, timeZone);
  for (const { write, row, version, kind, current, words: own } of drafts) {
    const same = unchanged.get(write);
    if (same === undefined) for (const word of own) words.push(word);
    outcomes.set(write, same ?? { kind, version });
    successors.push({ current, next: same === undefined ? row : undefined });
  }

  const nothing = first.length === 0 && successors.every(({ next }) => next === undefined);
  const guard = guardOf(outcomes, options.ownBases);
  const store = (): Promise<void> => storeTogether(session, { first, successors, lockToken, guard, basis: dated });
  if (lockToken === undefined && !nothing) await options.words.before(words, basis, store);
  else if (!nothing) {
    await options.words.store(words, basis);
    await store();
  }
  return outcomes;
}

/** Of updates whose length says that they may change nothing, those that do not. */
async function unchangedOf(
  session: Session,
  suspects: readonly Write[],
  timeZone: string,
): Promise<Map<Write, WriteOutcome>> {
  const unchanged = new Map<Write, WriteOutcome>();
  if (suspects.length === 0) return unchanged;
  const rows = await readCurrent(
    session,
    suspects.map(({ key }) => key),
    noLimit,
  );
  for (const [n, write] of suspects.entries()) {
    const row = rows[n];
    if (row?.content === undefined || row.ver !== currentOf(write).ver) throw new WriteConflict();
    const version = await sameVersion(write, row.content, timeZone);
    if (version !== undefined) unchanged.set(write, { kind: 'unchanged', version });
  }
  return unchanged;
}

const noLimit = 2 ** 31 - 1;

function currentOf({ known }: Write): Successor['current'] {
  if (!isCurrent(known)) throw new Error('what is replaced was seen');
  return known;
}
