/**
 * Reports to subscribed patients that somebody opened their record: the audit trail is searched about a minute later, and its records
 * become events like those that applications report. docs/decisions/0150-access-to-my-record.md
 */
import type { FhirStore, ResourceStore } from '@dhp/fhir-store';
import type { SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import { othersIn } from '../audit/reading/others-in.ts';
import type { TrailReader, TrailRecord } from '../contract/trail.ts';
import { keyFor, mayWatch, recordOpened, type Watcher } from '../topics/access-event.ts';
import type { Known } from './known.ts';

interface AccessMeans {
  readonly trail: TrailReader;
  readonly store: Pick<SubscriptionStore, 'report' | 'lastKey'>;
  readonly unguarded: Pick<ResourceStore, 'read' | 'vread'>;
  /** Keeps the times of the checks in memory as long as the database stays on the same server. */
  readonly kept: Pick<FhirStore, 'memory'>;
  readonly clock: () => Date;
  readonly onError: (error: unknown) => void;
  /** Milliseconds between two looks at a record (default five minutes). */
  readonly every?: number | undefined;
  /** Milliseconds after which all records of requests are stored (default a minute). */
  readonly settled?: number | undefined;
}

export interface Accesses {
  /** Checks the records that are due, in the background, one check at a time. */
  look(known: Known): void;
  /** Waits for the check in progress. */
  close(): Promise<void>;
}

const usual = { every: 300_000, settled: 60_000 };
/** Patient records checked together, and audit records searched for each of them. */
const together = 50;
const mostLooked = 1_000;
/** Records that one Subscription watches. */
const mostOfOne = 100;
/** Milliseconds that a search goes back at most: if nothing was reported for longer, nothing happened. */
const longest = 14 * 86_400_000;
/** The name under which the server itself reports: that of no client. */
const reporter = 'urn:dhp:server';

interface Watch extends Watcher {
  /** Whether somebody who acts for the patient watches it. */
  readonly isOfPatient: boolean;
  readonly client: string;
  /** One of the Subscriptions, as old as the watch. */
  readonly subscription: { readonly id: string; readonly ver: number };
}

export function openAccesses(means: AccessMeans): Accesses {
  const { every, settled } = { ...usual, ...withoutUndefined(means) };
  const { clock, onError, kept } = means;
  /** By `keyFor`: until when it was looked at, and when it is next. */
  const lookedAt = kept.memory(
    'looks at accesses',
    () => new Map<string, { readonly until: number; readonly next: number }>(),
  );
  let isClosing = false;
  let looking: Promise<void> | undefined;

  async function lookAt(watch: Watch, now: number): Promise<void> {
    const [key, looked] = [keyFor(watch), lookedAt()];
    const until = now - settled;
    const since = Math.max(looked.get(key)?.until ?? (await beginningOf(watch, means)), now - longest);
    if (since < until && (await countOf(watch, { since, until }, means)) > 0) await report(watch, until, means);
    looked.set(key, { until: Math.max(since, until), next: now + every });
  }

  async function lookAtAll(watches: ReadonlyMap<string, Watch>): Promise<void> {
    const looked = lookedAt();
    for (const key of looked.keys()) if (!watches.has(key)) looked.delete(key);
    const now = clock().getTime();
    const due = [...watches].filter(([key]) => (looked.get(key)?.next ?? 0) <= now);
    due.sort(([one], [other]) => (looked.get(one)?.next ?? 0) - (looked.get(other)?.next ?? 0));
    for (const [, watch] of due.slice(0, together)) if (!isClosing) await lookAt(watch, now);
  }

  return {
    look(known) {
      if (isClosing || looking !== undefined) return;
      // Records not checked this time come first next time.
      looking = lookAtAll(watchesIn(known))
        .catch(onError)
        .finally(() => {
          looking = undefined;
        });
    },
    async close() {
      isClosing = true;
      await looking;
    },
  };
}

function withoutUndefined({ every, settled }: AccessMeans): Partial<typeof usual> {
  return { ...(every !== undefined && { every }), ...(settled !== undefined && { settled }) };
}

function watchesIn(known: Known): Map<string, Watch> {
  const found = new Map<string, Watch>();
  for (const [{ id, ver, owner }, named] of known.hearing(recordOpened)) {
    if (owner === undefined) continue;
    const { authority, patient, subject, clientId } = owner.access;
    const isOfPatient = authority === 'patient' && patient !== undefined;
    const meant = isOfPatient && named.length === 0 ? [patient] : named.slice(0, mostOfOne);
    for (const each of meant.filter((one) => mayWatch(owner.access, one))) {
      const key = keyFor({ patient: each, subject });
      const watch = { patient: each, subject, isOfPatient, client: clientId, subscription: { id, ver } };
      if (!found.has(key)) found.set(key, watch);
    }
  }
  return found;
}

/** The end of the last time of which something was reported, or the time of the Subscription. */
async function beginningOf(watch: Watch, { store, unguarded, clock }: AccessMeans): Promise<number> {
  const last = await store.lastKey(reporter, keyFor(watch));
  if (last !== undefined) return Number(last.slice(keyFor(watch).length));
  const { id, ver } = watch.subscription;
  const version = await unguarded.vread('Subscription', id, ver);
  return (version?.lastUpdated ?? clock()).getTime();
}

async function countOf(
  { patient, subject, isOfPatient, client }: Watch,
  time: { readonly since: number; readonly until: number },
  { trail }: AccessMeans,
): Promise<number> {
  const records = await trail.records({ patient, ...time, limit: mostLooked });
  // Only patients are informed of access by a patient, and no system is informed of reads that it made itself.
  const isOther = ({ content }: TrailRecord): boolean =>
    isOfPatient || (content['authority'] !== 'patient' && content['client'] !== client);
  return othersIn(records.filter(isOther), subject);
}

async function report(watch: Watch, until: number, { store, unguarded }: AccessMeans): Promise<void> {
  const patient = await unguarded.read('Patient', watch.patient);
  if (patient?.deleted !== false) return;
  const { id: focus, versionId: ver } = patient;
  // Milliseconds have the same number of digits until 2286, so the last key is the latest.
  await store.report(reporter, { key: `${keyFor(watch)}${String(until)}`, ...recordOpened, focus, ver });
}
