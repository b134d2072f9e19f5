/** Addresses that Subscriptions send mails to, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { Language } from '@dhp/negotiation';

export interface RecipientRow {
  recipient_id: string;
  environment: EnvironmentName;
  subscription: string;
  client_id: string;
  request: string;
  /** JSON: the title of the topic by language. */
  titles: string;
  language: Language;
  state: 'waiting' | 'confirmed' | 'refused' | 'ended';
  asked_at: Date;
  expires_at: Date;
  told: string | null;
  told_at: Date | null;
}

/** Recipients agree to a Subscription of a client to a topic, at an address. */
export interface RecipientKey {
  readonly environment: EnvironmentName;
  readonly subscription: string;
  readonly topic: string;
  readonly clientId: string;
  readonly addressHash: Buffer;
}

const columns = (sql: Session) =>
  sql`recipient_id, environment, subscription, client_id, request, titles, language, state, asked_at, expires_at, told, told_at`;

const isOf = (sql: Session, { environment, subscription, topic, clientId, addressHash }: RecipientKey) => sql`
  environment = ${environment} and subscription = ${subscription} and topic = ${topic} and client_id = ${clientId} and address_hash = ${addressHash}`;

/** Until the transaction ends, no concurrent transaction decides about mails to the address. */
export async function lockAddress(sql: Session, addressHash: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`sso mail ${addressHash.toString('hex')}`}, 0))`;
}

/** Also notes, at most once a day, that the FHIR server has asked about it. */
export async function selectRecipient(sql: Session, key: RecipientKey, now: Date): Promise<RecipientRow | undefined> {
  const [row] = await sql<RecipientRow[]>`
    with seen as (
      update sso.mail_recipient set seen_at = ${now}
      where ${isOf(sql, key)} and seen_at < ${new Date(now.getTime() - 86_400_000)}
    )
    select ${columns(sql)} from sso.mail_recipient where ${isOf(sql, key)}`;
  return row;
}

/**
 * Mails that asked for a confirmation at an address since a moment, and that nobody has confirmed.
 * @returns the number from all clients, the number from this one, and whether this one was refused
 */
export async function countUnconfirmed(
  sql: Session,
  o: Pick<RecipientKey, 'addressHash' | 'clientId'> & { readonly since: Date },
): Promise<{ all: number; own: number; isRefused: boolean }> {
  const [row] = await sql<{ all: number; own: number; isRefused: boolean }[]>`
    select coalesce(sum(mails) filter (where state in ('waiting', 'refused')), 0)::int as all,
      coalesce(sum(mails) filter (where state in ('waiting', 'refused') and client_id = ${o.clientId}), 0)::int as own,
      coalesce(bool_or(state = 'refused' and client_id = ${o.clientId}), false) as "isRefused"
    from sso.mail_recipient where address_hash = ${o.addressHash} and asked_at > ${o.since}`;
  return row!;
}

/** Stores a recipient who is asked, for the first time or again. */
export async function askRecipient(
  sql: Session,
  key: RecipientKey,
  o: {
    readonly id: string;
    readonly request: string;
    readonly titles: string;
    readonly language: Language;
    readonly linkHash: Buffer;
    readonly now: Date;
    readonly expires: Date;
  },
): Promise<void> {
  await sql`
    insert into sso.mail_recipient as r (recipient_id, environment, subscription, topic, address_hash, client_id, request, titles, language, state,
      link_hash, mails, asked_at, expires_at, seen_at)
    values (${o.id}, ${key.environment}, ${key.subscription}, ${key.topic}, ${key.addressHash}, ${key.clientId}, ${o.request}, ${o.titles}, ${o.language},
      'waiting', ${o.linkHash}, 1, ${o.now}, ${o.expires}, ${o.now})
    on conflict (environment, subscription, topic, client_id, address_hash) do update
    set request = excluded.request, titles = excluded.titles, link_hash = excluded.link_hash,
      mails = r.mails + 1, asked_at = excluded.asked_at, expires_at = excluded.expires_at, seen_at = excluded.seen_at`;
}

/** The recipient of a link that is still valid. */
export async function selectAsked(sql: Session, linkHash: Buffer, now: Date): Promise<RecipientRow | undefined> {
  const [row] = await sql<RecipientRow[]>`
    select ${columns(sql)} from sso.mail_recipient where link_hash = ${linkHash} and state = 'waiting' and expires_at > ${now}`;
  return row;
}

/** Uses a link up: of parallel uses one gets it. */
export async function takeAsked(
  sql: Session,
  linkHash: Buffer,
  o: { readonly state: 'confirmed' | 'refused'; readonly language: Language; readonly now: Date },
): Promise<RecipientRow | undefined> {
  const [row] = await sql<RecipientRow[]>`
    update sso.mail_recipient set state = ${o.state}, language = ${o.language}, link_hash = null
    where link_hash = ${linkHash} and state = 'waiting' and expires_at > ${o.now}
    returning ${columns(sql)}`;
  return row;
}

export async function selectRecipientById(sql: Session, id: string): Promise<RecipientRow | undefined> {
  const [row] = await sql<RecipientRow[]>`select ${columns(sql)} from sso.mail_recipient where recipient_id = ${id}`;
  return row;
}

/** Ends the mails of a confirmed recipient. @returns whether it was confirmed */
export async function endRecipient(sql: Session, id: string): Promise<boolean> {
  const rows = await sql`
    update sso.mail_recipient set state = 'ended' where recipient_id = ${id} and state = 'confirmed' returning 1`;
  return rows.length === 1;
}

/** Notes that a mail about events up to a number was sent. */
export async function noteTold(sql: Session, id: string, told: number, now: Date): Promise<void> {
  await sql`update sso.mail_recipient set told = ${String(told)}::bigint, told_at = ${now} where recipient_id = ${id}`;
}

/** Deletes recipients about whom no FHIR server has asked for a month. */
export async function deleteUnseenRecipients(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.mail_recipient where seen_at < ${new Date(now.getTime() - 31 * 86_400_000)}`;
}
