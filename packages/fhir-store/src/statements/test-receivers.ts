/** Receivers of a day, at which developers see the notifications of their subscriptions, and the last of these. docs/notifications.md */
import type { Sql } from '@dhp/postgres';
import type { Session } from './session.ts';

/** How a receiver answers: it takes the notification, fails, or answers late. */
export type ReceiverAnswer = 'takes' | 'fails' | 'slow';

export interface TestReceiver {
  readonly id: string;
  /** The last part of its address. */
  readonly token: string;
  /** Of Standard Webhooks. */
  readonly secret: string;
  readonly answer: ReceiverAnswer;
  /** The last number that was given to a notification. */
  readonly numbered: number;
  readonly made: Date;
  readonly ends: Date;
}

export interface TestNotification {
  readonly number: number;
  readonly received: Date;
  /** Credentials are masked. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its beginning, and the bytes of the whole. */
  readonly body: string;
  readonly bytes: number;
  /** Whether the signature is that of the secret of the receiver. */
  readonly signature: 'right' | 'wrong' | 'none';
}

/** The most notifications kept for a receiver, and characters of all their bodies together. */
const mostKept = 50;
const mostCharacters = 512 * 1024;

type Row = Omit<TestReceiver, 'numbered'> & { readonly numbered: string };
const shown = (row: Row): TestReceiver => ({ ...row, numbered: Number(row.numbered) });

/**
 * Stores a receiver, unless its owner, or all together, have as many that have not ended.
 * @returns whether it is stored
 */
export function insertTestReceiver(
  sql: Sql,
  { owner, id, token, secret }: Pick<TestReceiver, 'id' | 'token' | 'secret'> & { readonly owner: string },
  { hours, ofOwner, ofAll }: { readonly hours: number; readonly ofOwner: number; readonly ofAll: number },
): Promise<boolean> {
  return sql.begin(async (session) => {
    // Two at once would each count without the other.
    await session`select pg_advisory_xact_lock(hashtextextended('fhir test receivers', 0))`;
    const stored = await session`
      insert into fhir.test_receiver (id, owner, token, secret, answer, ends)
      select ${id}::uuid, ${owner}::text, ${token}::text, ${secret}::text, 'takes', clock_timestamp() + ${hours}::int * interval '1 hour'
      where (select count(*) from fhir.test_receiver where ends >= clock_timestamp()) < ${ofAll}::int
        and (select count(*) from fhir.test_receiver where owner = ${owner}::text and ends >= clock_timestamp()) < ${ofOwner}::int
      returning 1`;
    return stored.length > 0;
  });
}

/** Those of an owner that have not ended, the oldest first. @param id that one alone */
export async function selectTestReceivers(sql: Session, owner: string, id?: string): Promise<TestReceiver[]> {
  const rows = await sql<Row[]>`
    select id::text, token, secret, answer, numbered::text, made, ends from fhir.test_receiver
    where owner = ${owner} and ends >= clock_timestamp() and (${id ?? null}::uuid is null or id = ${id ?? null}::uuid)
    order by made, id`;
  return rows.map(shown);
}

/** Undefined if it does not exist or has expired. */
export async function findTestReceiver(sql: Session, token: string): Promise<TestReceiver | undefined> {
  const [row] = await sql<Row[]>`
    select id::text, token, secret, answer, numbered::text, made, ends from fhir.test_receiver
    where token = ${token} and ends >= clock_timestamp()`;
  return row && shown(row);
}

/** Keeps a notification, and the latest earlier ones up to the limits. */
export function insertTestNotification(
  sql: Sql,
  receiver: string,
  { headers, body, bytes, signature }: Omit<TestNotification, 'number' | 'received'>,
): Promise<void> {
  return sql.begin(async (session) => {
    const [row] = await session<{ number: string }[]>`
      update fhir.test_receiver set numbered = numbered + 1 where id = ${receiver}::uuid returning numbered::text as number`;
    if (row === undefined) return;
    await session`
      insert into fhir.test_notification (receiver, number, headers, body, bytes, signature)
      values (${receiver}::uuid, ${row.number}::bigint, ${JSON.stringify(headers)}::text, ${body}::text, ${bytes}::int, ${signature}::text)`;
    await session`
      delete from fhir.test_notification n using (
        select number, row_number() over newest as nth, sum(length(body)) over newest as characters
        from fhir.test_notification where receiver = ${receiver}::uuid window newest as (order by number desc)
      ) k
      where n.receiver = ${receiver}::uuid and n.number = k.number and (k.nth > ${mostKept}::int or (k.nth > 1 and k.characters > ${mostCharacters}::int))`;
  });
}

/** The kept notifications, the newest first. */
export async function selectTestNotifications(sql: Session, receiver: string): Promise<TestNotification[]> {
  const rows = await sql<(Omit<TestNotification, 'number' | 'headers'> & { number: string; headers: string })[]>`
    select n.number::text, n.received, n.headers, n.body, n.bytes, n.signature from fhir.test_notification n
    where n.receiver = ${receiver}::uuid order by n.number desc`;
  return rows.map(({ headers, number, ...row }) => ({
    ...{ ...row, number: Number(number) },
    headers: JSON.parse(headers) as TestNotification['headers'],
  }));
}

/** @returns whether the owner has such a receiver */
export async function setTestReceiver(
  sql: Session,
  owner: string,
  id: string,
  answer: ReceiverAnswer,
): Promise<boolean> {
  const rows = await sql`
    update fhir.test_receiver set answer = ${answer}::text
    where id = ${id}::uuid and owner = ${owner} and ends >= clock_timestamp() returning 1`;
  return rows.length > 0;
}

/** Removes it with its notifications. @returns whether the owner had such a receiver */
export async function deleteTestReceiver(sql: Session, owner: string, id: string): Promise<boolean> {
  const rows = await sql`
    with gone as (delete from fhir.test_receiver where id = ${id}::uuid and owner = ${owner} returning id),
    emptied as (delete from fhir.test_notification where receiver in (select id from gone))
    select 1 from gone`;
  return rows.length > 0;
}

/** Removes expired ones, with their notifications. */
export async function sweepTestReceivers(sql: Session): Promise<void> {
  await sql`
    with gone as (delete from fhir.test_receiver where id in (
      select id from fhir.test_receiver where ends < clock_timestamp() order by ends limit 1000) returning id)
    delete from fhir.test_notification where receiver in (select id from gone)`;
}
