/** The chain of audit events, one function a statement. */
import { oldestOpen, type Session, type Sql } from '@dhp/postgres';

export interface ChainLink {
  position: number;
  hash: Buffer;
}

/** An event in the form that is hashed: its non-null columns, as jsonb writes them, times in UTC. */
export interface ChainableEvent {
  id: string;
  content: string;
}

/** Held until the end of the transaction; of several nodes one chains. @returns false when another one does */
export async function lockChain(sql: Session): Promise<boolean> {
  await sql`set local time zone 'UTC'`;
  const [row] = await sql<{ locked: boolean }[]>`
    select pg_try_advisory_xact_lock(hashtextextended('sso audit chain', 0)) as locked`;
  return row?.locked === true;
}

/** The last link; position 0 and no bytes before the first. */
export async function selectLastLink(sql: Session): Promise<ChainLink> {
  const [row] = await sql<{ position: string; hash: Buffer }[]>`
    select position, hash from sso.audit_chain order by position desc limit 1`;
  return row === undefined
    ? { position: 0, hash: Buffer.alloc(0) }
    : { position: Number(row.position), hash: row.hash };
}

export async function selectLinkAt(sql: Session, position: number): Promise<ChainLink | undefined> {
  const [row] = await sql<{ hash: Buffer }[]>`select hash from sso.audit_chain where position = ${position}`;
  return row && { position, hash: row.hash };
}

const content = (sql: Session): ReturnType<Sql> =>
  sql`jsonb_strip_nulls(to_jsonb(e) - 'transaction_id')::text as content`;

/** Events after the last one in the chain whose place is final, in the order of their transactions. */
export async function selectUnchained(sql: Session, limit: number): Promise<ChainableEvent[]> {
  return sql<ChainableEvent[]>`
    with last as (
      select e.transaction_id, e.id from sso.audit_chain c join sso.audit_event e on e.id = c.event_id
      order by c.position desc limit 1)
    select e.id, ${content(sql)}
    from sso.audit_event e
    where e.transaction_id < ${oldestOpen<ReturnType<Session>>((...piece) => sql(...piece))}
      and (not exists (select from last) or (e.transaction_id, e.id) > (select transaction_id, id from last))
    order by e.transaction_id, e.id
    limit ${limit}`;
}

/** Every event that is not in the chain, of any transaction, in the order of writing. */
export async function selectBesideChain(sql: Session): Promise<ChainableEvent[]> {
  return sql<ChainableEvent[]>`
    select e.id, ${content(sql)} from sso.audit_event e
    where not exists (select from sso.audit_chain c where c.event_id = e.id) order by e.id`;
}

/** The first event whose place is before the last link and that is not chained: the chainer would have found it in its time. */
export async function selectUnchainedBefore(sql: Session): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    with last as (
      select e.transaction_id, e.id from sso.audit_chain c join sso.audit_event e on e.id = c.event_id
      order by c.position desc limit 1)
    select e.id from sso.audit_event e, last
    where (e.transaction_id, e.id) < (last.transaction_id, last.id)
      and not exists (select from sso.audit_chain c where c.event_id = e.id)
    order by e.transaction_id, e.id limit 1`;
  return row?.id;
}

/** An event that claims to be of later than `latest`, or of a transaction that has not begun. */
export async function selectFuture(sql: Session, latest: Date): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    select id from sso.audit_event
    where recorded > ${latest} or transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
    order by id limit 1`;
  return row?.id;
}

export async function insertLinks(sql: Session, links: readonly (ChainLink & { eventId: string })[]): Promise<void> {
  await sql`
    insert into sso.audit_chain (position, event_id, hash)
    select position, event_id, decode(hash, 'hex')
    from unnest(
      ${links.map(({ position }) => String(position))}::text[]::bigint[],
      ${links.map(({ eventId }) => eventId)}::text[]::bigint[],
      ${links.map(({ hash }) => hash.toString('hex'))}::text[]) as link (position, event_id, hash)`;
}

export interface ChainedEvent extends ChainLink {
  eventId: string;
  content: string;
}

/** A page of the chain with its events. Within a transaction whose time zone is UTC (`lockChain`, `inUtc`). */
export async function selectChain(sql: Session, after: number, limit: number): Promise<ChainedEvent[]> {
  const rows = await sql<{ position: string; hash: Buffer; event_id: string; content: string }[]>`
    select c.position, c.hash, c.event_id, ${content(sql)}
    from sso.audit_chain c join sso.audit_event e on e.id = c.event_id
    where c.position > ${after} order by c.position limit ${limit}`;
  return rows.map((row) => ({
    position: Number(row.position),
    hash: row.hash,
    eventId: row.event_id,
    content: row.content,
  }));
}

export async function countUnchained(sql: Session): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from sso.audit_event e
    where not exists (select from sso.audit_chain c where c.event_id = e.id)`;
  return row!.n;
}

export function inUtc<T>(sql: Sql, work: (transaction: Session) => Promise<T>): Promise<T> {
  return sql.begin('isolation level repeatable read read only', async (transaction) => {
    await transaction`set local time zone 'UTC'`;
    return work(transaction);
  });
}
