/**
 * Carries out a bulk deletion: matches are collected by the pipeline as for any request, then deleted page by page.
 * docs/decisions/0128-bulk-deletion.md
 */
import type { DeletionStore } from '@dhp/fhir-store/jobs';
import type { WriteOutcome } from '@dhp/fhir-store';
import type { EntryOfJob } from '../contract/jobs.ts';
import { Failure, statusOf } from '../http/errors.ts';
import type { DeletionMode } from '../operations/bulk-delete/asked.ts';
import type { KeptRequest } from './deferred.ts';
import type { Running } from './holding.ts';
import { readRights } from '../access/rights.ts';
import { carriedOut, refused, type RequestOutcome, type RunMeans } from './run-request.ts';
import { asOne, failuresIn, sendPage, type Paging } from './send-page.ts';
import type { Result } from './worker.ts';

/** The outcome of a deletion, beside the result of each resource. */
export interface DeletionOutcome extends RequestOutcome {
  readonly mode: DeletionMode;
}

/** A deletion: whether it asks for a purge. */
interface Deleting extends Paging {
  readonly purges: boolean;
}

type DeletionItem = Awaited<ReturnType<DeletionStore['itemsOf']>>[number];
type SettledItem = Parameters<DeletionStore['settle']>[1][number];

/** Resources of one transaction: few enough that other clients do not wait. */
const together = 100;

/** A failure of the server is tried again: the next attempt continues from there. Deleted resources stay deleted. */
export async function runDeletion(means: RunMeans, running: Running): Promise<Result> {
  const { deletions } = means.services;
  const { job, attempt, signal } = running;
  const kept = job.input as KeptRequest;
  const rights = readRights(kept.rights);
  // It was begun in time, and ends when its rights do not stand any more.
  const begun = { ...rights, expiresAt: Infinity };
  const found = await carriedOut(means, running, {
    allowance: Infinity,
    access: job.attempt > 1 ? begun : rights,
    work: { attempt, signal, made: (bytes) => running.made(bytes), reached: (share) => running.reached(share) },
    ended(answer) {
      const mode = JSON.parse(String(answer.body)) as { mode: DeletionMode };
      const outcome: DeletionOutcome = { status: 200, isRefused: false, labels: [], first: 0, parts: 0, ...mode };
      return Promise.resolve({ bytes: 0, result: { first: 0, outcome } });
    },
  });
  if (!('outcome' in found) || (found.outcome as RequestOutcome).isRefused) return found;
  const { mode } = found.outcome as DeletionOutcome;
  if (mode === 'count') return found;
  try {
    await deleteAll({ means, running, kept, access: begun, purges: mode === 'purge' });
    await deletions.refuseWaiting(attempt);
    return found;
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure) || statusOf(error) >= 500) throw error;
    return refused(means, running, error);
  }
}

/** Rounds in which those are tried again to which something referred. */
const mostRounds = 20;

/** Attempts of a page of the first round. Those of its resources that are left then wait with the others: a later round comes from the other side. */
const firstTries = 5;

/** A part of a round: whether it is the first one, which makes fewer attempts, and comes from the end. */
interface Round {
  readonly state: 'found' | 'waits';
  readonly isBackward: boolean;
}

/**
 * All once; then those again to which something referred, as long as something results from it. Every other round comes from the end, so that of a chain
 * of references, whichever way it lies, one round takes all.
 */
async function deleteAll(paging: Deleting): Promise<void> {
  await deleteIn(paging, { state: 'found', isBackward: false });
  for (let n = 0, nothing = 0; n < mostRounds && nothing < 2; n += 1) {
    const deleted = await deleteIn(paging, { state: 'waits', isBackward: n % 2 === 0 });
    nothing = deleted > 0 ? 0 : nothing + 1;
  }
}

/** @returns how many were deleted */
async function deleteIn(paging: Deleting, { state, isBackward }: Round): Promise<number> {
  const { means, running, access } = paging;
  const { deletions } = means.services;
  const tries = state === 'found' ? firstTries : Infinity;
  let [behind, deleted]: [number | undefined, number] = [undefined, 0];
  for (;;) {
    const items = await deletions.itemsOf(running.job.id, { state, behind, isBackward, most: together });
    const last = items.at(-1);
    if (last === undefined) return deleted;
    running.signal.throwIfAborted();
    await means.goesOn(access, running.signal);
    deleted += await deletePage(paging, items, tries);
    await running.made(items.length);
    behind = last.number;
  }
}

/** Deletes the permitted resources of a page, and notes the others. @returns how many were deleted @throws DeletionLost */
async function deletePage(paging: Deleting, page: readonly DeletionItem[], tries: number): Promise<number> {
  const { means, running } = paging;
  const { deletions } = means.services;
  let left = page;
  const settled: SettledItem[] = [];
  for (let n = 1; left.length > 0; n += 1) {
    const now = left;
    try {
      const done = (outcomes: readonly WriteOutcome[]): SettledItem[] => [
        ...settled,
        ...now.map((item, index) => deletedItem(item, outcomes[index])),
      ];
      await sendPage(paging, now.map(entryOf), deletions.settling(running.attempt, done, paging.purges));
      return now.length;
    } catch (error) {
      const failures = failuresIn(running, error, now.length);
      if (failures === undefined) {
        const half = Math.ceil(now.length / 2);
        if (settled.length > 0) await deletions.settle(running.attempt, settled);
        return (
          (await deletePage(paging, now.slice(0, half), tries)) + (await deletePage(paging, now.slice(half), tries))
        );
      }
      settled.push(...failures.map(([index, of]) => refusedItem(paging, now[index]!, asOne(of, ''))));
      const gone = new Set(failures.map(([index]) => index));
      left = now.filter((_, index) => !gone.has(index));
      const { state, outcome = null } = settled.at(-1) ?? {};
      if (n < tries || state !== 'waits') continue;
      // Each is tried again, and has a reason of its own then.
      settled.push(...left.map(({ number }) => ({ number, state: 'waits' as const, outcome })));
      break;
    }
  }
  await deletions.settle(running.attempt, settled);
  return 0;
}

function entryOf({ type, id }: DeletionItem): EntryOfJob {
  return { resource: undefined, request: JSON.stringify({ method: 'DELETE', url: `${type}/${id}` }) };
}

/** Somebody else may have deleted it meanwhile. */
function deletedItem({ number }: DeletionItem, outcome: WriteOutcome | undefined): SettledItem {
  const isGone = outcome?.kind === 'already-deleted' || outcome?.kind === 'not-found';
  return { number, state: isGone ? 'gone' : 'deleted', outcome: null };
}

/** Where something refers to it, that may be deleted before it is tried again. */
function refusedItem({ means, kept }: Paging, { number }: DeletionItem, error: Failure): SettledItem {
  const all = [error, ...(error.detail.others ?? [])];
  const outcome = means.services.failed(error, { headers: kept.headers }).body;
  return { number, state: all.every(({ code }) => code === 'resource-referenced') ? 'waits' : 'refused', outcome };
}
