/**
 * People who want it are notified by e-mail that somebody has opened their record: how many people and applications have, but never who.
 * The FHIR servers count; requests of the person do not count. docs/decisions/0123-mails-of-subscriptions.md
 */
import { randomUUID } from 'node:crypto';
import type { AuditEvent } from '@dhp/audit';
import type { Language } from '@dhp/negotiation';
import type { Sql } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { AskedLooks, RecordLooksCounter } from '../records/record-looks.ts';
import {
  claimWatches,
  deleteWatch,
  insertWatch,
  moveWatch,
  selectWatches,
  type DueWatchRow,
  type WatchRow,
} from '../store/access-watches.ts';
import { ownClientOf, type MailQuestion, type Recipients } from './recipients.ts';

/** The state of the notification for the record in an environment. */
export type WatchState = 'off' | 'asked' | 'on' | 'limited';

export interface AccessWatches {
  /** States of the watched records, by environment. @param email the current address of the account */
  of(accountId: string, email: string | undefined): Promise<ReadonlyMap<EnvironmentName, WatchState>>;
  /** Sends the request for confirmation to the address. @returns `limited` if it was asked too often, or has refused */
  turnOn(
    account: { readonly accountId: string; readonly email: string },
    environment: EnvironmentName,
    language: Language,
  ): Promise<WatchState>;
  turnOff(accountId: string, environment: EnvironmentName): Promise<void>;
  /** Checks the due watches, and sends their mails. Rejects if the database is unavailable. @returns whether there may be more */
  look(): Promise<boolean>;
}

export interface WatchesOptions {
  readonly sql: Sql;
  readonly recipients: Recipients;
  readonly counted: RecordLooksCounter;
  readonly clock: () => Date;
  readonly record: (event: Omit<AuditEvent, 'recorded' | 'address'>) => void;
  readonly onFault: (error: unknown) => void;
  /** Seconds between two looks at a record (default 300). */
  readonly every?: number | undefined;
}

const usualEvery = 300;
/** Milliseconds: trail records of this age are complete, since they are stored before a request is answered. */
const settled = 60_000;
/** Of one question to a FHIR server. */
const together = 50;

export function openAccessWatches(o: WatchesOptions): AccessWatches {
  const { sql, recipients, clock } = o;
  const stateOf = async (row: WatchRow, email: string): Promise<WatchState> => {
    const { state } = await recipients.look(row.environment, questionOf(row, email));
    return state === 'confirmed' ? 'on' : state === 'ended' ? 'off' : 'asked';
  };
  return {
    async of(accountId, email) {
      const rows = email === undefined ? [] : await selectWatches(sql, accountId);
      const states = rows.map(async (row) => [row.environment, await stateOf(row, email!)] as const);
      return new Map(await Promise.all(states));
    },
    async turnOn({ accountId, email }, environment, language) {
      const row = { account_id: accountId, environment, name: `own ${randomUUID()}`, language, looked_until: clock() };
      const answer = await recipients.begin(environment, questionOf(row, email));
      if (answer.state !== 'waiting') return 'limited';
      await deleteWatch(sql, row);
      await insertWatch(sql, row);
      o.record({ event: 'access-watch.on', accountId, actor: `account:${accountId}`, reason: environment });
      return 'asked';
    },
    async turnOff(accountId, environment) {
      if ((await deleteWatch(sql, { account_id: accountId, environment })) === undefined) return;
      o.record({ event: 'access-watch.off', accountId, actor: `account:${accountId}`, reason: environment });
    },
    look: () => look(o),
  };
}

/** The mail question of a person who asked for mails about their own record. */
function questionOf({ name, account_id: accountId, language }: WatchRow, address: string): MailQuestion {
  const client = ownClientOf(accountId);
  return { subscription: name, topic: accessTopic, request: name, address, client, titles: {}, language };
}

/** Identifies the topic. The FHIR servers' own topic is for other people than patients, and another name would ask all recipients again. */
const accessTopic = 'urn:dhp:access-to-my-record';

async function look({ sql, counted, clock, every = usualEvery, ...o }: WatchesOptions): Promise<boolean> {
  const now = clock();
  const next = new Date(now.getTime() + 1_000 * every);
  const until = new Date(now.getTime() - settled);
  const due = await claimWatches(sql, { now, next, limit: together });
  for (const environment of ['playground', 'production'] as const) {
    const rows = due.filter(
      (row): row is Watched => isWatched(row) && row.environment === environment && row.looked_until < until,
    );
    if (rows.length === 0) continue;
    const asked = rows.map((row): AskedLooks => ({
      patient: row.fhir_id,
      account: row.account_id,
      since: row.looked_until,
      until,
    }));
    // If an environment does not answer, or keeps no trail, it is asked about the same time later.
    const numbers = await counted(environment, asked);
    for (const [n, row] of rows.entries()) {
      const count = numbers?.[n];
      if (count === 0) await pass(row, { until, next }, { sql, ...o });
      else if (count !== undefined) await tell(row, count, until, { sql, clock, every, ...o }).catch(o.onFault);
    }
  }
  return due.length === together;
}

/** Handles the case that nobody has opened the record. Once a day it renews the recipient, which would otherwise be forgotten. */
async function pass(
  row: Watched,
  to: { readonly until: Date; readonly next: Date },
  { sql, recipients }: Pick<WatchesOptions, 'sql' | 'recipients'>,
): Promise<void> {
  const isSameDay = row.looked_until.toISOString().slice(0, 10) === to.until.toISOString().slice(0, 10);
  if (!isSameDay) await recipients.look(row.environment, questionOf(row, row.email));
  await moveWatch(sql, row, to);
}

type Watched = DueWatchRow & { readonly fhir_id: string; readonly email: string };

function isWatched({ fhir_id: id, email }: DueWatchRow): boolean {
  return id !== null && email !== null;
}

async function tell(
  row: Watched,
  count: number,
  until: Date,
  o: Omit<WatchesOptions, 'counted'> & { every: number },
): Promise<void> {
  const { sql, recipients, clock, every } = o;
  const question = questionOf(row, row.email);
  // A number that differs for each time: a mail whose answer was lost is requested again.
  const last = Math.floor(until.getTime() / 1_000);
  const answer = await recipients.tell(row.environment, question, { since: last - count + 1, until: last });
  const after = (seconds: number): Date => new Date(clock().getTime() + 1_000 * Math.max(seconds, every));
  if (answer.state === 'told') return moveWatch(sql, row, { until, next: after(answer.seconds) });
  if (answer.state === 'ended') {
    await deleteWatch(sql, row);
    return;
  }
  // If the account has a new address, or the address was not confirmed in time, it is asked again, once.
  const begun = answer.state === 'unconfirmed' ? await recipients.begin(row.environment, question) : answer;
  const isOver = begun.state === 'expired' || begun.state === 'limited' || (begun.state === 'failed' && begun.isFinal);
  if (isOver) await deleteWatch(sql, row);
  else if ('seconds' in begun) await moveWatch(sql, row, { until: row.looked_until, next: after(begun.seconds) });
}
